"""What jobs ask for grows with every attempt; a large study is planned in little time and memory."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from curvae.settings.check import read_study

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


def test_whole_spectra_of_large_reservoirs_ask_for_their_tangent_vectors():
    """Measured with five seeds: 1,000 units 0.39 s of a busy core a frame and 280 MB, 2,000 units 1.7 s and 830 MB."""
    learners = {str(units): {"kind": "reservoir", "units": units} for units in (1000, 2000)}
    config = yaml.safe_load((ROOT / "benchmarks/ks.yaml").read_text())
    config["climate"]["ks"] |= {"learners": learners, "seeds": [0, 1, 2, 3, 4], "discard": 400}
    del config["figures"]
    asked = {}
    for whole in (0, 300):
        config["climate"]["ks"]["whole"] = whole
        names = {"STUDY": read_study(config)}
        for part in ("inputs/dynamics.smk", "requests.smk"):
            exec(compile((ROOT / "rules" / part).read_text(), part, "exec"), names)
        for units in learners:
            job = SimpleNamespace(climate="ks", system=units)
            asked[units, whole] = [names[what](job) for what in ("orbit_memory", "orbit_minutes")]
    for units, megabytes, seconds in (("1000", 280, 0.39), ("2000", 830, 1.7)):
        memory, minutes = (more - less for more, less in zip(asked[units, 300], asked[units, 0], strict=True))
        assert megabytes <= 1.25 * memory < 3 * megabytes
        assert 700 * seconds / 60 <= 1.75 * minutes < 3 * 700 * seconds / 60


def test_ten_thousand_members_are_planned_within_a_minute_and_two_gigabytes(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    from dag import plan, study

    config = study(10_000, [])
    del config["experiments"]["square"]["stack"]  # the default: all that can be stacked is
    jobs, seconds, megabytes = plan(config)
    assert seconds < 60, "of the processor: the clock depends on what else runs"
    assert megabytes < 2000
    assert jobs < 20
