import numpy as np
import pandas as pd
import pytest

from curvae.claims import (
    ball_claims,
    collapse_of,
    density_claims,
    digits_claims,
    directions_claims,
    gather,
    geometry_claims,
    grid_claims,
    joint_claims,
    sizes_claims,
)
from curvae.dynamics import ball_scores


def rows(found):
    return gather(found).set_index("claim")


@pytest.fixture
def digits():
    """Losses like the study's, and a Gaussian cut into ten stripes."""
    rng = np.random.default_rng(0)
    summary = pd.DataFrame(
        [
            {"member": s, "seed": s, "split": split, "recon": 145.0, "recon_mean": far + s, "kl": 6.0 + 0.1 * s}
            for s in range(3)
            for split, far in (("train", 0.0), ("validation", 138.5))
        ]
    )
    digit = np.arange(500) // 50
    codes = np.sort(rng.normal(size=(3, 500, 1)), axis=1)  # ten stripes of a Gaussian
    return summary, np.concatenate([codes, rng.normal(size=codes.shape)], axis=2), digit


def test_digits_as_the_study_found_them(digits):
    found = rows(digits_claims(*digits))
    assert set(found["verdict"]) == {"reproduced"}
    np.testing.assert_allclose(found["value"].iloc[:2], [0.5, 0.1], atol=1e-12)
    np.testing.assert_allclose(found["margin"].iloc[:2], [2.5, 0.4], atol=1e-12)
    assert "138.50, 139.50, 140.50" in found.loc["digits.cross_entropy", "note"]


def test_digits_of_a_broken_model(digits):
    summary, codes, digit = digits
    rng = np.random.default_rng(1)
    found = rows(digits_claims(summary.assign(recon_mean=206.0, kl=0.01), 1 + rng.random(codes.shape) ** 9, digit))
    assert set(found["verdict"]) == {"not reproduced"}
    assert found.loc["digits.separation", "value"] == pytest.approx(0.1, abs=0.05)


def test_losses_after_other_epochs_are_not_the_claim(digits):
    summary, codes, digit = digits
    found = rows(digits_claims(summary.assign(epoch=10), codes, digit))
    assert list(found["verdict"]) == ["not testable"] * 2 + ["reproduced"] * 4
    assert found.loc["digits.kl", "note"] == "the claim is about 40 epochs, these are losses after 10"
    assert set(rows(digits_claims(summary.assign(epoch=40), codes, digit))["verdict"]) == {"reproduced"}


def test_a_diverged_digit_model_counts_against_the_claim(digits):
    summary, codes, digit = digits
    codes[0] = np.nan
    row = rows(digits_claims(summary, codes, digit)).loc["digits.separation"]
    assert row["holds"] == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="seed 0 in several rows"):
        digits_claims(summary.assign(seed=0), codes, digit)


def test_a_network_that_diverged_or_collapsed_has_no_similar_grid(digits):
    _, codes, digit = digits
    beside = codes[1:], digit
    sound, lost, dead = codes[0], np.full_like(codes[0], np.nan), np.zeros_like(codes[0])
    row = rows(grid_claims([sound], digit, beside)).loc["digits.conv_grid"]
    assert (row["verdict"], row["seeds"]) == ("reproduced", 2)
    row = rows(grid_claims([sound, lost, dead], digit, beside)).loc["digits.conv_grid"]
    assert (row["verdict"], row["seeds"], row["holds"]) == ("not reproduced", 6, pytest.approx(1 / 3))
    assert "4 of 6 pairs gave no finite number and count as the worst" in row["note"]


def test_grids_of_other_latents_or_without_a_digit_are_not_compared(digits):
    _, codes, digit = digits
    for beside, note in (
        ((codes[..., :1], digit), "the networks have 1 and 2 latents"),
        ((codes, digit.clip(1)), "a digit is not among the test images"),
        (None, "no codes of a fully connected network beside it"),
    ):
        row = rows(grid_claims(codes, digit, beside)).loc["digits.conv_grid"]
        assert (row["verdict"], row["note"]) == ("not testable", note)


