"""MIG-sup: the mutual information gap of each latent."""

from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike, NDArray

from curvae.scores.information import Information, InformationSettings, assess_information, gap
from curvae.scores.result import Score


def migsup(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    seed: int = 0,
    preset: str = "default",
    factor_names: Sequence[str] | None = None,
    **settings: Any,
) -> Score:
    """MIG-sup: does a latent know one factor alone?

    MIG-sup = 1/d sum_j (J(z_j; v_(1)) - J(z_j; v_(2))), J(z; v) = I(z; v) / H(v), with v_(1), v_(2) the two
    factors that latent j knows most about. MIG asks whether a factor has one latent, MIG-sup whether a latent
    has one factor: codes that hold every factor twice score MIG 0 and MIG-sup 1, codes that hold two factors in
    one latent the other way round. The mean is over all d latents, so a latent that knows nothing, a dead one
    among them, counts as 0: five perfect latents and five dead ones score 1/2.

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
        Score; details hold `mutual_information` [d, k], `entropies` [k] (nats) and `gaps` [d].

    Raises:
        NotApplicable: fewer than two factors vary.
        ValueError: codes, factors, preset or settings that are not allowed.

    Reference: Li et al. 2020, Progressive Learning and Disentanglement of Hierarchical Representations,
    section 5.
    """
    return assess_information(
        "migsup",
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
    gaps = gap(found.share(), axis=1)
    return float(gaps.mean()), {"gaps": gaps}
