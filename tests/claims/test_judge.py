import math

import numpy as np
import pandas as pd
import pytest

from curvae.claims import COLUMNS, Claim, Evidence, NotTestable, gather, judge, judge_all, used


def claim(comparison=">=", threshold=2.0, key="room.thing"):
    return Claim(key, "Somebody 1999", "A thing is large.", "its size", "px", comparison, threshold)


def test_a_row_is_exact_for_given_numbers():
    row = judge(claim(), [4.0, 1.0, 3.0])
    assert tuple(row) == COLUMNS
    # resampling three values, the median is the least one with probability 7/27 > 2.5 %
    assert (row["value"], row["low"], row["high"]) == (3.0, 1.0, 4.0)
    assert (row["margin"], row["seeds"], row["verdict"]) == (1.0, 3, "partly")
    assert row["holds"] == pytest.approx(2 / 3, abs=1e-15)


def test_the_margin_of_an_upper_limit_is_positive_below_it():
    row = judge(claim("<=", 5.0), [4.0, 1.0, 3.0])
    assert (row["margin"], row["holds"], row["verdict"]) == (2.0, 1.0, "reproduced")
    assert judge(claim("<=", 3.5), [4.0, 1.0, 3.0])["verdict"] == "partly"
    assert judge(claim("<=", 2.0), [4.0, 1.0, 3.0])["margin"] == -1.0


def test_the_interval_is_that_of_the_median_under_resampling():
    values = np.arange(15.0) ** 2
    row = judge(claim(), values)
    # P(median* <= k-th value) = P(Bin(15, k / 15) >= 8), the exact bootstrap of an odd number of values
    reach = [sum(math.comb(15, j) * (k / 15) ** j * (1 - k / 15) ** (15 - j) for j in range(8, 16)) for k in range(16)]
    low, high = (next(k for k in range(1, 16) if reach[k] >= share) for share in (0.025, 0.975))
    assert (row["low"], row["high"]) == (values[low - 1], values[high - 1])
    assert (row["low"], row["high"]) != (values[0], values[-1])


@pytest.mark.parametrize("seeds", range(2, 6))
def test_the_interval_of_few_seeds_is_their_range(seeds):
    row = judge(claim(), np.arange(seeds) ** 2)
    assert (row["low"], row["high"]) == (0, (seeds - 1) ** 2)


@pytest.mark.parametrize(("value", "verdict"), [(2.0, "reproduced"), (1.999, "not reproduced")])
def test_one_seed_is_its_own_interval(value, verdict):
    row = judge(claim(), [value])
    assert row["value"] == row["low"] == row["high"] == value
    assert (row["seeds"], row["verdict"]) == (1, verdict)


def test_half_of_the_seeds_are_no_majority():
    assert judge(claim(), [1.0, 3.0])["verdict"] == "not reproduced"


def test_a_seed_without_a_number_does_not_satisfy_the_claim():
    row = judge(claim(), [3.0, np.nan, np.inf, 3.0])
    assert (row["value"], row["low"], row["high"]) == (-np.inf, -np.inf, 3.0)
    assert (row["seeds"], row["holds"], row["verdict"]) == (4, 0.5, "not reproduced")
    assert "2 of 4 seeds gave no finite number" in row["note"]


@pytest.mark.parametrize("lost", [np.inf, -np.inf, np.nan])
def test_a_claim_whose_ball_vanishes_in_two_of_five_seeds_is_not_certain(lost):
    row = judge(claim("<=", 1.0), [0.3, 0.3, 0.3, lost, lost])
    # resampling five values, three or more of the two lost ones make the median: 31.7 % > 2.5 %
    assert (row["value"], row["low"], row["high"], row["margin"]) == (0.3, 0.3, np.inf, 0.7)
    assert (row["holds"], row["verdict"]) == (0.6, "partly")
    # one of nine makes 0.1 % of the medians
    row = judge(claim("<=", 1.0), [0.3] * 8 + [lost])
    assert (row["high"], row["verdict"]) == (0.3, "reproduced")


def test_a_claim_whose_every_seed_is_lost_is_not_reproduced():
    row = judge(claim(), [np.nan, np.nan])
    assert (row["value"], row["margin"], row["holds"]) == (-np.inf, -np.inf, 0)
    assert row["verdict"] == "not reproduced"


def test_no_value_is_not_testable():
    row = judge(claim(), [])
    assert (row["verdict"], row["note"]) == ("not testable", "there are no values")
    assert all(math.isnan(row[name]) for name in ("value", "low", "high", "margin", "holds"))


def test_rows_say_what_is_repeated_and_on_which_runs_they_were_measured():
    (row,) = used(judge_all([(claim(), lambda: Evidence([3.0, np.nan], "twice", "path"))]), ["ball", "sprites"])
    assert (row["seeds"], row["repeats"], row["runs"]) == (2, "path", "ball, sprites")
    assert row["note"] == "twice; 1 of 2 paths gave no finite number and counts as the worst"
    assert judge(claim(), [3.0])["repeats"] == "seed"


def test_what_cannot_be_tested_says_why():
    def measure(table):
        raise NotTestable(f"{table} is bare")

    (row,) = judge_all([(claim(), measure)], "the table")
    assert (row["verdict"], row["note"], row["seeds"]) == ("not testable", "the table is bare", 0)


def test_gathered_rows_keep_order_and_columns():
    rows = [judge(claim(key=key), [3.0]) for key in ("b", "a")]
    table = gather(rows)
    assert list(table["claim"]) == ["b", "a"]
    assert tuple(table.columns) == COLUMNS
    assert tuple(gather([]).columns) == COLUMNS
    pd.testing.assert_frame_equal(gather(iter(rows)), table)
    with pytest.raises(ValueError, match="'a' in two rows"):
        gather([*rows, rows[1]])


@pytest.mark.parametrize(
    ("change", "message"), [({"comparison": ">"}, "allowed: <=, >="), ({"threshold": math.nan}, "finite")]
)
def test_a_claim_that_cannot_be_judged_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        claim(**change)
