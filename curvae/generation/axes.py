"""What each axis of a grid of codes has to do with what is seen in the images decoded there."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.stats import pearsonr, spearmanr

from curvae.generation.attributes import ATTRIBUTES


def axis_correlations(
    images: Float[np.ndarray, "first second h w"], values: Float[np.ndarray, " first"], names: Sequence[str]
) -> pd.DataFrame:
    """Correlations of both axes of a grid with attributes of its images.

    Args:
        images: decoded at z1 = values[i], z2 = values[j]; intensities from 0 to 1.
        values: of both latents, ascending.
        names: of attributes, keys of `curvae.generation.attributes.ATTRIBUTES`.

    Returns:
        A row an axis and attribute: ``latent`` (1 or 2), ``attribute``, ``correlation`` (Pearson's, over the grid),
        ``along`` (mean of Spearman's along the lines of the axis, the other latent fixed) and ``images`` (with ink).
        NaN where an attribute does not vary.
    """
    count, rows = len(values), []
    grid = np.meshgrid(values, values, indexing="ij")
    for name in names:
        found = ATTRIBUTES[name](images.reshape(-1, *images.shape[2:])).reshape(count, count)
        inked = np.isfinite(found)
        for axis in range(2):
            lines = [_ranks(values, line) for line in np.moveaxis(found, axis, -1)]
            rows.append(
                {
                    "latent": axis + 1,
                    "attribute": name,
                    "correlation": _linear(grid[axis][inked], found[inked]),
                    "along": np.nanmean(lines) if np.isfinite(lines).any() else np.nan,
                    "images": int(inked.sum()),
                }
            )
    return pd.DataFrame(rows)


def _varies(x: np.ndarray) -> bool:
    return len(x) > 2 and np.ptp(x) > 0


def _linear(z: np.ndarray, x: np.ndarray) -> float:
    return pearsonr(z, x).statistic if _varies(x) else np.nan


def _ranks(z: np.ndarray, x: np.ndarray) -> float:
    inked = np.isfinite(x)
    return spearmanr(z[inked], x[inked]).statistic if _varies(x[inked]) else np.nan
