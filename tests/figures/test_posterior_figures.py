"""The figure of posteriors, on densities with known numbers."""

import math

import numpy as np
import pytest

from curvae.figures.posteriors import posteriors

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
