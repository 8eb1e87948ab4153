"""What jobs ask for grows with every attempt; a large study is planned in little time and memory."""

import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def requests():
    """The functions of rules/requests.smk, which is plain Python."""
    names = {}
    exec(compile((ROOT / "rules/requests.smk").read_text(), "requests.smk", "exec"), names)
    return names


def test_memory_doubles_with_every_attempt(requests):
    for used in (100, lambda wildcards: wildcards["used"]):
        asked = [requests["memory"](used)({"used": 100}, attempt) for attempt in (1, 2, 3)]
        assert asked == [125 + requests["NODE"], 2 * (125 + requests["NODE"]), 4 * (125 + requests["NODE"])]
    assert requests["memory"](100.1)(None, 1) == 126 + requests["NODE"], "whole MB"


def test_time_doubles_with_every_attempt_from_a_share_more_or_the_least(requests):
    for needed, first in ((7.3, 13), (lambda wildcards: wildcards["needed"], 13), (0.2, requests["FLOOR"])):
        asked = [requests["minutes"](needed)({"needed": 7.3}, attempt) for attempt in (1, 2, 3)]
        assert asked == [first, 2 * first, 4 * first]


def test_ten_thousand_members_are_planned_within_a_minute_and_two_gigabytes(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    from dag import plan, study

    config = study(10_000, [])
    del config["experiments"]["square"]["stack"]  # the default: all that can be stacked is
    begun = time.monotonic()
    jobs, _, megabytes = plan(config)
    assert time.monotonic() - begun < 60
    assert megabytes < 2000
    assert jobs < 20
