"""A job logs to its file, keeps to its threads, and a failure is in the log as well as on the terminal."""

import logging
import re
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch
from threadpoolctl import threadpool_info

from curvae import job
from curvae.settings.base import ConfigError


@pytest.fixture(autouse=True)
def _logs_as_before():
    log = logging.getLogger("curvae")
    handlers, level = log.handlers, log.level
    yield
    log.handlers = handlers
    log.setLevel(level)
    logging.captureWarnings(False)


def test_log_threads_and_terminal(tmp_path, capsys):
    with job.start(tmp_path / "job.log", threads=1):
        assert torch.get_num_threads() == 1
        assert all(pool["num_threads"] == 1 for pool in threadpool_info() if pool["user_api"] == "blas")
        logging.getLogger("curvae.somewhere").info("quiet")
        logging.getLogger("curvae.somewhere").warning("loud")
    log, terminal = (tmp_path / "job.log").read_text(), capsys.readouterr().err
    assert "INFO started with 1 thread\n" in log
    assert "quiet" in log
    assert "loud" in log
    assert "quiet" not in terminal
    assert "WARNING: loud" in terminal
    seconds, peak = map(float, re.search(r"finished: ([\d.]+) CPU seconds, (\d+) MB at its peak", log).groups())
    assert 0 < seconds <= time.process_time() + 0.05  # the log has one decimal
    assert psutil.Process().memory_info().rss / 2**20 <= peak + 1


def test_a_refusal_is_one_line_in_the_log_and_on_the_terminal_and_ends_the_job(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended, job.start(tmp_path / "job.log", threads=1):
        raise ConfigError("data.mine.images", "pictures", "nan at index (0, 1); allowed: finite numbers")
    assert ended.value.code == 1
    line = "ERROR{} data.mine.images = 'pictures': nan at index (0, 1); allowed: finite numbers\n"
    log = (tmp_path / "job.log").read_text()
    assert log.endswith(line.format(""))
    assert log.count("\n") == 2
    assert capsys.readouterr().err == line.format(":")


def test_a_failure_is_logged_and_raised(tmp_path):
    with pytest.raises(ZeroDivisionError), job.start(tmp_path / "job.log", threads=1):
        _ = 1 / 0
    assert "ZeroDivisionError" in (tmp_path / "job.log").read_text()


def test_the_peak_is_the_jobs_own_whatever_the_process_held_that_started_it(tmp_path):
    held = bytearray(b"x") * 400_000_000
    code = f"from curvae import job\nwith job.start({str(tmp_path / 'job.log')!r}, threads=1): pass"
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[1], check=True)
    said = re.search(r"(\d+) MB at its peak", (tmp_path / "job.log").read_text())
    assert 10 < int(said[1]) < len(held) / 2**20 / 2
