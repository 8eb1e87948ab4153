"""One decoder's metric, with its standard deviation and its table, as arrays that several analyses read."""

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from curvae.geometry.metric import PullbackMetric
from curvae.geometry.precision import RadialPrecision, fit_precision
from curvae.geometry.table import MetricTable, tabulate
from curvae.types import Codes, Decoder


def lay_out(
    decoder: Decoder,
    codes: Codes,
    data: Float[Tensor, "some feature"],
    *,
    precision: dict | None,
    grid: int,
    accuracy: float = 5e-3,
    room: float = 0.1,
) -> xr.Dataset:
    """Fit the standard deviation, tabulate the metric around the codes and map its magnification.

    Args:
        decoder: codes [point, latent] to means [point, feature], twice differentiable.
        codes: what the table covers [point, latent], one to three latents, float64.
        data: what the first codes are of; the standard deviation is fitted to these.
        precision: arguments of `fit_precision`; None leaves the mean alone.
        grid: points a side of the map.
        accuracy: of the table.
        room: border around the codes in widths of their box.

    Returns:
        Arrays of which `open_table` and `open_metric` make both again, and of two latents ``magnification`` (z2, z1).

    Raises:
        ValueError: codes or the decoder's metric are not finite, the metric is singular between the codes (as where
            the decoder is constant), or there are more than three latents.
    """
    if codes.ndim != 2 or not 1 <= codes.shape[1] <= 3 or not codes.isfinite().all():
        raise ValueError(f"codes: shape {tuple(codes.shape)}; allowed: finite, [point, 1 to 3 latents]")
    std = fit_precision(decoder, codes[: len(data)], data, **precision) if precision is not None else None
    with torch.no_grad():
        table = tabulate(PullbackMetric(decoder, std), codes, accuracy=accuracy, room=room)
        arrays = _arrays("table", vars(table))
        if std is not None:
            arrays = arrays.merge(_arrays("precision", vars(std)), combine_attrs="no_conflicts")
        if codes.shape[1] == 2:
            edges = zip(table.low.tolist(), table.high.tolist(), strict=True)
            z1, z2 = (torch.linspace(a, b, grid, dtype=codes.dtype) for a, b in edges)
            magnification = torch.linalg.det(table.matrix(torch.cartesian_prod(z2, z1).flip(-1))).clamp_min(0).sqrt()
            arrays["magnification"] = (("z2", "z1"), magnification.reshape(grid, grid).numpy())
            arrays = arrays.assign_coords(z1=z1.numpy(), z2=z2.numpy())
    return arrays.assign_attrs(title="the metric of a decoder")


def open_table(arrays: xr.Dataset) -> MetricTable:
    """The table of `lay_out`, filled as it was, without asking the decoder again."""
    table = MetricTable.__new__(MetricTable)
    vars(table).update(_values("table", arrays))
    return table


def open_metric(arrays: xr.Dataset, decoder: Decoder) -> PullbackMetric:
    """The metric of the decoder that `lay_out` was given, with its standard deviation."""
    std = _values("precision", arrays)
    return PullbackMetric(decoder, RadialPrecision(**std) if std else None)


def _arrays(prefix: str, values: dict) -> xr.Dataset:
    tensors = {name: value for name, value in values.items() if isinstance(value, Tensor)}
    variables = {
        f"{prefix}_{name}": ([f"{prefix}_{name}_{axis}" for axis in range(value.ndim)], value.numpy())
        for name, value in tensors.items()
    }
    rest = {f"{prefix}_{name}": value for name, value in values.items() if name not in tensors}
    return xr.Dataset(variables, attrs=rest)


def _values(prefix: str, arrays: xr.Dataset) -> dict:
    tensors = {str(k): torch.as_tensor(np.array(v)) for k, v in arrays.data_vars.items()}
    both = tensors | {str(k): v for k, v in arrays.attrs.items()}
    return {k.removeprefix(f"{prefix}_"): v for k, v in both.items() if k.startswith(f"{prefix}_")}
