"""Rollouts of several predictors beside the truth: a table of scores, a table of errors."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from curvae.dynamics.ball import ball_scores, position_error
from curvae.dynamics.sequences import by_trajectory
from curvae.dynamics.track import mass

PART = 4096  # true frames weighed at a time


def compare(
    rollouts: Mapping[str, xr.Dataset],
    truth: xr.Dataset,
    *,
    low: float,
    high: float,
    radius: float | None = None,
    seed: int = 0,
    bootstrap: int = 200,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score every predictor on the same trajectories.

    Args:
        rollouts: predictor -> what `films` returns.
        truth: ``images`` and ``factors`` (x, y, vx, vy) of the test trajectories.
        low: wall at the small coordinates [px].
        high: wall at the large coordinates [px].
        radius: standard deviation of the true blob [px].
        seed: of the bootstrap.
        bootstrap: number of resamples of every interval.

    Returns:
        Scores, one row a predictor, seed and score (see `ball_scores`); and position errors, one row a
        predictor and frame ahead: median, low and high quartile over trajectories and seeds, and least and most, the
        95 % percentile bootstrap interval of the median over trajectories, each with all its seeds [px].
    """
    names = truth["trajectory"].values
    states = by_trajectory(truth["factors"].sel(factor=["x", "y", "vx", "vy"]).values, names)
    parts = (truth["images"][first : first + PART].values for first in range(0, len(names), PART))
    light = by_trajectory(np.concatenate([mass(part[None])[0] for part in parts]), names)
    scores, errors = [], []
    for predictor, films in rollouts.items():
        trajectories, frames = films.sizes["trajectory"], films["frame"].values
        true = states[:trajectories, frames]
        distances = []
        about = {"low": low, "high": high, "radius": radius, "true_mass": light[:trajectories, frames]}
        for member in films["seed"].values:
            film = films.sel(seed=member)
            table = ball_scores(film["frames"], true[..., :2], true[..., 2:], **about, seed=seed, bootstrap=bootstrap)
            scores.append(table.assign(predictor=predictor, seed=member))
            distances.append(position_error(film["positions"].values, true[..., :2]))
        # A missing position is infinitely far off; quantiles that are samples can be infinite too.
        distances = np.nan_to_num(distances, nan=np.inf)
        quartiles = np.quantile(distances, [0.25, 0.5, 0.75], axis=(0, 1), method="inverted_cdf")
        ahead = frames - frames[0] + 1
        drawn = np.random.default_rng(seed).integers(trajectories, size=(bootstrap, trajectories))
        medians = [np.quantile(distances[:, some], 0.5, axis=(0, 1), method="inverted_cdf") for some in drawn]
        least, most = np.quantile(medians, [0.025, 0.975], axis=0, method="inverted_cdf")
        row = {"predictor": predictor, "frame": ahead, "median": quartiles[1], "low": quartiles[0]}
        errors.append(pd.DataFrame({**row, "high": quartiles[2], "least": least, "most": most, "unit": "px"}))
    order = ["predictor", "seed", "score", "unit", "value", "low", "high", "perfect", "n"]
    return pd.concat(scores, ignore_index=True)[order], pd.concat(errors, ignore_index=True)
