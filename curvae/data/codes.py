"""Codes of an experiment as a data set of their own, in the splits of the images they stand for."""

import json

import numpy as np
import xarray as xr

from curvae.settings.base import ConfigError
from curvae.settings.data import Codes


def make(settings: Codes, latents: xr.Dataset, source: xr.Dataset) -> xr.Dataset:
    """Codes of one member, standardised by the mean and deviation of the training split.

    Args:
        settings: of the data set.
        latents: ``mean`` (sample, latent) of the member.
        source: the data that were encoded; its factors and splits are kept.

    Returns:
        The data set; `images` has the attributes `mean` and `deviation`, with images * deviation + mean the codes.

    Raises:
        ValueError: codes that are not finite.
    """
    codes = latents["mean"].values.astype(np.float64)
    if not np.isfinite(codes).all():
        raise ConfigError("experiment", settings.experiment, "its codes are not finite; allowed: finite codes")
    train = codes[source["split"].values == 0]
    mean, deviation = train.mean(0), train.std(0)
    deviation[deviation == 0] = 1.0  # a latent that never moves stays 0
    kept = source.drop_vars("images")
    kept["images"] = (
        ("sample", "latent"),
        ((codes - mean) / deviation).astype(np.float32),
        {"long_name": "standardised codes", "mean": mean.tolist(), "deviation": deviation.tolist()},
    )
    return kept.assign_attrs(
        title=f"codes of {settings.experiment}",
        kind=settings.kind,
        parameters=json.dumps(settings.model_dump(mode="json"), sort_keys=True),
    )
