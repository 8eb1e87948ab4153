"""Whatever stands in a config: it is a study, or one line that names the key."""

import copy
from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curvae.settings.base import ConfigError
from curvae.settings.check import read_study
from curvae.settings.study import Study

ROOT = Path(__file__).parents[2]
GOOD = yaml.safe_load((ROOT / "config.yaml").read_text())


def places(tree, at=()):
    """The paths of all keys and items."""
    children = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, child in children:
        yield (*at, key)
        yield from places(child, (*at, key))


PLACES = sorted(places(GOOD), key=str)
ODD = [
    None,
    True,
    "",
    " ",
    "no such",
    "$(rm -rf ~)",
    "../../etc",
    "a\nb",
    -1,
    0,
    1,
    0.5,
    1e308,
    float("nan"),
    2**70,
    {},
]
ODD += [[], [[]], [None], {"kind": "vae"}, {"": 1}, {1: 2}, {"kind": []}, [1, 1], {"a b": {}}, "é", "1e3", -0.0]
VALUES = st.one_of(
    st.sampled_from(ODD),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=5,
    ),
)


def mutated(changes):
    """The good config with values put in, taken out, or put under another key; what is on the way there is copied."""
    config = copy.copy(GOOD)
    for path, way, value in changes:
        at = config
        for key in path[:-1]:
            if not isinstance(at, dict | list) or not _has(at, key):
                at = {}
                break
            at[key] = at = copy.copy(at[key])
        if not isinstance(at, dict | list) or not _has(at, path[-1]):
            continue
        if way == "change":
            at[path[-1]] = value
        elif isinstance(at, dict):
            old = at.pop(path[-1])
            if way == "rename":
                at[f"{path[-1]}x"] = old
        else:
            del at[path[-1]]
    return config


def _has(tree, key):
    return key in tree if isinstance(tree, dict) else isinstance(key, int) and key < len(tree)


def outcome(config):
    """None if it is a study, else the line; nothing else may be raised."""
    try:
        assert isinstance(read_study(config), Study)
    except ConfigError as error:
        return str(error)
    return None


CHANGE = st.tuples(st.sampled_from(PLACES), st.sampled_from(["change", "remove", "rename"]), VALUES)


@settings(max_examples=600, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CHANGE, min_size=1, max_size=3))
def test_a_changed_config_is_a_study_or_one_line(changes):
    line = outcome(mutated(changes))
    assert line is None or ("\n" not in line and " = " in line)


def test_every_key_misspelt_is_refused_by_its_name():
    names = {path for path in PLACES if isinstance(path[-1], str)}
    inside = {"data", "experiments", "dynamics", "climate", "scores", "density", "geometry", "generation"}
    lists = (("predictors",), ("learners",))
    named = {p for p in names if (len(p) == 2 and p[0] in inside) or p[-2:-1] in lists}
    fields = [p for p in names - named if p[-1] not in ("every",)]
    assert len(fields) > 60
    for path in fields:
        line = outcome(mutated([(path, "rename", None)]))
        assert line is not None, path
        assert f"{path[-1]}" in line, (path, line)


def test_every_value_replaced_by_an_odd_one_is_a_study_or_one_line():
    refused = 0
    for path in PLACES[::7]:
        for value in ODD:
            line = outcome(mutated([(path, "change", value)]))
            assert line is None or "\n" not in line, (path, value)
            refused += line is not None
    assert refused > 60
    assert yaml.safe_load((ROOT / "config.yaml").read_text()) == GOOD