def test_a_flow_that_diverged_counts_against_its_claims():
    table = pd.DataFrame({"density": ["prior", "nice", "realnvp"], "nats": [-3.0, -2.9, np.nan]})
    found = rows(density_claims({"toy": table.assign(expansion=[np.nan, 0.0, np.nan])}))
    assert set(found["verdict"]) == {"not reproduced"}
    assert set(rows(density_claims({"toy": table[:2].assign(expansion=0.0)}))["verdict"]) == {"not testable"}


def scores(**changes):
    """A table of scores; the network leads constant velocity by 17 frames."""
    values = {
        **{"bounces matched": 0.8, "speed error": 0.1, "jump rate": 0.01, "wander": 10.0},
        **changes,
    }
    table = [("elman", s, score, "1", value) for s in range(3) for score, value in values.items()]
    horizons = {"elman": 10.0, "gru": 20.0, "billiard": 80.0, "constant_velocity": 3.0, "ceiling": 90.0}
    table += [(name, s, "horizon 2 px", "frame", h) for name, h in horizons.items() for s in range(3)]
    return pd.DataFrame(table, columns=["predictor", "seed", "score", "unit", "value"])


SAID = [f"ball.{key}" for key in ("bounces", "momentum", "morphs", "wanders", "predictable")]


def said(*arguments, **keywords):
    """What was said of the standard network, without the aims."""
    return rows(ball_claims(*arguments, **keywords)).loc[SAID]


def test_a_ball_as_the_study_saw_it():
    found = said(scores())
    assert set(found["verdict"]) == {"reproduced"}
    np.testing.assert_allclose(found["value"], [0.8, 0.1, 0.01, 10, 17], atol=1e-12)
    assert "among elman, gru by the other seeds: gru for 3" in found.loc["ball.predictable", "note"]


def lasting(**horizons):
    table = [(name, s, "horizon 2 px", "frame", h) for name, own in horizons.items() for s, h in enumerate(own)]
    return pd.DataFrame(table, columns=["predictor", "seed", "score", "unit", "value"])


def test_the_best_network_is_chosen_by_the_other_seeds_and_led_by_its_own():
    table = lasting(elman=[10, 10, 30], gru=[12, 12, 2], billiard=[99, 99, 99], constant_velocity=[1, 2, 1])
    found = rows(ball_claims(table))
    # elman leads for the first two seeds, the gru for the third: 10 - 1, 10 - 2, 2 - 1
    assert found.loc["ball.predictable", ["value", "low", "high"]].tolist() == [8, 1, 9]
    assert found.loc["ball.best_lead", "value"] == 98
    alone = rows(ball_claims(lasting(ridge=[4.5], gru=[3, 5, 9], constant_velocity=[1]), recurrent=["gru"]))
    assert alone.loc["ball.predictable", ["value", "low", "high"]].tolist() == [4, 2, 8]
    # ridge, the same for every seed, is better than the gru's first two
    assert "gru for 2, ridge for 1" in alone.loc["ball.best_lead", "note"]
    sure = rows(ball_claims(lasting(ridge=[40], gru=[3, 5, 9], constant_velocity=[1]))).loc["ball.best_lead"]
    assert (sure["value"], sure["seeds"]) == (39, 1)
    single = rows(ball_claims(lasting(elman=[10], gru=[12], constant_velocity=[1])))
    assert single.loc["ball.predictable", "note"] == "one seed cannot choose among elman, gru"


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"bounces matched": 0.4}, "bounces"),
        ({"speed error": 0.3}, "momentum"),
        ({"jump rate": 0.0}, "morphs"),
        ({"wander": 1.0}, "wanders"),
    ],
)
def test_a_ball_that_does_otherwise_fails_one_claim(change, key):
    found = said(scores(**change))
    assert list(found.index[found["verdict"] != "reproduced"]) == [f"ball.{key}"]


def test_a_predictor_no_better_than_constant_velocity_fails():
    table = scores()
    table.loc[table["predictor"].isin(["elman", "gru"]) & (table["score"] == "horizon 2 px"), "value"] = 3.5
    row = rows(ball_claims(table)).loc["ball.predictable"]
    assert (row["value"], row["margin"], row["verdict"]) == (0.5, -0.5, "not reproduced")


