"""Representations that learn little or nothing, against independent computations."""

import numpy as np
import pytest

from curvae.scores import higgins
from curvae.scores.baselines import ground_truth, ica, pca, pixels, score_baselines, stacked

SHARED = {"samples": 600, "seed": 0, "factor_names": ["a", "b"]}


@pytest.fixture(scope="module")
def images():
    """400 images of 6 x 8 pixels: three sources of different variance, mixed at random, and noise."""
    rng = np.random.default_rng(0)
    mixing = np.linalg.qr(rng.normal(size=(48, 3)))[0] * [5.0, 3.0, 2.0]
    sources = rng.uniform(-1, 1, (400, 3))
    return (sources @ mixing.T + 1e-3 * rng.normal(size=(400, 48))).reshape(400, 6, 8) + 7.0, sources


def test_ground_truth_is_the_standardised_factors():
    factors = np.array([[0, 10], [1, 20], [2, 60]])
    codes = ground_truth(factors)
    np.testing.assert_allclose(codes.mean(axis=0), 0, atol=1e-15)
    np.testing.assert_allclose(codes.std(axis=0), 1, rtol=1e-15)
    np.testing.assert_allclose(np.corrcoef(codes.T, factors.T)[:2, 2:].diagonal(), 1, rtol=1e-14)


def test_ground_truth_is_told_without_error(sprites):
    factors = sprites[1][:4000]
    for preset in ("default", "dlib"):
        score = higgins(ground_truth(factors), factors, preset=preset, train=500, test=300, bootstrap=0, permutations=0)
        assert score.value == 1


def test_pixels_are_those_that_vary():
    images = np.zeros((3, 2, 2), dtype=np.uint8)
    images[:, 0, 1], images[:, 1, 0], images[:, 1, 1] = [0, 1, 0], [1, 1, 1], [0, 0, 1]
    np.testing.assert_array_equal(pixels(images), [[0, 0], [1, 0], [0, 1]])


@pytest.mark.parametrize("components", [2, 30])
def test_pca_is_the_leading_part_of_the_singular_value_decomposition(images, components):
    train, test = images[0][:300], images[0][300:]
    flat = train.reshape(300, -1)
    _, _, directions = np.linalg.svd(flat - flat.mean(axis=0), full_matrices=False)
    expected = (test.reshape(100, -1) - flat.mean(axis=0)) @ directions[:components].T
    np.testing.assert_allclose(np.abs(pca(train, test, components)), np.abs(expected), rtol=1e-6, atol=1e-9)


def test_pca_does_not_look_at_what_it_maps(images):
    train, test = images[0][:300], images[0][300:]
    np.testing.assert_allclose(pca(train, test, 3)[:5], pca(train, test[:5], 3), atol=1e-12)


def test_ica_finds_independent_sources(images):
    train, sources = images
    codes = ica(train, train, 3, seed=1)
    np.testing.assert_allclose(codes.var(axis=0), 1, rtol=1e-6)
    found = np.abs(np.corrcoef(codes.T, sources.T)[:3, 3:])
    assert sorted(found.argmax(axis=1)) == [0, 1, 2]
    assert found.max(axis=1).min() > 0.99
    assert np.sort(found, axis=1)[:, :2].max() < 0.15
    np.testing.assert_array_equal(codes, ica(train, train, 3, seed=1))


@pytest.mark.parametrize("baseline", [pca, ica])
@pytest.mark.parametrize("components", [0, 49])
def test_more_components_than_pixels_are_refused(images, baseline, components):
    with pytest.raises(ValueError, match=f"components = {components}: allowed: 1 to 48, with 400 training images"):
        baseline(images[0], images[0], components)


def test_raw_pixels_are_scored_by_the_metric_that_can_bear_them():
    rng = np.random.default_rng(1)
    factors = rng.integers(4, size=(600, 2))
    codes = rng.normal(size=(600, 12))
    codes[:, :2] = factors
    codes[:, 2:] *= 1e-4
    stacks = [
        stacked([codes], representation=["pixels"], seed=[0]),
        stacked([codes, codes[::-1]], representation=["ica"] * 2, seed=[0, 1]),
    ]
    few = {"bootstrap": 0, "permutations": 0}
    settings = {"higgins": {**few, "train": 100, "test": 50, "batch": 8}, "mig": few}
    table = score_baselines(stacks, factors, settings=settings, **SHARED)
    assert table["representation"].tolist() == ["pixels"] + ["ica"] * 4
    assert table["metric"].tolist() == ["higgins"] + ["higgins", "mig"] * 2
    assert table.loc[0, "value"] == table.loc[1, "value"] == 1
    assert table["seed"].tolist() == [0, 0, 0, 1, 1]
    assert table.loc[0, "warnings"].startswith("latent 2 has collapsed")
    assert table["warnings"].str.len().max() <= 500
