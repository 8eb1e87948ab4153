"""Lorenz: exact symmetry, order of the solver, the contraction of volumes, and the data set."""

from importlib import import_module

import numpy as np
import pytest
import torch

from curvae import data, store
from curvae.data.layout import SPLITS
from curvae.data.lorenz import derivative, make, step, trajectories
from curvae.dynamics import by_trajectory
from curvae.settings.data import KuramotoSivashinsky, Lorenz, Sizes

SMALL = Lorenz(
    kind="lorenz", transient=500, trajectories=Sizes(train=3, validation=1, test=2), frames=400, test_frames=50
)


def test_the_fixed_points():
    c = np.sqrt(8 / 3 * 27)
    rest = np.array([[0, 0, 0], [c, c, 27], [-c, -c, 27]])
    np.testing.assert_allclose(derivative(rest), 0, atol=1e-13)


def test_the_symmetry_is_exact():
    states = np.random.default_rng(0).normal(size=(20, 3)) * [8, 9, 8] + [0, 0, 23]
    mirror = np.array([-1, -1, 1])
    np.testing.assert_array_equal(step(states * mirror, 0.02, substeps=3), step(states, 0.02, substeps=3) * mirror)


def test_on_the_z_axis_the_solution_is_known():
    got = step(np.array([0.0, 0.0, 30.0]), 0.5, substeps=200)
    np.testing.assert_allclose(got, [0, 0, 30 * np.exp(-8 / 3 * 0.5)], rtol=1e-10, atol=0)


def test_the_error_falls_with_the_fourth_power_of_the_step():
    start = np.array([1.0, 2.0, 20.0])
    exact = step(start, 0.4, substeps=4096)
    errors = [np.linalg.norm(step(start, 0.4, substeps=n) - exact) for n in (32, 64, 128)]
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    np.testing.assert_allclose(orders, 4, atol=0.3)


def test_factors_are_the_orbit_and_images_its_standard_form():
    dataset = make(SMALL)
    assert dataset["images"].shape == (3 * 400 + 400 + 2 * 50, 3)
    assert list(dataset["coordinate"].values) == list(dataset["factor"].values) == ["x", "y", "z"]
    states = dataset["factors"].values
    attributes = dataset["images"].attrs
    restored = dataset["images"].values * np.array(attributes["deviation"]) + attributes["mean"]
    np.testing.assert_allclose(restored, states, atol=1e-4)
    train = data.split(dataset, "train")
    np.testing.assert_allclose(train["factors"].values.mean(0), attributes["mean"], rtol=1e-12)
    np.testing.assert_allclose(train["images"].values.std(0), 1, rtol=1e-4)
    inside = dataset["trajectory"].values[1:] == dataset["trajectory"].values[:-1]
    ahead = step(states, SMALL.dt, SMALL.sigma, SMALL.rho, SMALL.beta, SMALL.substeps)
    np.testing.assert_array_equal(ahead[:-1][inside], states[1:][inside])
    np.testing.assert_allclose(dataset["time"], dataset["frame"] * 0.02)
    assert np.unique(dataset["trajectory"]).tolist() == list(range(6))


def test_the_orbits_lie_on_the_attractor():
    path = trajectories(SMALL, 0, 20, 500)
    assert np.abs(path[..., 0]).max() < 21
    assert path[..., 2].min() > 0
    assert path[..., 2].mean() == pytest.approx(23.55, abs=0.5)


def test_more_trajectories_and_frames_leave_the_earlier_ones_alone():
    larger = SMALL.model_copy(update={"trajectories": Sizes(train=9, validation=2, test=3), "frames": 500})
    for flag, _ in enumerate(SPLITS):
        np.testing.assert_array_equal(trajectories(larger, flag, 9, 60)[:2, :50], trajectories(SMALL, flag, 2, 50))
    assert not np.array_equal(trajectories(SMALL, 0, 2, 50), trajectories(SMALL, 1, 2, 50))


@pytest.mark.parametrize(
    "settings",
    [
        SMALL,
        KuramotoSivashinsky(
            kind="kuramoto_sivashinsky", transient=5, trajectories=SMALL.trajectories, frames=9, test_frames=7
        ),
    ],
    ids=lambda settings: settings.kind,
)
def test_writing_and_reading_changes_no_bit(settings, tmp_path):
    dataset = data.make(settings)
    store.write_arrays(tmp_path / "a.zarr", dataset)
    again = store.open_arrays(tmp_path / "a.zarr")
    assert again.attrs == dataset.attrs
    for name, variable in dataset.variables.items():
        np.testing.assert_array_equal(again[name].values, variable.values)
        assert again[name].dtype == variable.dtype
    assert again["images"].attrs == dataset["images"].attrs
    paths = by_trajectory(data.split(again, "train")["factors"].values, data.split(again, "train")["trajectory"].values)
    assert paths.shape[:2] == (3, settings.frames)


def test_the_settings_are_kept():
    settings = Lorenz(kind="lorenz", rho=60.0, seed=4, trajectories=Sizes(train=1, validation=1, test=1), frames=5)
    dataset = make(settings.model_copy(update={"transient": 10, "test_frames": 5}))
    assert Lorenz.model_validate_json(dataset.attrs["parameters"]).rho == 60
    assert dataset.attrs["seed"] == 4


def test_a_time_step_too_long_is_refused():
    with pytest.raises(ValueError, match=r"dt / substeps = 0.5: a trajectory diverged"):
        make(SMALL.model_copy(update={"dt": 1.0, "substeps": 2}))


@pytest.mark.parametrize(
    "settings",
    [SMALL, KuramotoSivashinsky(kind="kuramoto_sivashinsky", points=32, transient=10, substeps=2)],
    ids=lambda settings: settings.kind,
)
def test_the_flow_steps_from_frame_to_frame(settings):
    path = import_module(data.module(settings.kind)).trajectories(settings, 0, 2, 4)
    ahead = data.flow(settings)(torch.from_numpy(path[:, :-1]))
    np.testing.assert_allclose(ahead.numpy(), path[:, 1:], rtol=1e-12, atol=1e-12)


def test_the_mean_trace_is_that_of_the_jacobian():
    assert data.mean_trace(SMALL) == pytest.approx(-41 / 3, rel=1e-15)
    flow = data.flow(SMALL.model_copy(update={"dt": 1e-3, "substeps": 1}))
    jacobian = torch.func.jacfwd(flow)(torch.tensor([1.0, 2.0, 20.0], dtype=torch.float64))
    assert float(jacobian.logdet()) / 1e-3 == pytest.approx(-41 / 3, rel=1e-6)
    field = KuramotoSivashinsky(kind="kuramoto_sivashinsky", points=16, dt=0.01)
    still = torch.func.jacfwd(data.flow(field))(torch.zeros(16, dtype=torch.float64))
    assert float(still.logdet()) / 0.01 == pytest.approx(data.mean_trace(field), rel=1e-6)
