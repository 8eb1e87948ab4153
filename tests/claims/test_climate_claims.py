"""Claims about climates on tables whose answers are known."""

import numpy as np
import pandas as pd
import pytest

from curvae.claims import climate_claims, gather


def tables(largest, dimension=2.062, distance=0.02, apart=0.03):
    columns = ("system", "seed", "largest", "sum", "trace", "dimension", "exponents", "return_map")
    rows = [("truth", 0, 0.9, -13.6663, -41 / 3, 2.062, 0.0, 0.016)]
    rows += [("gru", seed, value, -7.0, np.nan, dimension, apart, distance) for seed, value in enumerate(largest)]
    systems = [(name, number, value) for name in ("truth", "gru") for number, value in enumerate((0.9, 0, -14.5663))]
    exponents = pd.DataFrame(systems, columns=["system", "exponent", "value"])
    return exponents, pd.DataFrame(rows, columns=columns)


def rows(*arguments):
    return gather(climate_claims(*arguments)).set_index("claim")


def test_a_learned_climate():
    found = rows(*tables([0.9, 0.918, 0.909]))
    assert list(found["verdict"]) == ["reproduced"] * 5
    assert found.loc["climate.trace", "value"] == pytest.approx(41 / 3 - 13.6663, abs=1e-9)
    assert found.loc["climate.gru.largest", "value"] == pytest.approx(0.01)
    assert found.loc["climate.gru.largest", "margin"] == pytest.approx(0.04)
    assert found.loc["climate.gru.largest", "note"] == "mean 0.9090, true 0.9000"
    assert found.loc["climate.gru.spectrum", ["value", "threshold"]].tolist() == [0.03, 0.05]
    assert found.loc["climate.gru.spectrum", "note"] == "means 0.900, 0.000, -14.566; true 0.900, 0.000, -14.566"
    assert found.loc["climate.gru.return_map", "note"] == "truth against truth 0.016"


def test_a_lost_climate():
    found = rows(*tables([0.01, -9, np.nan], dimension=0, distance=7.0, apart=0.4))
    assert list(found["verdict"]) == ["reproduced"] + ["not reproduced"] * 4
    assert found.loc["climate.gru.largest", "holds"] == 0
    assert found.loc["climate.gru.dimension", "value"] == pytest.approx(2.062)


def test_a_seed_that_gives_no_number_does_not_hold():
    assert rows(*tables([0.9, np.nan, np.nan])).loc["climate.gru.largest", "verdict"] == "not reproduced"


def test_some_of_many_exponents_have_no_sum():
    exponents, climate = tables([0.9])
    assert rows(exponents, climate.assign(trace=np.nan)).loc["climate.trace", "verdict"] == "not testable"


def test_tables_that_lack_something_are_refused():
    exponents, climate = tables([0.9, 0.9])
    with pytest.raises(ValueError, match="climate: columns system"):
        climate_claims(exponents, climate.drop(columns="trace"))
    with pytest.raises(ValueError, match="seed 0 in several rows"):
        climate_claims(exponents, climate.assign(seed=0))
