"""The table of each figure holds the numbers that went in."""

import numpy as np
import pandas as pd
import pytest

from curvae.figures.style import densest

PIXELS = 30  # of the 6 x 5 images of the examples


def drawn(examples, name, **changed):
    function, arguments = examples[name]
    return *function(**arguments | changed), arguments | changed


def pixels(numbers):
    return numbers[[f"p{index}" for index in range(PIXELS)]].to_numpy()


def test_loss_curves_mean_and_range(examples):
    figure, numbers, arguments = drawn(examples, "loss_curves")
    history = arguments["history"]
    assert len(numbers) == 2 * 2 * 4
    for row in numbers.itertuples():
        here = history[(history["split"] == row.split) & (history["epoch"] == row.epoch)][row.quantity]
        assert (row.low, row.high) == (here.min(), here.max())
        assert row.mean == pytest.approx(here.sum() / 3, rel=1e-14)
    final = numbers.query("split == 'validation' and epoch == 4")["mean"]
    texts = {text.get_text() for axes in figure.axes for text in axes.texts}
    assert texts == {f"{value:.4g}" for value in final}


def test_loss_curves_of_several_settings_are_apart(examples):
    history = drawn(examples, "loss_curves")[2]["history"]
    figure, numbers, _ = drawn(examples, "loss_curves", history=history.assign(beta=1.0 + 3 * (history["member"] > 0)))
    assert dict.fromkeys(numbers["setting"]) == {"beta = 1": None, "beta = 4": None}
    for row in numbers.itertuples():
        here = history[(history["split"] == row.split) & (history["epoch"] == row.epoch)]
        here = here.loc[(here["member"] > 0) == (row.setting == "beta = 4"), row.quantity]
        assert (row.low, row.high) == (here.min(), here.max())
    assert [text.get_text() for text in figure.legends[0].texts] == ["beta = 1", "beta = 4", "train", "validation"]


def test_loss_curves_leave_out_and_count_what_diverged(examples):
    history = drawn(examples, "loss_curves")[2]["history"]
    history.loc[(history["member"] == 1) & (history["epoch"] == 3), "recon"] = np.inf
    figure, numbers, _ = drawn(examples, "loss_curves", history=history)
    end = numbers.query("quantity == 'recon' and split == 'train' and epoch == 4").iloc[0]
    assert (end["low"], end["mean"], end["high"]) == (155.0, 156.0, 157.0)
    assert "2 runs" in figure.get_suptitle()
    assert "1 diverged" in figure.get_suptitle()
    with pytest.raises(ValueError, match="0 finite members of 3"):
        drawn(examples, "loss_curves", history=history.assign(kl=np.nan))


@pytest.mark.parametrize("column", ["kl", "epoch"])
def test_loss_curves_name_a_missing_column(examples, column):
    history = drawn(examples, "loss_curves")[2]["history"]
    with pytest.raises(ValueError, match=f"no column {column}"):
        drawn(examples, "loss_curves", history=history.drop(columns=column))
    with pytest.raises(ValueError, match="split test"):
        drawn(examples, "loss_curves", history=history.assign(split="test"))


@pytest.mark.parametrize("name", ["latent_scatter", "latent_scatter_number"])
def test_latent_scatter_keeps_codes_and_labels(examples, name):
    figure, numbers, arguments = drawn(examples, name)
    np.testing.assert_array_equal(numbers[["z1", "z2"]], arguments["codes"])
    np.testing.assert_array_equal(numbers["label"], arguments["labels"])
    points = figure.axes[0].collections[0].get_offsets()
    assert sorted(map(tuple, points)) == sorted(map(tuple, arguments["codes"]))