def test_a_predictor_that_is_not_there_is_not_testable():
    found = said(scores(), predictor="lstm")
    assert list(found["verdict"]) == ["not testable"] * 4 + ["reproduced"]
    table = scores()
    bare = rows(ball_claims(table[table["predictor"] != "constant_velocity"]))
    assert bare.loc["ball.predictable", "verdict"] == "not testable"
    unlearnt = rows(ball_claims(table[table["predictor"].isin(["constant_velocity", "ceiling"])]))
    assert set(unlearnt["verdict"]) == {"not testable"}


def test_score_names_are_those_of_the_ball():
    """A ball that flies straight through the walls moves rightly and never bounces."""
    time, start = np.arange(60), np.linspace(8, 16, 6)
    path = np.stack([start[:, None] + 0.9 * time, start[::-1, None] + 0.7 * time], axis=2)
    reflected = 24 - np.abs((path - 3) % 42 - 21)
    velocity = np.tile([0.9, 0.7], (6, 1))
    table = pd.concat(
        ball_scores(p, reflected, velocity, low=3, high=24, bootstrap=10).assign(predictor=name, seed=seed)
        for seed in (0, 1)
        for name, p in (("elman", path), ("gru", reflected), ("constant_velocity", path))
    )
    through, right = said(table), said(table, predictor="gru")
    assert list(through["verdict"]) == [
        "not reproduced",
        "reproduced",
        "not reproduced",
        "not reproduced",
        "reproduced",
    ]
    assert list(right["verdict"]) == ["reproduced", "reproduced", "not reproduced", "not reproduced", "reproduced"]
    assert right.loc["ball.bounces", "value"] == 1


def aimed(**changes):
    """Scores of a structured predictor that reaches every aim, beside a network that reaches none."""
    reached = {"median error 50 frames": 0.3, "median error 200 frames": 0.9, "leap rate": 0.0, "speed error": 0.006}
    reached |= {"bounces matched": 0.98, "bounces on time": 0.95, "spurious bounces": 0.02, "outside rate": 0.0}
    reached |= {"missing": 0.0, "wander": 1.7} | changes
    missed = dict.fromkeys(reached, 9.0) | {"bounces matched": 0.4, "bounces on time": 0.3}
    table = [
        (name, s, score, "1", value)
        for name, values in (("billiard", reached), ("elman", missed))
        for s in range(5)
        for score, value in values.items()
    ]
    horizons = {"billiard": 200.0, "elman": 4.0, "constant_velocity": 3.0, "ceiling": 300.0}
    table += [(name, s, "horizon 2 px", "frame", h) for name, h in horizons.items() for s in range(5)]
    return rows(ball_claims(pd.DataFrame(table, columns=["predictor", "seed", "score", "unit", "value"])))


def test_aims_are_asked_of_the_best_predictor_and_of_the_standard_one():
    found = aimed()
    best, standard = (found[found.index.str.startswith(f"ball.{who}_")] for who in ("best", "standard"))
    assert len(best) - 1 == len(standard) == 10  # the best one's lead is asked of it alone
    assert set(best["verdict"]) == {"reproduced"}
    assert set(standard["verdict"]) == {"not reproduced"}
    assert best["note"].str.startswith("chosen among billiard, elman by the other seeds: billiard for 5").all()
    assert set(standard["note"]) == {"predictor elman"}
    assert set(best["source"]) == {"aim of this study"}


@pytest.mark.parametrize(
    ("score", "value", "key"),
    [
        ("median error 50 frames", 1.01, "error_50"),
        ("median error 200 frames", np.inf, "error_200"),
        ("leap rate", 0.0011, "leaps"),
        ("speed error", 0.021, "drift"),
        ("bounces matched", 0.94, "bounces"),
        ("bounces on time", 0.89, "timing"),
        ("spurious bounces", 0.06, "spurious"),
        ("missing", 1e-4, "missing"),
        ("outside rate", 1e-4, "walls"),
        ("wander", 6.0, "straight"),
    ],
)
def test_an_aim_that_is_missed_is_missed_alone(score, value, key):
    found = aimed(**{score: value})
    best = found[found.index.str.startswith("ball.best_")]
    assert list(best.index[best["verdict"] != "reproduced"]) == [f"ball.best_{key}"]


