"""The tables of the figures of scores hold the numbers that went in, and the figures show them."""

import matplotlib
import numpy as np
import pandas as pd
import pytest


def drawn(examples, name, **changed):
    function, arguments = examples[name]
    return *function(**arguments | changed), arguments | changed


def texts(figure):
    return {text.get_text() for text in figure.findobj(matplotlib.text.Text)}


def test_score_table_keeps_the_table_and_says_the_distance(examples):
    figure, numbers, arguments = drawn(examples, "score_table")
    pd.testing.assert_frame_equal(numbers.drop(columns="chance"), arguments["table"])
    assert numbers["chance"].tolist()[:2] == [0.2, 0.25]
    assert {"-14.9", "+5.1", "not built here", "not published"} <= texts(figure)
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == ["PCA", "DC-IGN", "factorvae, beta = 9"]


def test_score_table_draws_percentages(examples):
    figure, _, _ = drawn(examples, "score_table")
    places = {round(float(line.get_xdata()[0]), 9) for line in figure.axes[0].lines if line.get_marker() in "Dos"}
    assert places == {70.0, 90.0, 80.0, 84.9, 99.3}


def test_score_table_refuses_unknown_protocols_and_missing_columns(examples):
    table = drawn(examples, "score_table")[2]["table"]
    with pytest.raises(ValueError, match="protocol: mine; allowed: paper, dlib"):
        drawn(examples, "score_table", table=table.assign(protocol="mine"))
    with pytest.raises(ValueError, match="no column published"):
        drawn(examples, "score_table", table=table.drop(columns="published"))


def test_kl_terms_are_means_and_ranges_over_seeds(examples):
    figure, numbers, _ = drawn(examples, "kl_terms")
    row = numbers.query("beta == 4 and lam == 0.001 and term == 'tc'").iloc[0]
    assert (row["value"], row["low"], row["high"], row["seeds"]) == (pytest.approx(1.05), 1.0, 1.1, 2)
    np.testing.assert_allclose(numbers["bound"], np.log(100))
    parts = numbers[numbers["term"] != "kl"].groupby(["beta", "lam"])["value"].sum()
    np.testing.assert_allclose(parts, numbers[numbers["term"] == "kl"]["value"], rtol=1e-14)
    assert [axes.get_title() for axes in figure.axes] == ["lam = 0", "lam = 0.001"]


def test_kl_terms_of_one_seed_show_the_error_of_sampling(examples):
    table = drawn(examples, "kl_terms")[2]["table"]
    numbers = drawn(examples, "kl_terms", table=table.query("seed == 0"))[1]
    row = numbers.query("beta == 1 and lam == 0 and term == 'tc'").iloc[0]
    assert (row["low"], row["high"]) == (pytest.approx(1 - 1.96 * 0.02), pytest.approx(1 + 1.96 * 0.02))


def test_kl_terms_leave_out_and_count_what_diverged(examples):
    table = drawn(examples, "kl_terms")[2]["table"]
    table.loc[0, ["mi", "tc", "dwkl", "kl"]] = np.nan
    figure, numbers, _ = drawn(examples, "kl_terms", table=table)
    assert numbers.query("beta == 0.5 and lam == 0")["seeds"].tolist() == [1] * 4
    assert "1 diverged" in figure.get_suptitle()
    with pytest.raises(ValueError, match="least beta 0; allowed: above 0"):
        drawn(examples, "kl_terms", table=table.assign(beta=0.0))


def test_factor_latents_are_sorted_by_kl_and_frame_the_best(examples):
    figure, numbers, _ = drawn(examples, "factor_latents")
    assert numbers["latent"].tolist() == [3, 3, 2, 2, 1, 1]
    assert numbers["kl"].tolist() == [5, 5, 3, 3, 0.002, 0.002]
    axes = figure.axes[0]
    frames = {(round(p.get_x() + 0.47), round(p.get_y() + 0.45)) for p in axes.patches}
    assert frames == {(0, 1), (1, 0)}  # x: z2 in the second row; shape: z3 in the first
    np.testing.assert_array_equal(axes.images[0].get_array(), [[0.3, 0.7], [0.9, 0.2], [0.1, 0.0]])
    assert {"0.90 ± 0.05", "z1   dead, KL 0.002"} <= texts(figure)


def test_metric_agreement_shows_rho_interval_and_members(examples):
    figure, numbers, arguments = drawn(examples, "metric_agreement")
    pd.testing.assert_frame_equal(numbers, arguments["table"])
    assert {"0.90\n0.50 to 0.99", "none", "Do metrics rank 2 to 8 members alike?"} <= texts(figure)
    shown = np.ma.filled(figure.axes[0].images[0].get_array(), np.nan)
    np.testing.assert_array_equal(shown, [[0.9, np.nan], [-0.3, np.nan]])


def test_metric_schematic_numbers(examples):
    figure, numbers, arguments = drawn(examples, "metric_schematic")
    moves = numbers.dropna(subset="latent")
    np.testing.assert_array_equal(moves["difference"], arguments["differences"].ravel())
    assert numbers["accuracy"].dropna().tolist() == [0.9, 0.6]
    still = [[bar.get_facecolor() for bar in figure.axes[row].patches] for row in (1, 4)]
    assert still[0][1] == still[0][2] == still[1][0] == still[1][2] != still[0][0] == still[1][1]
