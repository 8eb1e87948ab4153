"""Predicted latents become decoded films, labelled and ready to be written."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from jaxtyping import Float

from curvae import store
from curvae.dynamics.track import positions


def films(
    latents: Float[np.ndarray, "seed trajectory frame latent"],
    decode: Callable[[np.ndarray], np.ndarray],
    seeds: list[int],
    first: int,
) -> xr.Dataset:
    """Decode predicted latents and measure where the ball is.

    Args:
        latents: predictions.
        decode: latents [n, latent] to images [n, height, width] in [0, 1].
        seeds: of the predictors.
        first: frame of the trajectory that the first prediction is of.

    Returns:
        ``latents``, ``frames`` (8 bits a pixel on disk) and ``positions`` [px].
    """
    lead = latents.shape[:3]
    images = np.nan_to_num(decode(latents.reshape(-1, latents.shape[-1])))
    images = images.reshape(*lead, *images.shape[1:])
    levels = np.rint(np.clip(images, 0, 1) * 255).astype(np.float32) / np.float32(255)
    where = positions(levels.reshape(-1, *levels.shape[2:])).reshape(*lead, 2)
    dims = ("seed", "trajectory", "frame")
    encoding = {"filters": store.EIGHT_BIT, "_FillValue": None, "chunks": (1, min(10, lead[1]), *levels.shape[2:])}
    return xr.Dataset(
        {
            "latents": ((*dims, "latent"), latents.astype(np.float32), {"units": "1"}),
            "frames": xr.Variable((*dims, "height", "width"), levels, {"units": "1"}, encoding),
            "positions": ((*dims, "axis"), where, {"units": "px"}),
        },
        coords={"seed": seeds, "axis": ["x", "y"], "frame": first + np.arange(lead[2])},
        attrs={"title": "decoded predictions of a bouncing ball"},
    )