def sizes(**errors):
    """Members of sizes 1 to 4 with three seeds."""
    table = pd.DataFrame({"latent": np.repeat([1, 2, 3, 4], 3), "seed": [0, 1, 2] * 4})
    errors = {"median": (4.0, 0.2, 0.1, 0.1), "q99": (12.0, 3.0, 0.6, 0.5)} | errors
    return table.assign(**{name: np.repeat(values, 3) for name, values in errors.items()})


def test_the_smallest_size_depends_on_what_is_accurate():
    found = rows(sizes_claims(sizes()))
    assert found["value"].tolist() == [0.1, 0.6, 2.0, 3.0]
    assert list(found["verdict"]) == ["reproduced", "reproduced", "not reproduced", "reproduced"]
    assert found.loc["ball.size_q99", "note"] == "error by size: 1: 12.00 px, 2: 3.00 px, 3: 0.60 px, 4: 0.50 px"
    worse = rows(sizes_claims(sizes(q99=(12.0, 3.0, 1.2, 1.1))))
    assert worse.loc["ball.size_q99", "verdict"] == "not reproduced"
    assert worse.loc["ball.size_fewest_q99", ["value", "verdict"]].tolist() == [-np.inf, "not reproduced"]  # none is


def test_a_small_member_that_diverged_or_is_missing_says_nothing_of_its_size():
    table = sizes()
    lost = (table["latent"] == 2) & (table["seed"] < 2)
    for some in (table.assign(q99=table["q99"].where(~lost)), table[~lost]):
        found = rows(sizes_claims(some)).loc["ball.size_fewest_q99"]
        assert found["holds"] == pytest.approx(1 / 3)
        assert found["verdict"] == "not reproduced"
    later = (table["latent"] == 4) & (table["seed"] < 2)
    assert rows(sizes_claims(table[~later])).loc["ball.size_fewest_q99", "value"] == 3


def test_sizes_without_three_or_without_fewer_cannot_be_judged():
    table = sizes()
    assert set(rows(sizes_claims(table[table["latent"] < 3]))["verdict"][:2]) == {"not testable"}
    assert set(rows(sizes_claims(table[table["latent"] > 2]))["verdict"][2:]) == {"not testable"}
    with pytest.raises(ValueError, match="seed 0 in several rows"):
        sizes_claims(pd.concat([table, table]))


def test_joint_training_is_compared_member_by_member():
    plain = sizes().assign(tear=10.0, bend=0.4, halfway=[1.0, 2.0, 4.0] * 4)
    joint = plain[plain["latent"] == 3].assign(tear=5.0, bend=0.5, halfway=[0.5, 1.0, 6.0], median=0.15, q99=1.5)
    found = rows(joint_claims(plain, joint))
    np.testing.assert_allclose(found["value"], [0.5, 1.25, 0.5, 1.5, 2.5], rtol=1e-12)
    assert list(found["verdict"]) == ["reproduced", "not reproduced", "partly", "reproduced", "not reproduced"]
    assert found.loc["ball.joint_bend", "note"] == "medians: 0.4 without, 0.5 with"
    assert set(found["repeats"]) == {"seed"}
    assert set(rows(joint_claims(plain, plain))["repeats"]) == {"pair"}
    assert set(rows(joint_claims(plain, joint.assign(seed=[7, 8, 9])))["verdict"]) == {"not testable"}
    with pytest.raises(ValueError, match="joint: two members"):
        joint_claims(plain, pd.concat([joint, joint]))


FIRST = ["geometry.shorter", "geometry.solved"]


def pairs(**columns):
    return pd.DataFrame({"straight_length": 2.0, "empty_geodesic": 0.0, "empty_straight": 0.1} | columns)


