"""Position errors, phase portraits and films show what they were given."""

import av
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


def test_latent_sizes_hold_their_numbers(examples):
    function, arguments = examples["latent_sizes"]
    figure, numbers = function(**arguments)
    assert numbers.equals(arguments["table"][["latent", "seed", "median", "q99", "excess"]])
    line, points = figure.axes[0].lines[:2]
    np.testing.assert_allclose(line.get_ydata(), numbers.groupby("latent")["median"].median())
    np.testing.assert_array_equal(points.get_ydata(), numbers["median"])
    with pytest.raises(ValueError, match="no column q99"):
        function(table=arguments["table"].drop(columns="q99"))


def test_a_film_has_every_frame_and_every_ball(tmp_path):
    ball, gif, mp4 = np.zeros((6, 5, 5)), tmp_path / "film.gif", tmp_path / "film.mp4"
    ball[np.arange(6), 2, np.arange(6) % 5] = 1
    lost = np.full((6, 5, 5), np.nan)
    size = film({"truth": ball, "lost": lost}, gif, mp4)
    with Image.open(gif) as found:
        assert (found.size, found.n_frames, found.info["duration"]) == (size, 6, 50)
        pages = [np.asarray(found.convert("L")) for index in range(6) if found.seek(index) is None]
    with av.open(str(mp4)) as found:
        stream = found.streams.video[0]
        assert (stream.codec_context.name, stream.average_rate, stream.frames) == ("h264", 20, 6)
        decoded = [frame.to_ndarray(format="gray") for frame in found.decode(stream)]
    assert [page.shape for page in decoded] == [size[::-1]] * 6
    for index, (page, again) in enumerate(zip(pages, decoded, strict=True)):
        column = 8 + 4 * (index % 5) + 2
        assert page[8 + 16 + 10, column] == 0
        assert (page[8 + 16 : 8 + 16 + 20, 36 : 36 + 20] == 255).all()
        assert np.abs(page - again.astype(float)).max() < 60  # H.264 rounds edges
        assert np.abs(page - again.astype(float)).mean() < 3
    first = mp4.read_bytes()
    film({"truth": ball, "lost": lost}, gif, mp4)
    assert mp4.read_bytes() == first
    with pytest.raises(ValueError, match="one film or more"):
        film({}, gif, mp4)