def test_latent_scatter_names_classes_where_they_are_densest(examples):
    figure, _, arguments = drawn(examples, "latent_scatter")
    places = {text.get_text(): text.get_position() for text in figure.axes[0].texts}
    for digit in range(10):
        own = arguments["codes"][arguments["labels"] == digit]
        assert places[str(digit)] == tuple(densest(own))
    rng = np.random.default_rng(0)
    two = np.concatenate([rng.normal(-3, 0.1, (60, 2)), rng.normal(3, 0.1, (40, 2))])
    assert densest(two) == pytest.approx([-3, -3], abs=0.2)
    assert densest(two[:1]).tolist() == two[0].tolist()
    with pytest.raises(ValueError, match="categories = 30"):
        drawn(examples, "latent_scatter", labels=np.arange(30))


def test_interpolation_rows_run_from_input_to_input(examples):
    _, numbers, arguments = drawn(examples, "interpolation")
    second = numbers[numbers["pair"] == 1]
    assert second["role"].tolist() == ["input", "decoded", "decoded", "decoded", "input"]
    assert second["fraction"].tolist() == [0, 0, 0.5, 1, 1]
    assert second["label"].tolist() == ["0", "", "", "", "1"]
    images = [arguments["ends"][1, 0], *arguments["steps"][1], arguments["ends"][1, 1]]
    np.testing.assert_array_equal(pixels(second), np.reshape(images, (5, PIXELS)).round(4))


def test_interpolation_of_one_pair_is_one_row(examples):
    rows = drawn(examples, "interpolation")[2]
    one = {name: rows[name][0] for name in ("ends", "steps", "end_labels")}
    numbers = drawn(examples, "interpolation", **one)[1]
    assert numbers.equals(drawn(examples, "interpolation")[1].query("pair == 0"))


def test_latent_grid_has_z1_to_the_right_and_z2_upwards(examples):
    figure, numbers, arguments = drawn(examples, "latent_grid")
    row = numbers.query("z1 == 2 and z2 == -2")
    np.testing.assert_array_equal(pixels(row)[0], arguments["images"][0, 2].ravel().round(4))
    canvas = figure.axes[0].images[0].get_array()
    np.testing.assert_array_equal(canvas[-6:, -5:], arguments["images"][0, 2])
    np.testing.assert_array_equal(canvas[:6, :5], arguments["images"][2, 0])


@pytest.mark.parametrize(("name", "latents"), [("regularisation", 2), ("regularisation_one_latent", 1)])
def test_regularisation_keeps_every_drawn_point(examples, name, latents):
    figure, numbers, arguments = drawn(examples, name)
    for panel in arguments["panels"]:
        here = numbers[(numbers["beta"] == panel["beta"]) & (numbers["lam"] == panel["lam"])]
        np.testing.assert_array_equal(here[["z1", "z2"][:latents]], panel["codes"])
        np.testing.assert_array_equal(here[["x", "y"]], panel["reconstruction"])
        np.testing.assert_array_equal(here["quadrant"], panel["quadrant"])
    assert numbers["z2"].isna().all() == (latents == 1)
    limits = {(axes.get_xlim(), axes.get_ylim()) for axes in figure.subfigs[1].axes}
    assert limits == {((-0.06, 1.06), (-0.06, 1.06))}


def test_regularisation_draws_at_most_five_by_four_with_both_ends(examples):
    model = drawn(examples, "regularisation")[2]["panels"][0]
    many = [model | {"beta": 2.0**i, "lam": 10.0**j} for i in range(9) for j in range(6)]
    figure, numbers, _ = drawn(examples, "regularisation", panels=many, points=7)
    assert numbers["beta"].unique().tolist() == [1, 4, 16, 64, 256]
    assert numbers["lam"].unique().tolist() == [1, 100, 1000, 100000]
    assert len(numbers) == 5 * 4 * 7
    headers = [axes.get_title() for axes in figure.subfigs[0].axes[:5]]
    assert headers == ["beta = 1", "beta = 4", "beta = 16", "beta = 64", "beta = 256"]


