"""How far draws of codes are from codes that nobody saw, beside draws that need no generator."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from curvae.generation.distances import Points, sliced_wasserstein

STANDARD = "N(0, I)"


def code_distances(
    drawn: Sequence[tuple[dict[str, Any], Points]],
    train: Points,
    test: Points,
    mean: np.ndarray,
    deviation: np.ndarray,
    seed: int = 0,
) -> pd.DataFrame:
    """Sliced 1-Wasserstein distances to held-out codes, of a generator's draws and of what is simpler.

    Args:
        drawn: axes of a member, and its draws of standardised codes.
        train: standardised codes that were learned from.
        test: standardised codes that nobody saw.
        mean: of the codes before they were standardised, [latent].
        deviation: the same.
        seed: of the directions and draws.

    Returns:
        One row a cloud: the axes; ``drawn``, "generator", "N(0, I)" (of codes as they are), "variances" (a Gaussian of
        the training codes' means and variances), "covariances" (with these too) or "training codes"; ``samples``;
        ``standardised`` (distance of standardised codes [s.d.]), ``distance`` (of codes as they are [1]) and
        ``share`` (of the distance of N(0, I) [1]).
    """
    rng = np.random.default_rng(seed)
    plain = {
        STANDARD: (rng.standard_normal(test.shape) - mean) / deviation,
        "variances": rng.standard_normal(test.shape),
        "covariances": rng.multivariate_normal(train.mean(0), np.cov(train.T), len(test)),
        "training codes": train[: len(test)],
    }
    rows = []
    for axes, points in [*(({**axes, "drawn": "generator"}, x) for axes, x in drawn), *_named(plain)]:
        standardised = sliced_wasserstein(points, test, seed=seed)
        distance = sliced_wasserstein(points * deviation, test * deviation, seed=seed)
        rows.append({**axes, "samples": len(points), "standardised": standardised, "distance": distance})
    table = pd.DataFrame(rows)
    return table.assign(share=table["distance"] / table.loc[table["drawn"] == STANDARD, "distance"].item())


def _named(clouds: dict[str, Points]) -> list[tuple[dict[str, Any], Points]]:
    return [({"drawn": name}, points) for name, points in clouds.items()]
