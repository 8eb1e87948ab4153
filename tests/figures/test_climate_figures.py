"""Return maps and exponents: what is drawn is the table, and what does not fit is refused."""

import matplotlib
import numpy as np
import pandas as pd
import pytest

from curvae.figures.attractor import attractor
from curvae.figures.exponents import exponents
from curvae.figures.return_map import return_map
from curvae.figures.style import save
from curvae.figures.whole_spectrum import whole_spectrum

X = np.linspace(30, 45, 200)
TENT = np.stack([X, 45 - 1.8 * np.abs(X - 38)], -1)

ANGLE = np.linspace(0, 40, 300)
CIRCLE = np.stack([np.cos(ANGLE), 0 * ANGLE, np.sin(ANGLE)], -1)[None]
POWER = np.stack([np.arange(9.0), np.exp(-np.arange(9.0))], -1)


WHOLE = pd.DataFrame(
    [("truth", 1, 0.9, 0.8, 1.0), ("gru", 1, 0.9, 0.7, 1.1), ("gru", 2, -7, -8, -6), ("gru", 3, *[-np.inf] * 3)],
    columns=["system", "exponent", "value", "low", "high"],
)


def portrait(**learned):
    orbits = {"truth": CIRCLE, **learned}
    return attractor(orbits, dict.fromkeys(orbits, POWER), ("x", "z"), (0, 2))


def table(count=3):
    rows = [
        (system, n + 1, value - shift, value - shift - 0.05, value - shift + 0.05, published)
        for system, shift, published in (("Lorenz", 0, np.nan), ("reservoir", 0.1, 0.9), ("GRU", 0.2, np.nan))
        for n, value in enumerate(np.linspace(0.9, -14.6, count))
    ]
    return pd.DataFrame(rows, columns=["system", "exponent", "value", "low", "high", "published"])


def texts(figure):
    return {text.get_text() for text in figure.findobj(matplotlib.text.Text)}


@pytest.mark.parametrize(
    "draw",
    [
        lambda: return_map(TENT, {"reservoir": TENT + 0.2}),
        lambda: exponents(table(), "Lorenz"),
        lambda: exponents(table(9), "Lorenz"),
        lambda: portrait(gru=1.1 * CIRCLE),
        lambda: whole_spectrum(WHOLE),
    ],
)
def test_saved_twice_the_bytes_are_the_same(draw, tmp_path):
    saved = []
    for turn in ("a", "b"):
        names = [tmp_path / f"{turn}.{ending}" for ending in ("png", "pdf", "csv")]
        save(*draw(), *names)
        saved.append([name.read_bytes() for name in names])
    assert saved[0] == saved[1]


def test_return_map_draws_every_near_pair_and_counts_the_others():
    learned = np.concatenate([TENT + 0.2, [[62, 40], [40, np.nan]]])
    figure, numbers = return_map(TENT, {"reservoir": learned}, notes={"reservoir": "distance 0.03"})
    assert len(figure.axes) == 2
    np.testing.assert_allclose(numbers[numbers["system"] == "truth"][["now", "next"]], TENT)
    drawn = numbers[numbers["system"] == "reservoir"]
    np.testing.assert_allclose(drawn[["now", "next"]], TENT + 0.2)
    assert set(drawn["left_out"]) == {2}
    assert figure.axes[1].get_title() == "reservoir\ndistance 0.03\n2 far off"
    np.testing.assert_allclose(figure.axes[1].lines[1].get_xydata(), TENT + 0.2)
    np.testing.assert_allclose(figure.axes[1].lines[0].get_xydata(), TENT)
    assert {"maximum of z [1]", "next maximum [1]"} <= texts(figure)


def test_return_map_thins_long_series_and_bears_an_empty_panel():
    long = np.repeat(TENT, 50, axis=0)
    figure, numbers = return_map(long, {"lost": np.full((3, 2), 1e9)})
    assert (numbers["system"] == "truth").sum() == 4000
    assert not (numbers["system"] == "lost").any()
    assert figure.axes[1].get_title() == "lost\n3 far off"


