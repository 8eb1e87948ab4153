"""Slant, thickness, width and size of drawn bars; directions that move what they should; bits of known densities."""

import numpy as np
import pytest

from curvae.generation import ATTRIBUTES, attribute_edits, axis_correlations, bits_table, pixel_nats
from curvae.scores.bound import bound_table

ROWS, COLUMNS = np.mgrid[:40, :40]


def bar(lean=0.0, thick=4.0, height=24.0):
    """An anti-aliased bar through the middle, leaning to the right as it goes up."""
    up = 19.5 - ROWS
    across = np.abs(COLUMNS - 19.5 - lean * up)
    return (thick / 2 + 0.5 - across).clip(0, 1) * (height / 2 + 0.5 - np.abs(up)).clip(0, 1)


def of(name, *images):
    return ATTRIBUTES[name](np.stack(images))


@pytest.mark.parametrize("lean", [-0.6, -0.2, 0.0, 0.3, 0.7])
def test_slant_of_leaning_bars(lean):
    assert of("slant", bar(lean))[0] == pytest.approx(lean, abs=0.02)
    assert of("width", bar(lean))[0] == pytest.approx(4, abs=0.25)


def test_slant_is_the_slope_of_the_regression_of_x_on_y():
    image = np.random.default_rng(0).random((1, 9, 7))
    ink = np.where(image[0] > 0.1, image[0], 0)
    x, y = np.arange(7.0) + 0 * ink, np.arange(9.0)[::-1, None] + 0 * ink
    slope = np.polyfit(y.ravel(), x.ravel(), 1, w=np.sqrt(ink.ravel()))[0]
    assert of("slant", image[0])[0] == pytest.approx(slope, rel=1e-12)


@pytest.mark.parametrize("thick", [2, 4, 6])
def test_thickness_of_a_bar_is_twice_its_area_over_its_edges(thick):
    exact = 2 * thick * 24 / (2 * (thick + 24))
    assert of("thickness", bar(0, thick))[0] == pytest.approx(exact, rel=0.03)
    assert of("size", bar(0, thick))[0] == pytest.approx((24 * thick) ** 0.5, rel=1e-6)
    assert of("width", bar(0, thick))[0] == pytest.approx(thick, rel=1e-6)


def test_attributes_do_not_depend_on_the_place_and_need_ink():
    moved = [np.roll(bar(0.3), shift, (0, 1)) for shift in ((0, 0), (3, -4))]
    for name in ATTRIBUTES:
        here, there = of(name, *moved)
        assert here == pytest.approx(there, rel=1e-12)
        blank = of(name, np.full((40, 40), 0.05))[0]
        assert blank == 0 if name == "size" else np.isnan(blank)


def leaning(codes):
    """A decoder whose first code is the slant and whose second one the thickness."""
    return np.stack([bar(0.3 * a, 4 + b) for a, b, _ in codes])


def test_edits_move_their_attribute_by_the_difference_of_the_means_and_no_other():
    codes = np.random.default_rng(0).normal(size=(300, 3)).clip(-2, 2)
    codes[:, 2] *= 0.01
    strengths = [-0.5, 0.0, 0.5]
    table, images = attribute_edits(leaning, (codes, leaning(codes)), codes[:20], strengths, ["slant", "thickness"])
    assert images.shape == (2, 3, 20, 40, 40)
    np.testing.assert_array_equal(images[0, 1], leaning(codes[:20]))
    own = table[table["edited"] == table["attribute"]]
    between = codes[codes[:, 0] > np.median(codes[:, 0])].mean(0) - codes[codes[:, 0] <= np.median(codes[:, 0])].mean(0)
    slants = own[own["edited"] == "slant"].set_index("strength")["mean"]
    assert slants[0.5] - slants[0.0] == pytest.approx(0.3 * 0.5 * between[0], abs=0.02)
    assert (own["rising"].dropna() == 1).all()
    np.testing.assert_allclose(own.groupby("edited")["step"].sum(), own.groupby("edited")["shift"].last())
    others = table[table["edited"] != table["attribute"]]
    assert others["shift"].abs().max() < 0.35 * own["shift"].max()
    assert (table["low"] <= table["mean"]).all()
    with pytest.raises(ValueError, match="strengths = "):
        attribute_edits(leaning, (codes, leaning(codes)), codes[:2], [0.0, 0.0], ["slant"])


def test_edits_of_nothing_have_no_numbers():
    codes = np.random.default_rng(0).normal(size=(8, 3))
    table, _ = attribute_edits(
        lambda z: np.zeros((len(z), 4, 4)), (codes, leaning(codes)), codes[:3], [0.0, 1.0], ["slant"]
    )
    assert (table["samples"] == 0).all()
    assert table["mean"].isna().all()


def test_pixels_apart_need_their_own_entropies():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(3), 6)
    draws = np.stack([rng.choice(3, 40_000, p=p) for p in probabilities], 1).reshape(-1, 2, 3) / 2
    nats = pixel_nats(draws[:20_000], draws[20_000:], 3)
    entropy = -(probabilities * np.log(probabilities)).sum()
    assert nats.mean() == pytest.approx(entropy, abs=0.02)
    assert pixel_nats(np.zeros((8, 1, 1)), np.ones((1, 1, 1)), 2)[0] == pytest.approx(np.log(10))


def test_bits_are_nats_the_other_way_round():
    uniform = np.full((1, 50, 4), -6 * np.log(4.0)) + np.random.default_rng(0).normal(size=(1, 50, 4)) * 0.01
    bounds = bound_table(uniform, [{"seed": 0}], (1, 4))
    table = bits_table(bounds, np.full(50, 6 * np.log(8.0)), 6)
    assert table["density"].tolist() == ["flow", "flow", "pixels apart"]
    assert table["draws"].tolist()[:2] == [1, 4]
    np.testing.assert_allclose(table["bits"], [2, 2, 3], atol=1e-2)
    assert (table["low"] <= table["bits"]).all()
    assert (table["bits"] <= table["high"]).all()


def test_axes_of_a_grid_have_what_they_encode():
    values = np.linspace(-2, 2, 9)
    images = np.stack([[bar(0.3 * lean, 5 + thick) for thick in values] for lean in values])
    table = axis_correlations(images, values, ["slant", "thickness"]).set_index(["latent", "attribute"])
    for latent, attribute in ((1, "slant"), (2, "thickness")):
        assert table.loc[(latent, attribute), "along"] == pytest.approx(1)
        assert table.loc[(latent, attribute), "correlation"] > 0.9
    assert abs(table.loc[(2, "slant"), "correlation"]) < 0.01
    assert (table["images"] == 81).all()
    blank = axis_correlations(np.zeros((3, 3, 4, 4)), np.arange(3.0), ["slant"])
    assert blank[["correlation", "along"]].isna().all(axis=None)
