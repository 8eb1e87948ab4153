"""All roles at once: each is judged on its own results, and its rows name its own runs."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from curvae.claims import check, convolutional_claims, density_claims, digits_claims, gather, grid_claims, used


def summary(seeds):
    return pd.DataFrame(
        [
            {"member": s, "seed": s, "split": split, "recon": 145.0, "recon_mean": 139.5, "kl": 6.1}
            for s in range(seeds)
            for split in ("train", "validation")
        ]
    )


def images(digits):
    return xr.Dataset({"factors": (("sample", "factor"), np.array(digits, dtype=float)[:, None])})


def codes(values):
    return xr.Dataset({"mean": (("member", "sample", "latent"), values)})


def density(gain):
    return pd.DataFrame({"density": ["prior", "realnvp"], "nats": [-3.0, gain - 3.0], "expansion": [np.nan, gain]})


RUNS = {"digits": ["few", "many"], "convolutional": ["deep"], "density": ["b", "a"]}


@pytest.fixture
def drawn():
    return np.random.default_rng(0).normal(size=(3, 60, 2))


def test_every_role_is_judged_on_its_own_results_and_names_its_own_runs(drawn):
    digit = np.arange(60) // 6
    found = check(
        {
            "digits": [summary(3)],
            "digits_data": [images(digit)],
            "digits_latents": [codes(drawn[:1]), codes(drawn[1:])],
            "convolutional_data": [images(digit[::-1])],
            "convolutional_latents": [codes(drawn[:2])],
            "density": [density(2.0), density(0.0)],
        },
        RUNS,
    )
    expected = [
        *used(digits_claims(summary(3), drawn, digit), RUNS["digits"]),
        *used(convolutional_claims(drawn[:2], digit[::-1]), RUNS["convolutional"]),
        *used(grid_claims(drawn[:2], digit[::-1], (drawn, digit)), ["deep", "few", "many"]),
        *used(density_claims({"b": density(2.0), "a": density(0.0)}), RUNS["density"]),
    ]
    pd.testing.assert_frame_equal(gather(found), gather(expected))
    assert [(row["claim"], row["verdict"]) for row in found[-4:]] == [
        ("density.b.prior", "reproduced"),
        ("density.b.expansion", "reproduced"),
        ("density.a.prior", "not reproduced"),
        ("density.a.expansion", "not reproduced"),
    ]


def test_no_results_no_rows():
    assert check({}, RUNS) == []


def test_a_density_without_its_name_is_refused():
    with pytest.raises(ValueError, match="shorter"):
        check({"density": [density(2.0)]}, RUNS)
