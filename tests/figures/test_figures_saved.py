"""What holds for every figure: bytes, labels, number of axes, refused shapes."""

import matplotlib
import numpy as np
import pandas as pd
import pytest

from curvae.figures.shapes import check_shapes
from curvae.figures.style import OKABE_ITO, TEN, colours, evenly, save

AXES = {
    "loss_curves": 2,
    "latent_scatter": 1,
    "latent_scatter_number": 1,
    "latent_sizes": 2,
    "interpolation": 1,
    "latent_grid": 1,
    "regularisation": 8,
    "regularisation_one_latent": 8,
    "reconstructions": 1,
    "traversals": 1,
    "future": 2,
    "position_errors": 1,
    "phase_portraits": 2,
    "geodesics": 2,
    "random_walks": 4,
    "clusters": 3,
    "mixtures": 8,
    "directions": 4,
    "attribute_edits": 4,
    "between": 4,
    "samples": 1,
    "sample_paths": 1,
    "adversarial_curves": 3,
    "score_curves": 2,
    "score_table": 1,
    "kl_terms": 2,
    "factor_latents": 2,
    "metric_agreement": 2,
    "metric_schematic": 6,
}
UNITS = {
    "loss_curves": ["epoch [passes through the training set]", "reconstruction [nats/sample]", "KL [nats/sample]"],
    "latent_scatter": ["latent z1 [prior s.d.]", "latent z2 [prior s.d.]"],
    "latent_scatter_number": ["latent z1 [prior s.d.]", "ball x [px]"],
    "latent_sizes": [
        "size of the latent space [latents]",
        "position error not exceeded [px]",
        "cross-entropy above its least [nats]",
    ],
    "interpolation": ["way between the two codes [fraction]"],
    "latent_grid": ["latent z1 [prior s.d.]", "latent z2 [prior s.d.]"],
    "regularisation": ["latent z1 [prior s.d.]", "latent z2 [prior s.d.]", "x [sides of the square]"],
    "regularisation_one_latent": ["latent z1 [prior s.d.]", "jitter, no meaning", "y [sides of the square]"],
    "reconstructions": ["input", "reconstruction"],
    "traversals": ["value of the moving latent [prior s.d.]"],
    "future": ["time after the last frame seen [frames]", "position error [px]"],
    "position_errors": ["time after the last frame seen [frames]", "median position error [px]"],
    "phase_portraits": [],
    "geodesics": ["latent z1 [prior s.d.]", "log10 of the magnification sqrt(det M) [1]"],
    "random_walks": ["latent z1 [prior s.d.]", "Euclidean random walk\n40.0 % of its points off the data"],
    "clusters": ["latent z2 [prior s.d.]", "Euclidean k-means\nF-measure 0.70\nground: vote of the nearest codes"],
    "mixtures": ["distance [image units]", "distance [prior s.d.]", "test codes by class"],
    "directions": ["agreement, median |cos| [1]", "move along the direction [prior s.d.]"],
    "attribute_edits": ["strength [differences of the class means]", "change\n[s.d. over images]"],
    "between": ["way between the two codes [fraction]", "sharpness [1]", "other"],
    "samples": ["Drawn at random"],
    "sample_paths": ["way between two drawn latents [fraction]"],
    "adversarial_curves": [
        "critic's cross-entropy [nats/sample]",
        "generator's loss [nats/sample]",
        "variance of samples\n[variance of the data]",
        "epoch [passes]",
    ],
    "score_curves": ["KL weight beta [1]", "score [1]"],
    "score_table": ["accuracy of the beta-VAE metric's classifier [%]", "here less published\n[percentage points]"],
    "kl_terms": ["weight beta of the objective [1]", "KL and its parts [nats/sample]"],
    "factor_latents": ["mutual information over\nthe factor's entropy [1]", "z2   KL 3.00 nats"],
    "metric_agreement": ["Spearman's rank correlation [1]"],
    "metric_schematic": ["mean distance of two codes, 1 = usual [1]", "named right [%]\ndashed: chance"],
}


def written(figure, numbers, folder):
    names = [folder / f"figure.{ending}" for ending in ("png", "pdf", "csv")]
    save(figure, numbers, *names)
    return [name.read_bytes() for name in names]


@pytest.mark.parametrize("name", AXES)
def test_saved_twice_the_bytes_are_the_same(examples, name, tmp_path):
    function, arguments = examples[name]
    figure, numbers = function(**arguments)
    first = written(figure, numbers, tmp_path)
    assert written(figure, numbers, tmp_path) == first
    assert [part[:4] for part in first[:2]] == [b"\x89PNG", b"%PDF"]
    assert b"CreationDate" not in first[1]


