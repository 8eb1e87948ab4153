"""Position errors, phase portraits and films show what they were given."""

import numpy as np
import pytest
from PIL import Image

from curvae.figures.film import film


def test_position_errors_hold_their_numbers(examples):
    function, arguments = examples["position_errors"]
    figure, numbers = function(**arguments)
    columns = ["predictor", "frame", "median", "least", "most"]
    assert numbers.equals(arguments["errors"][columns].reset_index(drop=True))
    styles = {line.get_label(): line.get_linestyle() for line in figure.axes[0].lines if line.get_label()[0] != "_"}
    assert styles == {"GRU": "-", "last frame": "--"}
    with pytest.raises(ValueError, match="no column most"):
        function(errors=arguments["errors"].drop(columns="most"))
    with pytest.raises(ValueError, match="baselines: none; allowed: GRU, last frame"):
        function(errors=arguments["errors"], baselines=["none"])


def test_phase_portraits_hold_their_numbers(examples):
    function, arguments = examples["phase_portraits"]
    _, numbers = function(**arguments)
    row = numbers.query("predictor == 'GRU' and frame == 2")
    assert row[["z1", "z2"]].values.tolist() == [[0.0, 0.9]]
    with pytest.raises(ValueError, match="1 latent; allowed: 2 or more"):
        function(truth=np.zeros((4, 1)), predictions={"GRU": np.zeros((4, 1))})


def test_a_film_has_every_frame_and_every_ball(tmp_path):
    ball, path = np.zeros((6, 5, 5)), tmp_path / "film.gif"
    ball[np.arange(6), 2, np.arange(6) % 5] = 1
    size = film({"truth": ball, "lost": np.full((6, 5, 5), np.nan)}, path)
    with Image.open(path) as found:
        assert (found.size, found.n_frames, found.info["duration"]) == (size, 6, 50)
        for index in range(6):
            found.seek(index)
            pixels = np.asarray(found.convert("L"))
            column = 8 + 4 * (index % 5) + 2
            assert pixels[8 + 16 + 10, column] == 0
            assert (pixels[8 + 16 : 8 + 16 + 20, 36 : 36 + 20] == 255).all()
    with pytest.raises(ValueError, match="one film or more"):
        film({}, path)
