"""Films become trajectories and training sequences without mixing one with another."""

import numpy as np
import pytest
import xarray as xr

from curvae.dynamics import Scale, by_trajectory, latent_states, windows


def test_samples_become_trajectories_in_order():
    values = np.arange(12).reshape(6, 2)
    cut = by_trajectory(values, np.array([7, 7, 7, 2, 2, 2]))
    assert cut.tolist() == [[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9], [10, 11]]]


@pytest.mark.parametrize(
    ("trajectory", "words"),
    [([1, 1, 2], "lengths from 1 to 2"), ([1, 2, 1, 2], "scattered")],
)
def test_uneven_or_scattered_trajectories_are_refused(trajectory, words):
    with pytest.raises(ValueError, match=words):
        by_trajectory(np.zeros(len(trajectory)), np.array(trajectory))


def test_windows_are_all_parts_at_the_stride_and_stay_within_a_trajectory():
    sequences = np.arange(2 * 7).reshape(2, 7, 1)
    parts = windows(sequences, length=3, stride=2)
    assert sorted(part[:, 0].tolist() for part in parts) == [
        [0, 1, 2],
        [2, 3, 4],
        [4, 5, 6],
        [7, 8, 9],
        [9, 10, 11],
        [11, 12, 13],
    ]
    with pytest.raises(ValueError, match="length = 8: allowed: at most 7"):
        windows(sequences, length=8, stride=1)


def test_scale_standardises_and_undoes_it():
    sequences = np.random.default_rng(0).normal(3, 5, (4, 9, 2))
    sequences[..., 1] = 2.0
    scale = Scale.of(sequences)
    standard = scale.apply(sequences)
    assert standard[..., 0].mean() == pytest.approx(0, abs=1e-12)
    assert standard[..., 0].std() == pytest.approx(1)
    assert (standard[..., 1] == 0).all()
    np.testing.assert_allclose(scale.undo(standard), sequences, rtol=1e-14)


def test_states_are_means_then_log_variances():
    codes = xr.Dataset(
        {name: (("sample", "latent"), np.full((4, 3), value)) for name, value in (("mean", 1.0), ("logvar", 2.0))}
    )
    trajectory = np.array([0, 0, 1, 1])
    assert latent_states(codes, trajectory, "statistics")[1, 0].tolist() == [1, 1, 1, 2, 2, 2]
    assert latent_states(codes, trajectory, "means").shape == (2, 2, 3)
    with pytest.raises(ValueError, match="inputs = 'mean': allowed: statistics, means"):
        latent_states(codes, trajectory, "mean")
    codes["mean"][2, 1] = np.nan
    with pytest.raises(ValueError, match="did not diverge"):
        latent_states(codes, trajectory, "means")