def test_regularisation_refuses_a_grid_with_holes_or_mixed_latents(examples):
    panels = drawn(examples, "regularisation")[2]["panels"]
    for wrong in (panels[:3], [*panels, panels[0]]):
        with pytest.raises(ValueError, match="for 2 betas x 2 lams; allowed: one for each pair"):
            drawn(examples, "regularisation", panels=wrong)
    mixed = [*panels[:3], panels[3] | {"codes": panels[3]["codes"][:, :1]}]
    with pytest.raises(ValueError, match="different numbers of latents"):
        drawn(examples, "regularisation", panels=mixed)
    with pytest.raises(ValueError, match=r"quadrant: shape \(3,\)"):
        drawn(examples, "regularisation", panels=[panels[0] | {"quadrant": np.zeros(3)}])


def test_reconstructions_pixels(examples):
    _, numbers, arguments = drawn(examples, "reconstructions")
    assert numbers["role"].tolist() == ["input"] * 4 + ["reconstruction"] * 4
    assert numbers["title"].tolist() == ["3", "1", "4", "1"] * 2
    both = np.concatenate([arguments["inputs"], arguments["outputs"]]).reshape(8, PIXELS)
    np.testing.assert_array_equal(pixels(numbers), both.round(4))


def test_traversals_pixels(examples):
    figure, numbers, arguments = drawn(examples, "traversals")
    row = numbers.query("latent == 2 and value == 2")
    assert row["note"].item() == "KL 0.0 nats"
    np.testing.assert_array_equal(pixels(row)[0], arguments["images"][1, 2].ravel().round(4))
    assert len(figure.axes[0].images) == 6


def test_future_films_and_errors(examples):
    figure, numbers, arguments = drawn(examples, "future")
    errors = numbers.query("part == 'error'")[["predictor", "frame", "median", "low", "high"]]
    assert errors.astype({"frame": int}).equals(arguments["errors"])
    row = numbers.query("part == 'film' and predictor == 'GRU' and frame == 4")
    np.testing.assert_array_equal(pixels(row)[0], arguments["predictions"]["GRU"][2].ravel().round(4))
    styles = {line.get_label(): line.get_linestyle() for line in figure.axes[1].lines}
    assert styles == {"GRU": "-", "last frame": "--", "good up to 2 px": ":"}


def test_future_refuses_an_unknown_baseline(examples):
    with pytest.raises(ValueError, match="baselines: none; allowed: GRU, last frame"):
        drawn(examples, "future", baselines=["none"])
    errors = drawn(examples, "future")[2]["errors"]
    with pytest.raises(ValueError, match="no column low"):
        drawn(examples, "future", errors=errors.drop(columns="low"))


def test_geodesics_numbers(examples):
    _, numbers, arguments = drawn(examples, "geodesics")
    field = numbers.query("part == 'field' and z1 == 1 and z2 == -0.5")["log10_magnification"].item()
    assert field == np.log10(arguments["magnification"][1, 3])
    codes = numbers.query("part == 'code'")
    np.testing.assert_array_equal(codes[["z1", "z2"]], arguments["codes"])
    np.testing.assert_array_equal(codes["label"].astype(int), arguments["labels"])
    for part, paths in (("geodesic", "curves"), ("straight", "straight")):
        second = numbers[(numbers["part"] == part) & (numbers["pair"] == 1)]
        np.testing.assert_array_equal(second[["z1", "z2"]], arguments[paths][1])
    assert numbers.query("part == 'geodesic'")["converged"].tolist() == [True] * 9 + [False] * 9
    film = numbers.query("part == 'film straight' and step == 2")
    np.testing.assert_array_equal(film["intensity"], arguments["films"]["straight"][2].ravel().round(4))
    assert set(film["pair"]) == {0}
    _, numbers, _ = drawn(examples, "geodesics", filmed=1)
    assert set(numbers.query("part == 'film straight'")["pair"]) == {1}


def test_geodesics_name_the_ends_of_their_films(examples):
    for beyond, last in ((0, 3), (1, 2)):
        figure, _, _ = drawn(examples, "geodesics", beyond=beyond)
        tiles = next(axes for axes in figure.axes if "decoded" in axes.get_xlabel())
        assert tiles.get_xticks().tolist() == [0, last]
        assert [text.get_text() for text in tiles.get_xticklabels()] == ["A", "B"]
        assert [line.get_xdata()[0] for line in tiles.lines] == [last + 0.5] * beyond


