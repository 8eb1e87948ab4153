"""JEMMIG: joint entropy minus mutual information gap."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from curvae.scores.information import Information, InformationSettings, assess_information, gap
from curvae.scores.result import Score


def jemmig(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    seed: int = 0,
    preset: str = "default",
    factor_names: Sequence[str] | None = None,
    **settings: Any,
) -> Score:
    """JEMMIG, normalised: does one latent alone know a factor, and nothing besides?

    JEMMIG_k = H(z_(1), v_k) - I(z_(1); v_k) + I(z_(2); v_k), with z_(1), z_(2) the two latents that know most
    about factor v_k. MIG gives a latent full marks for a factor even if it holds others too; their entropy
    raises H(z_(1), v_k) here. JEMMIG lies between 0 and H(v_k) + ln B for B bins. The value is the mean over k
    of the normalised form 1 - JEMMIG_k / (H(v_k) + ln B), 1 at best.

    A factor about which no latent knows anything scores 0: the equation would reward a constant latent for its
    low entropy. Latents with few distinct values and no information still profit from it, so read the value
    beside its floor.

    Presets as of `mig`: "default" has 20 bins of equal frequency a latent, "dlib" 20 bins of equal width and at
    most 10,000 samples. With one latent I(z_(2); v) = 0. The bootstrap keeps the bins.

    Args:
        codes: [n, d] array or CPU tensor.
        factors: [n, k] discrete or continuous.
        seed: of the thinning, the bootstrap and the permutations.
        preset: "default" or "dlib".
        factor_names: k names for messages and details.
        **settings: fields of `InformationSettings`.

    Returns:
        Score; details hold `mutual_information` [d, k], `entropies` [k], `jemmig` [k], all in nats, and `parts`
        [k], the normalised form.

    Raises:
        ValueError: codes, factors, preset or settings that are not allowed.

    Reference: Do & Tran 2020, Theory and Evaluation Metrics for Learning Disentangled Representations,
    section 4.3.
    """
    return assess_information(
        "jemmig",
        _formula,
        codes,
        factors,
        seed=seed,
        preset=preset,
        factor_names=factor_names,
        settings=settings,
        least=1,
    )


def _formula(found: Information, settings: InformationSettings) -> tuple[float, dict[str, NDArray]]:
    best = found.mutual.max(axis=0)
    joint = found.latents[found.mutual.argmax(axis=0)] + found.factors - best
    nats = joint - gap(found.mutual, axis=0)
    parts = np.where(best > 0, 1 - nats / (found.factors + np.log(settings.bins)), 0.0)
    return float(parts.mean()), {"jemmig": nats, "parts": parts}
