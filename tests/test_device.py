"""Jobs that ask for a GPU never share one; a job that dies, however it dies, gives its own back."""

import logging
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from curvae import device

ROOT = Path(__file__).parents[1]

# Holds one of the names until a line comes in; says on stdout which.
HOLD = """
import logging, sys
from curvae.device import lock
logging.basicConfig(format="%(message)s")
with lock(sys.argv[2:], sys.argv[1], poll=0.01) as index:
    print(index, flush=True)
    sys.stdin.readline()
"""

# Takes and gives back many times; a second holder of a name would find its mark there and fail.
RUSH = """
import sys, time
from pathlib import Path
from curvae.device import lock
for _ in range(8):
    with lock(sys.argv[2:], sys.argv[1], poll=0.002) as index:
        mark = Path(sys.argv[1], f"mark {index}")
        mark.touch(exist_ok=False)
        time.sleep(0.005)
        mark.unlink()
        print(index)
"""


@pytest.fixture
def start(tmp_path):
    """Starts a process on the locks of this test; ends it after the test."""
    (tmp_path / "locks").mkdir()

    def run(script, *names):
        command = [sys.executable, "-c", script, str(tmp_path / "locks"), *names]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        process = subprocess.Popen(command, **pipes, text=True, cwd=ROOT)
        stack.callback(process.communicate)
        stack.callback(process.kill)
        return process

    with ExitStack() as stack:
        yield run


def held(process):
    return int(process.stdout.readline())


def release(process):
    process.communicate("\n")
    assert process.returncode == 0


def test_many_processes_never_share(start):
    processes = [start(RUSH, "GPU-a", "GPU-b") for _ in range(6)]
    results = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * 6, results
    assert {index for out, _ in results for index in out.split()} == {"0", "1"}


def test_the_first_free_is_taken_and_the_name_counts_not_its_place(start):
    first, second = start(HOLD, "GPU-a", "GPU-b"), None
    assert held(first) == 0
    second = start(HOLD, "GPU-b", "GPU-a")
    assert held(second) == 0
    release(first)
    assert held(start(HOLD, "GPU-b", "GPU-a")) == 1


def test_a_waiting_process_says_for_whom_and_goes_on(start):
    holder = start(HOLD, "GPU-a")
    assert held(holder) == 0
    waiting = start(HOLD, "GPU-a")
    assert waiting.stderr.readline() == f"all devices are held (GPU-a by process {holder.pid}): waiting\n"
    assert waiting.poll() is None
    release(holder)
    assert held(waiting) == 0
    assert waiting.communicate("\n")[1] == ""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_holder_frees_its_device(start, number):
    holder = start(HOLD, "GPU-a")
    assert held(holder) == 0
    waiting = start(HOLD, "GPU-a")
    waiting.stderr.readline()
    holder.send_signal(number)
    holder.wait()
    assert held(waiting) == 0


def test_the_file_of_a_dead_process_is_no_obstacle(start, tmp_path):
    holder = start(HOLD, "GPU-a")
    assert held(holder) == 0
    holder.kill()
    holder.wait()
    assert (tmp_path / "locks/GPU-a").read_text() == str(holder.pid)
    with device.lock(["GPU-a"], tmp_path / "locks") as index:
        assert index == 0
        assert (tmp_path / "locks/GPU-a").read_text() == str(os.getpid())


def test_an_exception_gives_the_device_back(tmp_path):
    with pytest.raises(ZeroDivisionError), device.lock(["GPU-a"], tmp_path):
        _ = 1 / 0
    began = time.monotonic()
    with device.lock(["GPU-a"], tmp_path, poll=60):
        assert time.monotonic() - began < 10


def test_a_folder_of_somebody_else_is_refused(tmp_path):
    folder = "/"
    if os.getuid() == 0:
        folder = tmp_path / "theirs"
        folder.mkdir()
        os.chown(folder, 12345, 12345)
    with pytest.raises(PermissionError, match=rf"allowed: a folder of user {os.getuid()}"), device.lock(["a"], folder):
        pass


@pytest.mark.parametrize("make", [lambda p: p.write_text(""), lambda p: p.symlink_to("/tmp")], ids=["file", "link"])
def test_what_is_no_folder_is_refused(tmp_path, make):
    make(tmp_path / "locks")
    with pytest.raises(PermissionError, match="locks: allowed"), device.lock(["a"], tmp_path / "locks"):
        pass


def test_claims_of_one_process_differ(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    names = ["GPU-a", "MIG/b"]
    with device.claim(1, names) as first, device.claim(1, names) as second:
        assert (first, second) == ("cuda:0", "cuda:1")
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in folder.iterdir()} == {"GPU-a", "MIG_b"}


def test_without_a_gpu_it_is_the_cpu_and_said(caplog):
    with caplog.at_level(logging.INFO, "curvae"), device.claim(0) as place:
        assert place == "cpu"
    assert not caplog.records
    with device.claim(1, devices=[]) as place:
        assert place == "cpu"
    assert [r.getMessage() for r in caplog.records if r.levelname == "WARNING"] == [
        "gpu=1 was asked for and no CUDA device is here: running on the CPU"
    ]


@pytest.mark.parametrize("gpus", [-1, 2])
def test_one_device_a_job(gpus):
    with pytest.raises(ValueError, match=f"gpu = {gpus}: allowed: 0 or 1"), device.claim(gpus):
        pass


def test_environment_names_what_a_result_depends_on(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with device.claim(1) as place:
        found = device.environment(place)
    assert set(found) == {"curvae", "python", "torch", "numpy", "xarray", "zarr", "device"}
    assert found["device"].startswith(place.split(":")[0] + ": ")
    assert all(found.values())