def test_geodesics_that_save_length_and_those_that_do_not():
    table = pairs(length=[1.0, 1.6, 1.8, 1.9, 2.0], converged=True)
    found = rows(geometry_claims(table)).loc[FIRST]
    np.testing.assert_allclose(found["value"], [0.1, 1.0], atol=1e-12)
    assert set(found["verdict"]) == {"reproduced"}
    assert found.loc["geometry.shorter", "note"] == "quartiles over 5 converged pairs: 0.050, 0.200"
    assert list(found["seeds"]) == [1, 1]
    assert set(found["repeats"]) == {"decoder"}
    flat = rows(geometry_claims(table.assign(length=2.0))).loc[FIRST]
    assert list(flat["verdict"]) == ["not reproduced", "reproduced"]
    assert flat.loc["geometry.shorter", "margin"] == pytest.approx(-0.01, abs=1e-12)


def test_pairs_that_did_not_converge_are_left_out_and_counted():
    table = pairs(length=[1.0, 1.8], converged=[False, True])
    found = rows(geometry_claims(table)).loc[FIRST]
    np.testing.assert_allclose(found["value"], [0.1, 0.5], atol=1e-12)
    assert list(found["verdict"]) == ["reproduced", "not reproduced"]
    lost = rows(geometry_claims(table.assign(converged=False))).loc[FIRST]
    assert list(lost["verdict"]) == ["not testable", "not reproduced"]
    assert set(rows(geometry_claims(table[:0]))["verdict"]) == {"not testable"}


def test_decoders_are_seeds():
    table = pairs(length=[1.0, 1.6, 1.9, 1.9], converged=True, seed=[0, 0, 1, 1])
    row = rows(geometry_claims(table)).loc["geometry.shorter"]
    np.testing.assert_allclose(row[["value", "low", "high"]].astype(float), [0.2, 0.05, 0.35], atol=1e-12)
    assert row["seeds"] == 2


def test_what_the_metric_gains_is_judged_by_draw_class_and_path():
    geodesics = pairs(length=[1.0, 1.0], converged=True)
    values = {"Riemannian": (0.9, 0.8), "Euclidean": (0.7, 0.7)}
    draws = [(distance, k, value) for distance, both in values.items() for k, value in enumerate(both)]
    parts = [("k-means", "F-measure"), ("k-medoids", "F-measure"), ("neighbours", "accuracy")]
    groups = pd.DataFrame(
        [("0 1", k, method, d, score, v) for method, score in parts for d, k, v in draws],
        columns=["subset", "draw", "method", "distance", "score", "value"],
    )
    mixtures = pd.DataFrame(
        {"subset": ["0 1", "0 1"], "model": ["LAND", "Gaussian"], "gain": -0.2, "status": "converged"}
    )
    walks = pd.DataFrame({"walk": ["brownian", "euclidean"] * 2, "path": [0, 0, 1, 1], "empty": [0.02, 0.5, 0.04, 0.3]})
    walks["refused"] = 0.1
    distances = pd.DataFrame({"statistic": ["pairs", "converged", "triangle violation"], "value": [190, 1.0, 5e-4]})
    found = rows(geometry_claims(geodesics, groups, mixtures, walks, distances))
    value = found["value"].astype(float)
    np.testing.assert_allclose(value["geometry.less_empty"], 0.1)
    np.testing.assert_allclose(value[["geometry.kmeans", "geometry.kmedoids", "geometry.neighbours"]], 0.15)
    np.testing.assert_allclose(value[["geometry.land", "geometry.walks", "geometry.walks_lead"]], [-0.2, 0.03, 0.37])
    assert set(found["verdict"].drop("geometry.land")) == {"reproduced"}
    assert found.loc["geometry.land", "verdict"] == "not reproduced"
    assert found.loc["geometry.kmeans", ["seeds", "repeats"]].tolist() == [2, "draw"]
    assert found.loc["geometry.land", "repeats"] == "class set"
    assert found.loc["geometry.walks", "repeats"] == "path"
    assert found.loc["geometry.walks", "note"] == "Euclidean walks: 0.400, of their steps 10% refused"
    longer = rows(geometry_claims(geodesics, distances=distances.assign(value=[190, 0.5, 0.013]))).loc["geometry.least"]
    assert (longer["verdict"], longer["note"]) == ("not reproduced", "190 distances, 50.00% converged")
    later = walks[(walks["walk"] == "brownian") | (walks["path"] == 1)]
    assert rows(geometry_claims(geodesics, walks=later)).loc["geometry.walks_lead", "value"] == pytest.approx(0.26)
    alone = (groups[groups["distance"] == "Riemannian"], None, walks[walks["walk"] == "brownian"])
    said = rows(geometry_claims(geodesics, *alone))["note"]
    assert said["geometry.walks_lead"] == "no euclidean walks"
    assert said["geometry.kmeans"] == "no F-measure of k-means by both distances"
    bare = rows(geometry_claims(geodesics))
    assert set(bare["verdict"][["geometry.least", "geometry.kmeans", "geometry.land", "geometry.walks"]]) == {
        "not testable"
    }


