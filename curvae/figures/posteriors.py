"""Posteriors of a few data points over the prior: Gaussian ones, and those of a flow."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from curvae.figures.shapes import check_shapes
from curvae.figures.style import LATENT_AXES, colours, house_style, new_figure

TITLES = ("Prior p(z)", "Posteriors q(z | x),\nGaussian", "Posteriors q(z | x),\nwith a flow")


@house_style()
def posteriors(
    gaussian: Float[np.ndarray, "point row column"],
    flow: Float[np.ndarray, "point row column"],
    z1: Float[np.ndarray, " column"],
    z2: Float[np.ndarray, " row"],
    bounds: Sequence[float],
) -> tuple[Figure, pd.DataFrame]:
    """Three panels over two latents: the prior, Gaussian posteriors and posteriors with a flow, a colour a data point.

    The panels of posteriors say how far their mean, q(z), is from the prior, integrated over the grid, and how far the
    evidence lower bound falls short of -ln n, the best that n different points allow.

    Args:
        gaussian: densities q(z | x) of each data point, 1 / (prior s.d.)^2.
        flow: the same with a flow.
        z1: grid values, evenly spaced.
        z2: grid values, evenly spaced.
        bounds: mean evidence lower bound of the points under both [nats].

    Returns:
        Figure, and a table: panel, point, z1 and z2 of its mean, entropy [nats], mass (integral over the grid), and for
        both panels kl = KL(q(z) || p(z)) and bound [nats].

    Raises:
        ValueError: shapes do not fit.
    """
    shapes = {"gaussian": (gaussian, "point row column"), "flow": (flow, "point row column")}
    check_shapes({**shapes, "z1": (z1, "column"), "z2": (z2, "row"), "bounds": (np.asarray(bounds), "2")})
    z2_grid, z1_grid = np.meshgrid(z2, z1, indexing="ij")
    prior = np.exp(-0.5 * (z1_grid**2 + z2_grid**2)) / (2 * np.pi)
    cell = (z1[1] - z1[0]) * (z2[1] - z2[0])
    palette, rows = [np.array(to_rgb(c)) for c in colours(len(gaussian))], []
    figure = new_figure(7.6, 3.0)
    all_axes = figure.subplots(1, 3, sharex=True, sharey=True)
    panels = ([prior], gaussian, flow)
    for index, (axes, title, densities) in enumerate(zip(all_axes, TITLES, panels, strict=True)):
        inks = [np.zeros(3)] if not index else palette
        axes.imshow(
            _painted(densities, inks), extent=(z1[0], z1[-1], z2[0], z2[-1]), origin="lower", interpolation="bilinear"
        )
        axes.contour(z1, z2, prior, levels=prior.max() * np.exp([-2.0, -0.5]), colors="k", linewidths=0.6, alpha=0.6)
        axes.set(title=title, xlabel=LATENT_AXES[0], box_aspect=1)
        axes.spines[:].set_visible(True)
        if not index:
            continue
        kl = _kl(np.mean(densities, axis=0), prior, cell)
        short = -np.log(len(densities)) - bounds[index - 1]
        axes.text(
            *(0.03, 0.03, f"KL(q(z) || p(z)) {kl:.2f} nats\nbound {short:.2f} nats below -ln {len(densities)}"),
            transform=axes.transAxes,
            fontsize=7,
        )
        for point, q in enumerate(densities):
            mass = q.sum() * cell
            mean = [(q * grid).sum() * cell / mass for grid in (z1_grid, z2_grid)]
            entropy = -np.where(q > 0, q * np.log(np.maximum(q, 1e-300)), 0).sum() * cell
            rows.append((("gaussian", "flow")[index - 1], point, *mean, entropy, mass, kl, bounds[index - 1]))
    all_axes[0].set_ylabel(LATENT_AXES[1])
    return figure, pd.DataFrame(rows, columns=["panel", "point", "z1", "z2", "entropy", "mass", "kl", "bound"])


def _painted(densities: Sequence[np.ndarray], inks: Sequence[np.ndarray]) -> np.ndarray:
    """Densities as ink on white paper: each as dark as its own share of its maximum, one over the other."""
    image = np.ones((*densities[0].shape, 3))
    for density, ink in zip(densities, inks, strict=True):
        image *= 1 - (density / density.max())[..., None] * 0.85 * (1 - ink)
    return image


def _kl(q: np.ndarray, p: np.ndarray, cell: float) -> float:
    return float((q * np.log(np.maximum(q, 1e-300) / p)).sum() * cell)
