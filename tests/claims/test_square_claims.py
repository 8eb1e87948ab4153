from itertools import product

import numpy as np
import pandas as pd
import pytest

from curvae.claims import gather, square_claims
from curvae.claims.square import CLAIMS, COLLAPSE, linear_kl

BETAS = (1e-4, 1e-3, 0.01, 0.03, 0.1, 0.2)


def ideal(latent, beta, lam, seed):
    """A member that does what the study says."""
    kl = max(0.0, float(linear_kl(beta)))
    alive = kl > 0 and lam < (1e-3 if beta >= 0.01 else 1)
    low = min(0.5, 0.5 * beta / COLLAPSE) if alive else 0.3
    snake = latent == 1 and beta <= 0.03 and lam < 1e-3
    least = kl if alive else 0.0
    return {
        **{"latent": latent, "beta": beta, "lam": lam, "seed": seed},
        "mse": 1 / 12 if kl == 0 else 0.01 if snake or (latent == 2 and alive) else 1 / 24,
        **{"low_quantile": low, "occupied": float(low < 0.1), "purity": 0.96 if alive else 0.5, "purity_points": 0.965},
        **{"kl_total": kl + least, "kl_least": least, "kl_most": kl},
        **dict.fromkeys(("ks", "ks_draws"), 0.03 if beta >= 0.1 else 0.05),
        **{"kurtosis": 2.3, "diamond": 1.05 if lam else 1.5},
        **{"turning": 500.0 if snake else 0.0, "arc_length": 3.0 if snake else 1.0, "roughness": 1.2 - beta},
    }


@pytest.fixture
def table():
    members = product((1, 2), BETAS, (0.0, 3e-4, 1e-3, 1.4e-3, 2e-3), range(3))
    return pd.DataFrame([ideal(*member) for member in members])


def verdicts(table):
    return gather(square_claims(table)).set_index("claim")


def test_a_study_that_went_as_told_is_reproduced(table):
    found = verdicts(table)
    assert len(found) == len(CLAIMS) == 24
    assert set(found["verdict"]) == {"reproduced"}
    assert (found["margin"] >= 0).all()
    assert (found["seeds"] == 3).all()
    assert found["note"].str.len().gt(0).all()


def test_every_claim_can_fail(table):
    # nothing is learnt where something should be, everything where nothing should be
    broken = table.assign(
        mse=np.where((table["latent"] == 1) & (table["beta"] <= 0.01) & (table["lam"] == 0), 1 / 12, 0.0),
        low_quantile=np.where(table["beta"] == 0.01, np.where(table["lam"] == 0, 0.4, 0.01), 0.0),
        occupied=(table["beta"] != 0.01).astype(float),
        purity=0.7,
        kl_total=1.0,
        kl_least=np.where(table["lam"] == 2e-3, 0.05, 1.0),
        kl_most=np.where(table["lam"] == 2e-3, 0.05, 1.0),
        ks=table["beta"],
        ks_draws=table["beta"],
        kurtosis=1.8,
        diamond=1.41,
        turning=0.0,
        arc_length=1.0,
        roughness=1 + table["beta"],
    )
    assert set(verdicts(broken)["verdict"]) == {"not reproduced"}


@pytest.mark.parametrize(
    ("column", "value", "fails"),
    [
        ("low_quantile", 0.0, {"range_after", "penalty_range"}),
        ("occupied", 1.0, {"cells_after"}),
        ("purity", 0.3, {"quadrants"}),
        ("purity", 1.0, {"bands"}),
        ("mse", 0.0, {"collapse_mse", "snake_beta", "snake_lam"}),
        ("mse", 1 / 24, {"collapse_mse", "snake_mse"}),
        ("turning", 359.0, {"snake_turns"}),
        ("arc_length", 1.9, {"snake_length"}),
        ("kl_most", 0.0, {"latent_lives"}),
        ("kurtosis", 3.0, {"between"}),
        ("diamond", 2.0, {"diamond", "diamond_penalty"}),
    ],
)
def test_one_broken_statistic_fails_its_claims_alone(table, column, value, fails):
    found = verdicts(table.assign(**{column: value}))
    assert set(found.index[found["verdict"] != "reproduced"]) == {f"square.{key}" for key in fails}


def test_the_closed_form_is_exact_and_its_deviation_is_the_largest(table):
    assert verdicts(table).loc["square.closed_form", "value"] == pytest.approx(0, abs=1e-12)
    one = (table["beta"] == 1e-3) & (table["latent"] == 2) & (table["lam"] == 0)
    table.loc[one, "kl_total"] *= [1.1, 0.8, 1.3]
    row = verdicts(table).loc["square.closed_form"]
    np.testing.assert_allclose(row[["value", "low", "high"]].astype(float), [0.2, 0.1, 0.3], atol=1e-12)
    assert row["verdict"] == "not reproduced"
    table.loc[one, "kl_total"] = np.nan
    assert verdicts(table).loc["square.closed_form", ["value", "verdict"]].tolist() == [np.inf, "not reproduced"]