def test_walks_that_stand_still_and_mixtures_that_do_not_come_to_rest_prove_nothing():
    geodesics = pairs(length=[1.0, 1.0], converged=True)
    walks = pd.DataFrame({"walk": ["brownian", "euclidean"], "path": 0, "empty": [0.0, 0.3], "refused": [1.0, 0.2]})
    status = ["not converged", "converged", "converged"]
    mixtures = pd.DataFrame(
        {"subset": ["0 1", "2 3", "4 5"], "model": "LAND", "gain": [9.0, 0.1, 0.3], "status": status}
    )
    found = rows(geometry_claims(geodesics, mixtures=mixtures, walks=walks))
    assert set(found["verdict"][["geometry.walks", "geometry.walks_lead"]]) == {"not testable"}
    assert found.loc["geometry.walks", "note"].startswith("100% of the steps of brownian walks would have left the box")
    land = found.loc["geometry.land"]
    assert (land["value"], land["seeds"]) == (0.1, 3)
    assert "classes 0 1: not converged" in land["note"]
    lost = rows(geometry_claims(geodesics, mixtures=mixtures.assign(status="not converged"))).loc["geometry.land"]
    assert (lost["verdict"], lost["note"][:23]) == ("not testable", "no LAND came to rest; c")


def test_no_claim_is_judged_on_a_collapsed_autoencoder():
    manifest = {"collapsed": [{"member": 1, "epoch": 2, "kl": 0.0018}, {"member": 2, "epoch": 1, "spread": 0.01}]}
    assert [collapse_of(manifest, member) for member in (0, 2)] == ["", ""]
    reason = collapse_of(manifest, 1)
    assert reason == "the autoencoder collapsed in epoch 2: KL 0.0018 nats"
    found = rows(geometry_claims(pairs(length=[1.0, 1.6], converged=True), collapsed=reason))
    assert set(found["verdict"]) == {"not testable"}
    assert set(found["note"]) == {reason}


def test_likely_directions_are_judged_by_one_decoder():
    said = [
        ("share", "steps", "z1", 0.7),
        ("share", "steps", "z2", 0.1),
        ("unlikeliest over likeliest", "steps", "", 0.01),
        ("agreement unlikeliest", "steps", "codes", 0.95),
        ("agreement unlikeliest", "steps", "posterior", 0.5),
        ("mass", "steps", "likeliest", 0.05),
    ]
    table = pd.DataFrame(said, columns=["statistic", "definition", "axis", "value"]).assign(low=0.0, high=1.0)
    found = rows(directions_claims(table))
    np.testing.assert_allclose(found["value"].astype(float), [1 / 7, 0.01, 0.95, 0.5, 0.05])
    assert list(found["verdict"] == "reproduced") == [True, True, True, False, True]
    still = rows(directions_claims(table[table["definition"] != "steps"]))
    assert set(still["verdict"]) == {"not testable"}


@pytest.mark.parametrize(
    "claims", [geometry_claims, directions_claims, ball_claims, lambda t: digits_claims(t, [], np.zeros(0))]
)
def test_tables_without_their_columns_are_refused(claims):
    with pytest.raises(ValueError, match=r"columns other; allowed: with"):
        claims(pd.DataFrame({"other": [1]}))