def test_geodesics_mark_what_did_not_converge(examples):
    figure, _, _ = drawn(examples, "geodesics", films=None)
    assert len(figure.axes) == 1
    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert legend == ["straight", "geodesic", "geodesic, not converged"]


def test_geodesics_refuse_what_has_no_logarithm(examples):
    with pytest.raises(ValueError, match="least value 0; allowed: finite and above 0"):
        drawn(examples, "geodesics", magnification=np.zeros((4, 5)))
    with pytest.raises(ValueError, match="allowed: geodesic, straight, spherical"):
        drawn(examples, "geodesics", films={"geodesic": np.zeros((2, 6, 5))})


def test_score_curves_keep_the_table(examples):
    figure, numbers, arguments = drawn(examples, "score_curves")
    assert numbers[arguments["table"].columns].equals(arguments["table"])
    assert [axes.get_title() for axes in figure.axes] == ["MIG", "SAP"]
    assert {axes.get_xscale() for axes in figure.axes} == {"log"}


def test_score_curves_bounds_are_means_over_the_drawn_lams(examples):
    table = drawn(examples, "score_curves")[2]["table"]
    table = table.assign(floor=np.where(table["lam"] > 0, 0.3, 0.1))
    numbers = drawn(examples, "score_curves", table=table)[1]
    np.testing.assert_allclose(numbers["floor_drawn"], 0.2, rtol=1e-15)
    np.testing.assert_allclose(numbers["ceiling_drawn"], 0.9, rtol=1e-15)


def test_score_curves_refuse_repeats_and_beta_zero(examples):
    table = drawn(examples, "score_curves")[2]["table"]
    with pytest.raises(ValueError, match="12 rows repeat"):
        drawn(examples, "score_curves", table=table.assign(lam=0.0, beta=1.0).iloc[[*range(12), 0, 6]])
    with pytest.raises(ValueError, match="least beta 0; allowed: above 0"):
        drawn(examples, "score_curves", table=table.assign(beta=table["beta"] - 0.5))
    with pytest.raises(ValueError, match="no column floor"):
        drawn(examples, "score_curves", table=table.drop(columns="floor"))


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("random_walks", {"empty": {"brownian": 0.1}}, "allowed: brownian and euclidean"),
        ("random_walks", {"magnification": np.zeros((4, 5))}, "allowed: finite and above 0"),
        (
            "clusters",
            {"scores": {"Riemannian": (1.0, 1.0, 1.0)}},
            "scores: Riemannian; allowed: Riemannian and Euclidean",
        ),
        ("mixtures", {"held_out": {}}, "no LAND or Riemannian; allowed: with LAND, Gaussian"),
        ("directions", {"table": pd.DataFrame({"statistic": []})}, "no column definition"),
    ],
)
def test_pictures_of_the_geometry_need_both_sides(examples, name, change, words):
    with pytest.raises(ValueError, match=words):
        drawn(examples, name, **change)


def test_pictures_of_the_geometry_keep_their_numbers(examples):
    _, numbers, arguments = drawn(examples, "clusters")
    found = numbers.query("part == 'code' and distance == 'Euclidean'")["group"]
    np.testing.assert_array_equal(found, arguments["found"]["Euclidean"])
    _, numbers, arguments = drawn(examples, "mixtures")
    density = numbers.query("part == 'density' and model == 'LAND'")["value"]
    np.testing.assert_allclose(density, arguments["log_density"]["LAND"].ravel())
    assert (numbers["part"] == "distance").sum() == 2 * 15
    _, numbers, arguments = drawn(examples, "random_walks")
    walk = numbers.query("part == 'euclidean' and path == 2")[["z1", "z2"]]
    np.testing.assert_allclose(walk, arguments["walks"]["euclidean"][2])