def test_closed_form_vanishes_at_the_collapse():
    assert linear_kl(1 / 6) == 0
    assert linear_kl(np.exp(-2) / 6) == pytest.approx(1, abs=1e-12)


def test_a_dead_latent_breaks_the_closed_form(table):
    dead = (table["beta"] == 0.01) & (table["lam"] == 0)
    table.loc[dead, "kl_total"] /= 2
    assert verdicts(table).loc["square.closed_form", "value"] == pytest.approx(0.5, abs=1e-12)


def test_a_diamond_counts_where_the_reconstruction_is_as_without_a_penalty(table):
    harmed = (table["lam"] == 3e-4) & (table["beta"] == 0.01)
    assert verdicts(table).loc["square.diamond", "value"] == pytest.approx(1.05)
    assert verdicts(table).loc["square.diamond", "note"] == "medians 1.05 at lam = 0.0003"
    table.loc[harmed, "mse"] *= 1.11
    row = verdicts(table).loc["square.diamond"]
    assert row["verdict"] == "not testable"
    assert "within 1.1 times" in row["note"]


@pytest.mark.parametrize(
    ("kept", "lost"),
    [
        (
            "beta != 0.1",
            {"gaussian", "gaussian_draws", "range_after", "cells_after", "snake_beta", "smooth", "smooth_line"},
        ),
        ("beta < 0.15", {"collapse_kl", "collapse_mse"}),
        ("beta > 0.03", {"range_before", "cells_before", "closed_form", "snake_mse", "snake_turns", "snake_length"}),
        (
            "lam == 0",
            {"diamond", "diamond_penalty", "penalty_range", "latent_dies", "latent_lives", "bands", "snake_lam"},
        ),
        ("latent == 2", {"snake_mse", "snake_turns", "snake_length", "snake_beta", "snake_lam", "smooth_line"}),
    ],
)
def test_a_grid_that_lacks_the_place_is_not_testable_and_says_so(table, kept, lost):
    found = verdicts(table.query(kept))
    bare = found[found["verdict"] == "not testable"]
    assert {f"square.{key}" for key in lost} <= set(bare.index)
    assert (bare["note"] != "").all()
    if "beta > " not in kept:
        assert len(bare) == len(lost)
        assert set(found.drop(bare.index)["verdict"]) == {"reproduced"}


def test_a_fall_is_taken_over_the_seeds_that_both_places_have(table):
    moved = table[~((table["beta"] == 0.1) & (table["seed"] == 0))]
    found = pd.DataFrame(square_claims(moved)).set_index("claim").loc["square.gaussian"]
    assert found["seeds"] == table["seed"].nunique() - 1


def test_a_grid_without_lines_needs_no_line_columns(table):
    two = table[table["latent"] == 2].drop(columns=["turning", "arc_length"])
    assert (verdicts(two)["verdict"] == "reproduced").sum() == 18
    with pytest.raises(ValueError, match="arc_length"):
        square_claims(table.drop(columns="turning"))


def test_the_nearest_penalty_stands_in_and_is_named(table):
    other = table[table["lam"] != 2e-3]
    row = verdicts(other).loc["square.bands"]
    assert row["verdict"] == "reproduced"
    assert row["note"] == "2 latents, beta = 0.01, lam = 0.0014"


def test_the_least_pure_member_of_a_seed_speaks_for_it(table):
    spoilt = (table["seed"] == 1) & (table["beta"] == 0.1) & (table["lam"] == 0) & (table["latent"] == 2)
    row = verdicts(table.assign(purity=table["purity"].mask(spoilt, 0.9))).loc["square.quadrants"]
    assert (row["value"], row["low"], row["high"], row["verdict"]) == (0.96, 0.9, 0.96, "partly")


def test_too_few_points_cannot_show_purity(table):
    row = verdicts(table.assign(purity_points=0.94)).loc["square.quadrants"]
    assert row["verdict"] == "not testable"
    assert "too few points" in row["note"]


def test_a_table_that_is_no_grid_is_refused(table):
    with pytest.raises(ValueError, match="allowed: with latent"):
        square_claims(table.drop(columns="beta"))
    with pytest.raises(ValueError, match="seed 0 in several rows"):
        square_claims(pd.concat([table, table]))
