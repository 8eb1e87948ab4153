"""Predicted latents become decoded films, labelled and ready to be written."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float

from curvae import store
from curvae.dynamics.rollout import BOUND, divergence
from curvae.dynamics.sequences import Scale
from curvae.dynamics.track import positions

log = logging.getLogger(__name__)

PART = 20  # trajectories decoded at a time


def film_parts(latents: Float[np.ndarray, "seed trajectory frame latent"], *said: Any) -> Iterator[xr.Dataset]:
    """What `films` returns, some trajectories at a time, so that films need not fit into memory.

    Args:
        latents: predictions of all trajectories.
        said: as `films` takes it.
    """
    for start in range(0, latents.shape[1], PART):
        yield films(latents[:, start : start + PART], *said)


def films(
    latents: Float[np.ndarray, "seed trajectory frame latent"],
    decode: Callable[[np.ndarray], np.ndarray],
    seeds: list[int],
    first: int,
    scale: Scale | None = None,
) -> xr.Dataset:
    """Decode predicted latents and measure where the ball is.

    Args:
        latents: predictions.
        decode: latents [n, latent] to images [n, height, width] in [0, 1].
        seeds: of the predictors.
        first: frame of the trajectory that the first prediction is of.
        scale: of the training latents, perhaps with more entries behind them; without it no bound holds.

    Returns:
        ``latents``, ``frames`` (8 bits a pixel on disk), ``positions`` [px] and ``diverged``: the frame of the
        trajectory at which its latents are not finite or more than `BOUND` deviations from the mean, -1 if none.
        The log says how many diverged and when.
    """
    width = latents.shape[-1]
    standard = latents if scale is None else Scale(scale.mean[:width], scale.deviation[:width]).apply(latents)
    left = divergence(torch.as_tensor(np.asarray(standard)), np.inf if scale is None else BOUND).numpy()
    if (left >= 0).any():
        said = f"the first at frame {first + left[left >= 0].min()}"
        log.warning("%d of %d rollouts diverged, %s", (left >= 0).sum(), left.size, said)
    diverged = np.where(left >= 0, first + left, -1)
    with np.errstate(over="ignore"):  # what has diverged may be infinite in single precision
        kept = latents.astype(np.float32)
    lead = latents.shape[:3]
    images = np.nan_to_num(decode(latents.reshape(-1, latents.shape[-1])))
    images = images.reshape(*lead, *images.shape[1:])
    levels = np.rint(np.clip(images, 0, 1) * 255).astype(np.float32) / np.float32(255)
    where = positions(levels.reshape(-1, *levels.shape[2:])).reshape(*lead, 2)
    dims = ("seed", "trajectory", "frame")
    encoding = {"filters": store.EIGHT_BIT, "_FillValue": None, "chunks": (1, min(10, lead[1]), *levels.shape[2:])}
    return xr.Dataset(
        {
            "latents": ((*dims, "latent"), kept, {"units": "1"}),
            "frames": xr.Variable((*dims, "height", "width"), levels, {"units": "1"}, encoding),
            "positions": ((*dims, "axis"), where, {"units": "px"}),
            "diverged": (dims[:2], diverged.astype(np.int32), {"long_name": "frame of divergence, -1 if none"}),
        },
        coords={"seed": seeds, "axis": ["x", "y"], "frame": first + np.arange(lead[2])},
        attrs={"title": "decoded predictions of a bouncing ball"},
    )
