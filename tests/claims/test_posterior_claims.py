"""The claim that a flow as posterior raises the bound, on tables with known differences."""

import pandas as pd
import pytest

from curvae.claims import posterior_claims
from curvae.settings.base import ConfigError
from curvae.settings.check import read_study


def bounds(gain):
    rows = [(seed, draws, -110 + rise + gain[draws] + seed) for seed in range(5) for draws, rise in ((1, 0), (10, 2))]
    return pd.DataFrame(rows, columns=["seed", "draws", "bound"])


def rows(flow):
    return pd.DataFrame(posterior_claims(bounds({1: 0.0, 10: 0.0}), flow)).set_index("claim")


def test_differences_are_taken_seed_by_seed():
    found = rows(bounds({1: 1.5, 10: -0.5}).sample(frac=1, random_state=0))
    assert found.loc["posterior.bound", "value"] == pytest.approx(1.5)
    assert found.loc["posterior.bound", "verdict"] == "reproduced"
    assert (
        "K = 1; mean bound -108.00 nats with a Gaussian, -106.50 with the flow" in found.loc["posterior.bound", "note"]
    )
    assert found.loc["posterior.likelihood", "value"] == pytest.approx(-0.5)
    assert found.loc["posterior.likelihood", "verdict"] == "not reproduced"


def test_seeds_that_one_side_alone_has_are_no_pairs():
    flow = bounds({1: 1.5, 10: 1.5})
    found = rows(flow.assign(seed=flow["seed"] + 1, bound=flow["bound"] + 1))
    assert found["value"].tolist() == pytest.approx([1.5, 1.5])
    assert set(found["seeds"]) == {4}
    assert set(rows(flow.assign(seed=flow["seed"] + 9))["verdict"]) == {"not testable"}


def config():
    plain = {"data": "digits", "model": {"kind": "vae"}, "grid": {"seed": [0, 1]}}
    flow = plain | {"model": {"kind": "vae", "posterior": {"kind": "iaf"}}}
    return {
        "data": {"digits": {"kind": "mnist"}},
        "experiments": {"plain": plain, "flow": flow},
        "bounds": {"plain": {}, "flow": {}},
        "claims": {"posterior": ["plain", "flow"]},
    }


def test_pairs_that_do_not_compare_are_refused():
    assert read_study(config())
    for change, message in [
        (
            {"claims": {"posterior": ["flow", "plain"]}},
            r"claims\.posterior\[0\] = 'flow': allowed: an experiment without",
        ),
        ({"claims": {"posterior": ["plain", "flwo"]}}, r"claims\.posterior\[1\] = 'flwo': no such name under bounds"),
        ({"bounds": {"plain": {}, "flow": {"samples": 9}}}, "the same data, seeds and bounds"),
        ({"bounds": {"plain": {"counts": [1, 10, 15]}, "flow": {}}}, "allowed: rising, each a divisor of the next"),
        ({"bounds": {"plane": {}}}, r"bounds\.plane = 'plane': no such experiment; did you mean 'plain'"),
    ]:
        with pytest.raises(ConfigError, match=message):
            read_study(config() | change)