@pytest.mark.parametrize("name", ["latent_scatter", "interpolation"])
def test_drawn_twice_the_bytes_are_the_same_whatever_the_users_settings(examples, name, tmp_path):
    function, arguments = examples[name]
    first = written(*function(**arguments), tmp_path)
    with matplotlib.rc_context({"font.size": 20, "lines.linewidth": 7, "pdf.fonttype": 3}):
        assert written(*function(**arguments), tmp_path) == first


@pytest.mark.parametrize("name", AXES)
def test_axes_and_labels_with_units(examples, name):
    function, arguments = examples[name]
    figure, _ = function(**arguments)
    assert len(figure.axes) == AXES[name]
    texts = {text.get_text() for text in figure.findobj(matplotlib.text.Text)}
    assert set(UNITS[name]) <= texts


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [
        ("latent_scatter", "labels", np.zeros(29)),
        ("latent_scatter", "codes", np.zeros((30, 3))),
        ("interpolation", "end_labels", ["5", "7"]),
        ("interpolation", "fractions", np.zeros(4)),
        ("latent_grid", "images", np.zeros((3, 4, 6, 5))),
        ("latent_grid", "values", np.zeros(4)),
        ("attribute_edits", "strengths", np.zeros(4)),
        ("between", "names", ["one"]),
        ("samples", "images", np.zeros((4, 6, 5))),
        ("sample_paths", "steps", np.zeros((4, 0, 6, 5))),
        ("reconstructions", "outputs", np.zeros((4, 5, 6))),
        ("reconstructions", "titles", ["3"]),
        ("traversals", "notes", ["one"]),
        ("traversals", "values", np.zeros(2)),
        ("future", "truth", np.zeros((4, 6, 5))),
        ("future", "frames", np.arange(2)),
        ("factor_latents", "kl", np.zeros(4)),
        ("metric_schematic", "pairs", np.zeros((2, 3, 6, 5))),
        ("metric_schematic", "accuracies", np.zeros(3)),
        ("geodesics", "z1", np.zeros(4)),
        ("geodesics", "converged", np.ones(3, dtype=bool)),
        ("geodesics", "straight", np.zeros((3, 9, 2))),
        ("random_walks", "codes", np.zeros((5, 3))),
        ("clusters", "truth", np.zeros(19)),
        ("mixtures", "groups", np.zeros(5)),
        ("directions", "moves", np.zeros(4)),
    ],
)
def test_shapes_that_do_not_fit_are_refused(examples, name, argument, value):
    function, arguments = examples[name]
    with pytest.raises(ValueError, match=r"shape \(.*; allowed: \("):
        function(**arguments | {argument: value})


def test_check_shapes_says_what_is_allowed():
    with pytest.raises(ValueError, match=r"^labels: shape \(5,\); allowed: \(sample\) with sample = 6$"):
        check_shapes({"codes": (np.zeros((6, 2)), "sample 2"), "labels": (np.zeros(5), "sample")})
    with pytest.raises(ValueError, match=r"^codes: shape \(0, 2\)"):
        check_shapes({"codes": (np.zeros((0, 2)), "sample 2")})


def test_numbers_are_written_with_six_digits(tmp_path):
    numbers = pd.DataFrame({"lam": [1e-4, 1 / 3], "part": ["a", "b"], "step": [1, 2]})
    figure = matplotlib.figure.Figure()
    assert written(figure, numbers, tmp_path)[2] == b"lam,part,step\n0.0001,a,1\n0.333333,b,2\n"


def test_evenly_keeps_both_ends():
    assert evenly(9, 5).tolist() == [0, 2, 4, 6, 8]
    assert evenly(3, 5).tolist() == [0, 1, 2]
    assert evenly(1, 4).tolist() == [0]


# Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB; the first is normal vision.
VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def lab(linear):
    """CIELAB of linear sRGB, D65."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ to_xyz.T / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


@pytest.mark.parametrize("vision", VISION)
def test_ten_colours_stay_apart_in_every_vision(vision):
    rgb = np.array([matplotlib.colors.to_rgb(colour) for colour in TEN])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = lab(np.clip(linear @ np.transpose(VISION[vision]), 0, 1))
    distances = np.linalg.norm(seen[:, None] - seen, axis=-1)
    assert distances[np.triu_indices(10, 1)].min() > 22


def test_colours_by_count():
    assert colours(8) == OKABE_ITO
    assert colours(10) == TEN
    with pytest.raises(ValueError, match="categories = 11: allowed: at most 10"):
        colours(11)
