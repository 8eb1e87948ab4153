"""Figures of posteriors, of the ring and of level sets, on numbers that are known."""

import math

import numpy as np
import pandas as pd
import pytest

from curvae.figures.level_sets import level_sets
from curvae.figures.posteriors import posteriors
from curvae.figures.ring import ring

AXIS = np.linspace(-4, 4, 161)


def normal(x, y, s):
    z2, z1 = np.meshgrid(AXIS, AXIS, indexing="ij")
    return np.exp(-0.5 * ((z1 - x) ** 2 + (z2 - y) ** 2) / s**2) / (2 * math.pi * s**2)


def test_numbers_are_those_of_the_densities():
    tight, prior = np.stack([normal(1, 0, 0.5), normal(-1, 0, 0.5)]), np.stack([normal(0, 0, 1)] * 2)
    figure, table = posteriors(tight, prior, AXIS, AXIS, (-2.0, -math.log(2)))
    assert len(figure.axes) == 3
    assert table["z1"].tolist() == pytest.approx([1, -1, 0, 0], abs=1e-3)
    assert table["mass"].tolist() == pytest.approx([1] * 4, abs=1e-3)
    assert table["entropy"].tolist() == pytest.approx(
        [1 + math.log(2 * math.pi * s**2) for s in (0.5, 0.5, 1, 1)], abs=2e-3
    )
    assert table.loc[2, "kl"] == pytest.approx(0, abs=1e-3)
    assert table.loc[0, "kl"] > 0.3
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert "bound 1.31 nats below -ln 2" in texts[0]
    assert "bound 0.00 nats below -ln 2" in texts[1].replace("-0.00", "0.00")
    with pytest.raises(ValueError, match=r"bounds: shape \(1,\)"):
        posteriors(tight, prior, AXIS, AXIS, (0.0,))


def test_the_ring_has_three_scatters_a_density_and_radii():
    points = np.random.default_rng(0).normal(size=(3, 50, 2))
    table = pd.DataFrame({"source": ["test", "decoder", "flow"], "mass": [np.nan, np.nan, 0.9998]})
    figure, numbers = ring(points, normal(0, 0, 1), AXIS, table)
    assert len(figure.axes) == 6  # with the colour bar
    assert numbers is table
    assert "Density of the flow\n(integral 0.9998)" in [axes.get_title() for axes in figure.axes]
    with pytest.raises(ValueError, match=r"axis: shape \(3,\)"):
        ring(points, normal(0, 0, 1), AXIS[:3], table)


def test_level_sets_leave_out_the_noise_that_is_zero():
    rows = [(noise, method, 1.0 + noise) for method in ("layer by layer", "Gauss-Newton") for noise in (0, 0.01, 0.1)]
    table = pd.DataFrame(rows, columns=["noise", "method", "error"]).assign(low=0.5, high=2.0)
    given = {"misfit": -normal(0, 0, 1), "z1": AXIS, "z2": AXIS, "path": np.zeros((4, 2)), "code": np.ones(2)}
    figure, numbers = level_sets(**given, table=table)
    assert len(numbers) == 6
    lines = [line for line in figure.axes[1].lines if len(line.get_xdata()) == 2 and line.get_marker() == "o"]
    assert [line.get_xdata().tolist() for line in lines] == [[0.01, 0.1]] * 2
    with pytest.raises(ValueError, match=r"code: shape \(3,\)"):
        level_sets(**given | {"code": np.ones(3)}, table=table)
