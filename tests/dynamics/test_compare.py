"""Films of predictors beside the truth: perfect ones score perfectly, planted errors show."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from curvae import data
from curvae.dynamics import Scale, compare, films
from curvae.settings.data import BouncingBall


@pytest.fixture(scope="module")
def truth():
    sizes = {"train": 1, "validation": 1, "test": 7}
    settings = BouncingBall(kind="bouncing_ball", trajectories=sizes, frames=20, test_frames=60)
    return data.split(data.make(settings), "test")


def film_of(truth, shift=0):
    """A predictor that draws the truth, some frames late."""
    images = truth["images"].values.reshape(7, 60, 28, 28)
    latents = np.zeros((1, 7, 50, 3))
    decode = lambda _: images[:, 10 - shift : 60 - shift].reshape(-1, 28, 28)  # noqa: E731
    return films(latents, decode, [4], first=10)


def test_films_are_labelled_and_survive_eight_bits(truth):
    film = film_of(truth)
    assert dict(film.sizes) == {
        "seed": 1,
        "trajectory": 7,
        "frame": 50,
        "latent": 3,
        "height": 28,
        "width": 28,
        "axis": 2,
    }
    assert film["frame"].values.tolist() == list(range(10, 60))
    assert (film["frames"][0, 2, 5].values == truth["images"].values.reshape(7, 60, 28, 28)[2, 15]).all()
    assert film["positions"].attrs["units"] == "px"


def test_a_perfect_film_has_perfect_scores_and_a_late_one_the_error_of_its_delay(truth):
    late = 3
    rollouts = {"perfect": film_of(truth), "late": film_of(truth, late)}
    scores, errors = compare(rollouts, truth, low=3, high=24, radius=1.5)
    perfect = scores[scores["predictor"] == "perfect"].set_index("score")
    assert perfect.loc["horizon 1 px", "value"] == 50
    assert perfect.loc["bounces matched", "value"] == 1
    assert perfect.loc["jump rate", "value"] == 0
    assert perfect.loc["blob mass ratio", "value"] == pytest.approx(1)
    assert perfect.loc["blob misfit", "value"] < 0.01
    factors = truth["factors"].values.reshape(7, 60, 4)
    delay = np.hypot(*np.moveaxis(factors[:, 10:, :2] - factors[:, 10 - late : 60 - late, :2], -1, 0))
    found = errors[errors["predictor"] == "late"].sort_values("frame")["median"].to_numpy()
    np.testing.assert_allclose(found, np.median(delay, axis=0), atol=0.06)
    assert (errors["least"] <= errors["median"]).all()
    assert (errors["median"] <= errors["most"]).all()
    assert errors["frame"].min() == 1
    assert (errors[errors["predictor"] == "perfect"]["high"] < 0.06).all()


def test_every_member_has_the_same_resamples(truth):
    late, later = film_of(truth, 2), film_of(truth, 3)
    both = xr.concat([late, later.assign_coords(seed=[7])], "seed")
    asked = {"low": 3, "high": 24, "bootstrap": 20}
    (scores, errors), (again, same) = (compare({"late": both}, truth, **asked, seed=seed) for seed in (0, 0))
    pd.testing.assert_frame_equal(scores, again)
    pd.testing.assert_frame_equal(errors, same)
    other, moved = compare({"late": both}, truth, **asked, seed=1)
    assert not scores["low"].equals(other["low"])
    assert not errors["least"].equals(moved["least"])
    alone, _ = compare({"late": later}, truth, **asked)
    own = scores[scores["seed"] == 7].drop(columns="seed").reset_index(drop=True)
    pd.testing.assert_frame_equal(own, alone.drop(columns="seed"))


def test_a_rollout_that_diverges_is_flagged_at_its_frame(caplog):
    latents = np.zeros((2, 3, 8, 2))
    latents[0, 1, 5:, 0] = 100.5  # 20.1 deviations from the mean
    latents[1, 2, 3, 1], latents[1, 2, 4:] = np.inf, np.nan
    scale = Scale(np.zeros(4), np.full(4, 5.0))
    dark = lambda z: np.zeros((len(z), 4, 4))  # noqa: E731
    found = films(latents, dark, [0, 1], 30, scale)["diverged"]
    assert found.values.tolist() == [[-1, 35, -1], [-1, -1, 33]]
    assert "2 of 6 rollouts diverged, the first at frame 33" in caplog.text
    assert films(latents, dark, [0, 1], 30)["diverged"].values.tolist() == [[-1, -1, -1], [-1, -1, 33]]


def test_a_film_that_is_not_finite_is_dark_and_does_not_crash(truth):
    film = films(np.full((1, 7, 50, 3), np.nan), lambda z: np.full((len(z), 28, 28), np.nan), [0], first=10)
    scores, errors = compare({"lost": film}, truth, low=3, high=24)
    table = scores.set_index("score")["value"]
    assert table["missing"] == 1
    assert table["horizon 4 px"] == 0
    assert np.isinf(errors["median"]).all()
    assert isinstance(film, xr.Dataset)
