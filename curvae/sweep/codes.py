"""What a trained stack says of a data set: its codes."""

from math import log, sqrt

import numpy as np
import torch
import xarray as xr

from curvae.objectives import gaussian_kl
from curvae.sweep.stack import Stack


def encode(stack: Stack, data: xr.Dataset, batch: int = 10000) -> xr.Dataset:
    """Posterior mean and log-variance of every sample under every member.

    Args:
        stack: trained autoencoders.
        data: ``images`` (sample, ...) and ``split`` (sample); read in parts.
        batch: samples read at a time.

    Returns:
        ``mean`` and ``logvar`` (member, sample, latent), with the members' axes as coordinates,
        and ``split`` (sample); attributes ``prior_variance`` of a code before anything is seen, and ``posterior``:
        "gaussian", or the kind of what the mean and variance are those of. A member that diverged has the codes of its
        last sound weights.
    """
    parts = [
        stack.encode(data["images"][first : first + batch].values) for first in range(0, data.sizes["sample"], batch)
    ]
    mean, logvar = (np.concatenate(side, axis=1) for side in zip(*parts, strict=True))
    dims = ("member", "sample", "latent")
    axes = {
        axis: ("member", [member[axis] for member in stack.members]) for axis in stack.members[0] if axis not in dims
    }
    return xr.Dataset(
        {
            "mean": (dims, mean, {"long_name": "mean of q(z | x)", "units": "1"}),
            "logvar": (dims, logvar, {"long_name": "log-variance of q(z | x)", "units": "1"}),
            "split": data["split"].variable,
        },
        coords=axes,
        attrs={
            "title": f"codes of {data.attrs.get('title', 'a data set')}",
            "prior_variance": getattr(stack.model, "prior_variance", 1.0),
            "posterior": posterior.kind if (posterior := stack.model.settings.posterior) else "gaussian",
        },
    )


def latent_kl(codes: xr.Dataset) -> np.ndarray:
    """Mean over samples of the KL of each latent to a Gaussian of the prior's variance, in nats.

    Args:
        codes: ``mean`` and ``logvar`` of one member (sample, latent), and what else `encode` returns.
    """
    mean, logvar = (torch.as_tensor(codes[name].values)[None] for name in ("mean", "logvar"))
    variance = codes.attrs.get("prior_variance", 1.0)
    return gaussian_kl(mean / sqrt(variance), logvar - log(variance)).mean((0, 1)).numpy()