def test_exponents_of_three_are_panels_with_the_truth_and_what_was_published():
    figure, numbers = exponents(table(), "Lorenz")
    assert [axes.get_title() for axes in figure.axes] == ["exponent 1", "exponent 2", "exponent 3"]
    assert {"Lorenz", "reservoir", "GRU", "published", "value [1/time]"} <= texts(figure)
    np.testing.assert_allclose(numbers["error"], np.repeat([0, -0.1, -0.2], 3), atol=1e-12)
    first = figure.axes[0]
    assert first.lines[0].get_xdata()[0] == pytest.approx(0.9)
    values = [line.get_xdata()[0] for line in first.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(values, [0.9, 0.8, 0.7])
    bars = [segment[:, 0] for lines in first.collections for segment in lines.get_segments()]
    np.testing.assert_allclose(bars, [[0.85, 0.95], [0.75, 0.85], [0.65, 0.75]])


def test_many_exponents_are_one_panel():
    figure, _ = exponents(table(9).drop(columns="published"), "Lorenz", unit="1/Lyapunov time")
    assert len(figure.axes) == 1
    assert figure.axes[0].get_ylabel() == "value [1/Lyapunov time]"
    assert "published" not in texts(figure)
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata(), np.linspace(0.9, -14.6, 9))


def test_portraits_show_the_chosen_coordinates_and_shares_add_up():
    figure, numbers = portrait(gru=np.concatenate([0.5 * CIRCLE, np.nan * CIRCLE]), lost=np.nan * CIRCLE)
    panels = figure.findobj(matplotlib.axes.Axes)
    np.testing.assert_allclose(panels[0].lines[0].get_xydata(), CIRCLE[0][:, [0, 2]])
    np.testing.assert_allclose(panels[1].lines[0].get_xydata(), 0.5 * CIRCLE[0][:, [0, 2]])
    assert panels[2].get_title() == "lost"
    assert not panels[2].lines
    shares = numbers[numbers["quantity"] == "share"].groupby("system")["value"].sum()
    assert shares.to_dict() == pytest.approx({"truth": 1, "gru": 1, "lost": 0})
    power = numbers[(numbers["quantity"] == "power") & (numbers["system"] == "gru")]
    np.testing.assert_allclose(power[["at", "value"]], POWER[1:])
    assert {"x [1]", "z [1]", "frequency [cycles/time]", "share of frames"} <= texts(figure)


def test_the_whole_spectrum_draws_what_is_finite_and_tells_the_rest():
    figure, numbers = whole_spectrum(WHOLE)
    drawn = {line.get_label(): line.get_ydata() for line in figure.axes[0].lines}
    np.testing.assert_allclose(drawn["gru (3)"], [0.9, -7])
    bars = [segment.tolist() for lines in figure.axes[0].collections for segment in lines.get_segments()]
    assert bars == [[[1, 0.8], [1, 1.0]], [[1, 0.7], [1, 1.1]], [[2, -8], [2, -6]]]
    pd.testing.assert_frame_equal(numbers, WHOLE)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: exponents(table().drop(columns="low"), "Lorenz"), "table: no column low"),
        (lambda: exponents(pd.concat([table(), table()]), "Lorenz"), "9 rows repeat"),
        (lambda: exponents(table(), "Roessler"), "truth = 'Roessler': allowed: Lorenz, reservoir, GRU"),
        (lambda: exponents(table().drop(index=1), "Lorenz"), "truth: no exponent 2"),
        (lambda: return_map(TENT[:, :1], {"a": TENT}), r"truth: shape \(200, 1\); allowed: \(pair, 2\)"),
        (lambda: return_map(TENT, {}), "learned: 0 systems"),
        (lambda: portrait(), "orbits: 0 learned systems"),
        (lambda: attractor({"a": CIRCLE}, {"a": POWER}, ("x", "z"), (0, 2)), "truth among them"),
        (lambda: portrait(a=CIRCLE[0]), r"a: shape \(300, 3\)"),
        (lambda: whole_spectrum(WHOLE[:1]), "truth and 1 to 8 learned"),
        (lambda: return_map(TENT, {"a": TENT}, notes={"b": ""}), "notes: b; allowed: truth, a"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
