"""DCIMIG, also known as 3CharM."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from curvae.scores.information import Information, InformationSettings, assess_information, gap
from curvae.scores.result import Score


def dcimig(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    seed: int = 0,
    preset: str = "default",
    factor_names: Sequence[str] | None = None,
    **settings: Any,
) -> Score:
    """DCIMIG (3CharM): is there, for every factor, a latent that knows all of it and of no other?

    Latent j has the gap R_j = I(z_j; v_(1)) - I(z_j; v_(2)) between the two factors it knows most about, and it
    speaks for the first of them. S_k is the largest gap of the latents that speak for factor k, 0 if there is
    none. DCIMIG = sum_k S_k / sum_k H(v_k). Further latents cost nothing: duplicated codes score as high as the
    codes themselves.

    Presets as of `mig`: "default" has 20 bins of equal frequency a latent, "dlib" 20 bins of equal width and at
    most 10,000 samples. The bootstrap keeps the bins.

    Args:
        codes: [n, d] array or CPU tensor.
        factors: [n, k] discrete or continuous.
        seed: of the thinning, the bootstrap and the permutations.
        preset: "default" or "dlib".
        factor_names: k names for messages and details.
        **settings: fields of `InformationSettings`.

    Returns:
        Score; details hold `mutual_information` [d, k], `entropies` [k], `gaps` R [d], `kept` S [k], all in
        nats, and `speaks_for` [d], the factor's index.

    Raises:
        NotApplicable: fewer than two factors vary.
        ValueError: codes, factors, preset or settings that are not allowed.

    Reference: Sepliarskaia et al. 2019, How to Not Measure Disentanglement, section 5.
    """
    return assess_information(
        "dcimig",
        _formula,
        codes,
        factors,
        seed=seed,
        preset=preset,
        factor_names=factor_names,
        settings=settings,
        least=2,
    )


def _formula(found: Information, _: InformationSettings) -> tuple[float, dict[str, NDArray]]:
    gaps = gap(found.mutual, axis=1)
    first = found.mutual.argmax(axis=1)
    kept = np.zeros_like(found.factors)
    np.maximum.at(kept, first, gaps)
    whole = found.factors.sum()
    return float(kept.sum() / whole) if whole > 0 else 0.0, {"gaps": gaps, "kept": kept, "speaks_for": first}
