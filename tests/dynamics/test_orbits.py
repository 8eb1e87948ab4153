"""Orbits of systems whose exponents and statistics are known, and the tables made of them."""

import numpy as np
import pytest
import torch

from curvae.dynamics import lyapunov_spectrum
from curvae.dynamics.orbits import (
    climate_tables,
    coordinates,
    exponent_table,
    measure_orbits,
    whole_spectrum,
    whole_table,
)

CAT = torch.tensor([[2.0, 1.0], [1.0, 1.0]], dtype=torch.float64)
TOP = float(np.log((3 + 5**0.5) / 2))
ASKED = {"warmup": 3, "horizon": 20, "free": 64, "exponents": 2, "orbits": 2, "steps": 100, "discard": 50, "every": 5}


def cat(state, x):
    """Arnold's cat map: both exponents are known, and the sum is 0."""
    return state, (x @ CAT) % 1


def films(starts=3, frames=60):
    x = torch.rand(starts, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    path = [x]
    for _ in range(frames - 1):
        path.append((path[-1] @ CAT) % 1)
    return torch.stack(path, 1)


@pytest.fixture(scope="module")
def truth():
    return measure_orbits(cat, lambda starts: None, films(), 1, 0.5, **ASKED).assign_coords(seed=("member", [0]))


def test_the_truth_predicts_itself_and_has_its_exponents(truth):
    assert truth["valid"].values.tolist() == [[20, 20, 20]]
    assert truth["orbit"].shape == (1, 3, 64, 2)
    np.testing.assert_allclose(truth["orbit"][0, :, 0], films()[:, 23], atol=1e-6)
    np.testing.assert_allclose(truth["exponent"], np.broadcast_to([[TOP / 0.5, -TOP / 0.5]], (1, 2, 2)), rtol=1e-6)


def test_units_that_the_map_forgets_are_part_of_the_whole_spectrum():
    forgets = torch.tensor([0.25, 0.125, 4.0], dtype=torch.float64)[:, None, None]

    def step(state, x):
        return forgets * state + x.sum(-1, keepdim=True), (x @ CAT) % 1

    asked = {"settle": 600, "steps": 100, "discard": 50, "every": 5}  # 4^600 is infinite
    found = whole_spectrum(step, lambda starts: torch.zeros(3, starts, 1).double(), films()[:1, :5], 3, 1.0, **asked)
    np.testing.assert_allclose(found[0], [TOP, -TOP, np.log(0.25)], rtol=1e-6)
    np.testing.assert_allclose(found[1], [TOP, -TOP, np.log(0.125)], rtol=1e-6)
    assert np.isnan(found[2]).all()


def test_whole_spectra_are_pooled_over_seeds_beside_the_truth_over_orbits(truth):
    learned = truth.isel(member=[0, 0, 0]).copy(deep=True)
    learned["whole"] = (("member", "rank"), np.array([[1.0, -1, -np.inf], [1.2, -1, -np.inf], [np.nan] * 3]))
    table = whole_table({"truth": truth, "gru": learned}).set_index(["system", "exponent"])
    assert table.loc["truth", "cases"].tolist() == [2, 2]
    assert table.loc[("truth", 1), "value"] == pytest.approx(TOP / 0.5, rel=1e-6)
    assert table.loc["gru", "cases"].tolist() == [2, 2, 2]
    assert table.loc["gru", "value"].tolist() == pytest.approx([1.1, -1, -np.inf])
    assert table.loc[("gru", 1), "high"] == pytest.approx(1.1 + 12.706 * 0.1, rel=1e-4)
    assert table.loc[("gru", 2), ["low", "high"]].tolist() == pytest.approx([-1, -1])


def test_an_orbit_that_diverges_is_flagged_and_harms_no_other(truth, caplog):
    far = films()
    far[0] += 2

    def step(state, x):
        return state, torch.where(x > 1.5, x**2, (x @ CAT) % 1)

    with caplog.at_level("WARNING"):
        found = measure_orbits(step, lambda starts: None, far, 1, 0.5, **ASKED).assign_coords(seed=("member", [4]))
    # the warm-up's last frame, of at most 3, is squared until it is over 20
    squared, frame = far[0, 2].max().item(), 2
    while squared <= 20:
        squared, frame = squared**2, frame + 1
    assert found["diverged"].values.tolist() == [[frame, -1, -1]]
    assert f"1 of 3 orbits diverged, the first at frame {frame}" in caplog.text
    assert found["exponent"].isnull().all("number").values.tolist() == [[True, False]]
    np.testing.assert_allclose(found["exponent"][0, 1], truth["exponent"][0, 1], rtol=1e-6)
    scale = {"mean": [0.0, 0.0], "deviation": [1.0, 1.0]}
    assert coordinates(found, scale, finite=True).shape == (2, 64, 2)
    with pytest.raises(ValueError, match="none of 1 orbits stayed finite"):
        coordinates(found.isel(start=[0]), scale, finite=True)
    tables = climate_tables({"truth": truth, "far": found}, films().numpy(), 0, 16, {}, 0.0)
    row = tables[1].set_index("system").loc["far"]
    assert (row["seed"], row["lost"]) == (4, pytest.approx(1 / 3))
    assert row["largest"] == pytest.approx(TOP / 0.5, rel=1e-6)
    assert np.isfinite(row[["return_map", "spectrum", "measure"]].astype(float)).all()


def test_an_orbit_that_diverges_while_its_exponents_are_measured_is_flagged_with_its_frame():
    def step(state, x):  # as many frames as the state says, then nothing
        return state - 1, torch.where(state > 0, (x @ CAT) % 1, torch.inf)

    shown = ASKED["warmup"] + ASKED["horizon"] + ASKED["free"]  # frames of the film before exponents are measured
    lives = torch.tensor([shown + 9.0, 1e9], dtype=torch.float64)[None, :, None]
    found = measure_orbits(step, lambda starts: lives, films(2), 1, 0.5, **ASKED)
    # the first step runs on frame 0 and predicts frame 1: that of `lives` 0 predicts frame lives + 1
    assert found["diverged"].values.tolist() == [[shown + 10, -1]]
    assert np.isfinite(found["orbit"]).all()
    assert found["exponent"].isnull().all("number").values.tolist() == [[True, False]]


def test_tables_pool_orbits_and_seeds(truth):
    learned = truth.isel(member=[0, 0]).assign_coords(seed=("member", [0, 1])).copy(deep=True)
    learned["exponent"][1] += 0.2
    learned["valid"][1] = 10
    exponents, climate = climate_tables(
        {"truth": truth, "twin": learned}, films(4, 80).numpy(), 1, 16, {"twin": (0.9,)}, -0.5
    )
    first = exponents.set_index(["system", "exponent"]).loc[("twin", 1)]
    assert first["value"] == pytest.approx(TOP / 0.5 + 0.1, rel=1e-6)
    assert first["high"] - first["value"] == pytest.approx(12.706 * 0.1, rel=1e-3)
    assert (first["members"], first["published"]) == (2, 0.9)
    assert exponents["published"].notna().sum() == 1
    own, *twins = climate.to_dict("records")
    assert (own["sum"], own["trace"]) == (pytest.approx(0, abs=1e-9), -0.5)
    assert np.isnan(own["valid_time"])
    assert own["measure"] > 0
    assert [row["dimension"] for row in twins] == [2.0, 2.0]
    assert own["exponents"] == 0
    assert [row["exponents"] for row in twins] == pytest.approx([0, 0.2 / (TOP / 0.5)], rel=1e-6)
    assert [row["valid_time"] for row in twins] == pytest.approx([20 * TOP, 10 * TOP])
    assert [row["measure"] for row in twins] == [0, 0]
    assert [row["spectrum"] for row in twins] == [0, 0]


def test_an_orbit_at_rest_has_no_return_map(truth):
    still = truth.copy(deep=True)
    still["orbit"][:] = 0.5
    _, climate = climate_tables({"truth": truth, "still": still}, films().numpy(), 0, 16, {}, 0.0)
    row = climate.set_index("system").loc["still"]
    assert np.isnan(row["return_map"])
    assert row["measure"] > 0.1


def test_the_exponents_are_those_of_the_spectrum(truth):
    vector = torch.as_tensor(truth["orbit"].values[0, :2, -1], dtype=torch.float64)
    found = lyapunov_spectrum(lambda x: (x @ CAT) % 1, vector, 2, 0.5, steps=100, discard=50, every=5)
    np.testing.assert_allclose(found.exponents, truth["exponent"][0], rtol=1e-6)


def test_exponents_of_predictors_leave_lost_orbits_out(truth):
    found = truth.copy(deep=True)
    found["exponent"][0, 0] = np.nan
    table = exponent_table("gru", found, [7])
    assert table["seed"].tolist() == [7, 7]
    np.testing.assert_allclose(table["value"], [TOP / 0.5, -TOP / 0.5], rtol=1e-6)
    assert table["low"].isna().all()
    assert table["lost"].tolist() == [0.5, 0.5]
    assert table["diverged"].tolist() == [0, 0]
    found["diverged"][0, 2] = 30
    assert exponent_table("gru", found, [7])["diverged"].tolist() == pytest.approx([1 / 3] * 2)
    found["exponent"][:] = np.nan
    assert exponent_table("gru", found, [7])["value"].isna().all()


def test_a_system_of_fewer_coordinates_has_all_its_exponents(truth):
    found = measure_orbits(cat, lambda starts: None, films(), 1, 0.5, **{**ASKED, "exponents": 3})
    np.testing.assert_array_equal(found["exponent"], truth["exponent"])
    assert found["number"].values.tolist() == [1, 2]
    assert exponent_table("ridge", found, [0])["exponent"].tolist() == [1, 2]
