"""Mutual information gap."""

from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike, NDArray

from curvae.scores.information import Information, InformationSettings, assess_information, gap
from curvae.scores.result import Score


def mig(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    seed: int = 0,
    preset: str = "default",
    factor_names: Sequence[str] | None = None,
    **settings: Any,
) -> Score:
    """Mutual information gap: does one latent alone know a factor?

    MIG = 1/k sum_v (I(z_(1); v) - I(z_(2); v)) / H(v), with z_(1), z_(2) the two latents that know most about
    factor v; entropies and mutual information in nats, from counts of discretised values.

    Presets: "dlib" has 20 bins of equal width a latent and at most 10,000 samples; one extreme sample then
    pushes all others into a few bins. "default" has 20 bins of equal frequency and at most 50,000 samples; it
    sees ranks only, and no outlier can take the bins. A factor with more than `max_levels` distinct values,
    or with values that do not recur, is cut into quantile bins (``details["binned_factors"]``). With one
    latent I(z_(2); v) = 0. The bootstrap keeps the bins.

    Args:
        codes: [n, d] array or CPU tensor.
        factors: [n, k] discrete or continuous.
        seed: of the thinning, the bootstrap and the permutations.
        preset: "default" or "dlib".
        factor_names: k names for messages and details.
        **settings: fields of `InformationSettings`.

    Returns:
        Score; details hold `mutual_information` [d, k], `entropies` [k] (nats) and `gaps` [k].

    Raises:
        ValueError: codes, factors, preset or settings that are not allowed.

    Reference: Chen et al. 2018, Isolating Sources of Disentanglement in VAEs, section 4.
    """
    return assess_information(
        "mig",
        _formula,
        codes,
        factors,
        seed=seed,
        preset=preset,
        factor_names=factor_names,
        settings=settings,
        least=1,
    )


def _formula(found: Information, _: InformationSettings) -> tuple[float, dict[str, NDArray]]:
    gaps = gap(found.share(), axis=0)
    return float(gaps.mean()), {"gaps": gaps}
