"""Kuramoto-Sivashinsky: linear growth, symmetries, order of the solver, energy budget, and the data set."""

import numpy as np
import pytest
from pydantic import ValidationError

from curvae import data
from curvae.data.kuramoto_sivashinsky import budget, coefficients, make, step, trajectories, wavenumbers
from curvae.settings.data import KuramotoSivashinsky, Sizes

LENGTH, POINTS = 22.0, 64
SMALL = KuramotoSivashinsky(
    kind="kuramoto_sivashinsky",
    transient=400,
    trajectories=Sizes(train=3, validation=1, test=2),
    frames=300,
    test_frames=50,
)
X = 2 * np.pi * np.arange(POINTS) / POINTS


def advanced(u, time, steps):
    weights = coefficients(LENGTH, len(u), time / steps)
    for _ in range(steps):
        u = step(u, weights)
    return u


@pytest.fixture(scope="module")
def field():
    return trajectories(SMALL, 0, 1, 1)[0, 0]


@pytest.mark.parametrize("wave", [1, 3, 4, 10])
def test_a_small_wave_grows_as_the_linear_part_says(wave):
    k = 2 * np.pi * wave / LENGTH
    grown = advanced(1e-9 * np.cos(wave * X), 2.0, 8)
    np.testing.assert_allclose(grown, 1e-9 * np.exp(2 * (k**2 - k**4)) * np.cos(wave * X), atol=1e-17)


def test_the_weights_are_those_of_the_scheme():
    # phi functions in closed form, where k^2 - k^4 is not small
    z = 0.25 * (wavenumbers(LENGTH, POINTS) ** 2 - wavenumbers(LENGTH, POINTS) ** 4)[6:]
    got = coefficients(LENGTH, POINTS, 0.25)
    first = 0.25 * (-4 - z + np.exp(z) * (4 - 3 * z + z**2)) / z**3
    np.testing.assert_allclose(got["first"][6:], first, rtol=1e-10)
    np.testing.assert_allclose(got["stage"][6:], 0.25 * np.expm1(z / 2) / z, rtol=1e-10)
    # and their limits, those of the classical Runge-Kutta scheme, at k = 0
    limits = {name: got[name][0] / 0.25 for name in ("stage", "first", "middle", "last")}
    assert limits == pytest.approx({"stage": 1 / 2, "first": 1 / 6, "middle": 1 / 6, "last": 1 / 6}, abs=1e-13)


def test_the_error_falls_with_the_fourth_power_of_the_step(field):
    # from small steps on: long ones lose up to one order in the stiff modes (Hochbruck & Ostermann 2005)
    field = field[::2]
    exact = advanced(field, 1.0, 2048)
    errors = [np.linalg.norm(advanced(field, 1.0, n) - exact) for n in (64, 128, 256)]
    np.testing.assert_allclose(np.log2(np.divide(errors[:-1], errors[1:])), 4, atol=0.3)


def test_the_mean_is_kept_and_the_symmetries_hold(field):
    raised = advanced(field + 0.3, 5.0, 20)
    assert raised.mean() == pytest.approx(0.3, abs=1e-13)
    np.testing.assert_allclose(advanced(np.roll(field, 5), 5.0, 20), np.roll(advanced(field, 5.0, 20), 5), atol=1e-10)
    mirrored = -field[::-1]
    np.testing.assert_allclose(advanced(mirrored, 5.0, 20), -advanced(field, 5.0, 20)[::-1], atol=1e-10)


def test_the_energy_changes_by_production_less_dissipation(field):
    h = 1e-3
    before, now, after = (advanced(field, time, 20) for time in (1 - h, 1, 1 + h))
    rate = (budget(after, LENGTH)["energy"] - budget(before, LENGTH)["energy"]) / (2 * h)
    found = budget(now, LENGTH)
    assert rate == pytest.approx(found["production"] - found["dissipation"], rel=1e-4)


def test_the_budget_of_a_wave():
    k = 2 * np.pi * 3 / LENGTH
    got = budget(2 * np.sin(3 * X), LENGTH)
    assert got == pytest.approx({"energy": 1, "production": 2 * k**2, "dissipation": 2 * k**4}, rel=1e-12)


def test_the_data_set():
    dataset = make(SMALL)
    assert dataset["images"].shape == (3 * 300 + 300 + 2 * 50, 64)
    np.testing.assert_allclose(dataset["x"], LENGTH * np.arange(64) / 64)
    attributes = dataset["images"].attrs
    fields = dataset["images"].values.astype(np.float64) * attributes["deviation"] + attributes["mean"]
    np.testing.assert_allclose(budget(fields, LENGTH)["energy"], dataset["factors"].sel(factor="energy"), rtol=1e-4)
    assert data.split(dataset, "train")["images"].values.std() == pytest.approx(1, rel=1e-5)
    balance = dataset["factors"].values.mean(0)
    assert balance[1] == pytest.approx(balance[2], rel=0.05)
    assert type(SMALL).model_validate_json(dataset.attrs["parameters"]) == SMALL


def test_more_trajectories_leave_the_earlier_ones_alone():
    np.testing.assert_array_equal(trajectories(SMALL, 1, 7, 60)[:2, :50], trajectories(SMALL, 1, 2, 50))


def test_bad_settings_are_refused():
    with pytest.raises(ValidationError, match="points = 64: allowed: at least 128"):
        KuramotoSivashinsky(kind="kuramoto_sivashinsky", length=200.0)
    with pytest.raises(ValueError, match=r"dt / substeps = 50: a trajectory diverged"):
        trajectories(SMALL.model_copy(update={"dt": 50.0, "transient": 50}), 0, 1, 50)
