"""What is put into a page: weights in few bits where the images allow it, as many members as fit, safe text."""

import json
import re

import numpy as np
import pytest
import torch
import xarray as xr
from small_pages import SAMPLES, factors, member_of, rollouts_of, stack_of

from curvae import explorer
from curvae.explorer import members as sweep


def data_of(text):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])


def test_members_decode_as_the_model_does():
    stack = stack_of(latent=3, activation="elu", decoder_activation="softplus", likelihood="gaussian")
    member = member_of(stack)
    expected = stack.decode(member.codes[None])[0].reshape(SAMPLES, -1)
    np.testing.assert_allclose(member.decode(member.codes), expected, atol=1e-6)


@pytest.mark.parametrize(("gain", "kept"), [(1.0, {"step"}), (6.0, {"step", "lower"}), (500.0, set())])
def test_weights_take_16_or_20_bits_unless_a_pixel_would_change(gain, kept):
    layers = sweep.packed(member_of(stack_of(gain=gain, likelihood="gaussian")))["layers"]
    assert all(layer.keys() == {"weight", "bias", *kept} for layer in layers)


def test_the_page_has_as_many_members_as_fit_evenly_chosen():
    members = [member_of(stack_of(seed=k), seed=k) for k in range(40)]
    whole = explorer.page("t", "a", members[:9], factors(), shape=(8, 8), shown=4)
    assert [m["axes"]["seed"] for m in data_of(whole)["members"]] == list(range(9))
    assert data_of(whole)["shown"] == 4
    small = explorer.page("t", "a", members[:9], factors(), shape=(8, 8), shown=4, limit=len(whole) - 15000)
    assert len(small) <= len(whole) - 15000
    kept = [m["axes"]["seed"] for m in data_of(small)["members"]]
    assert kept[0] == 0
    assert kept[-1] == 8
    assert kept[data_of(small)["shown"]] == 4
    assert data_of(small)["all"] == 9
    many = data_of(explorer.page("t", "a", members, factors(), shape=(8, 8), shown=7))
    assert len(many["members"]) in (24, 25)
    alone = data_of(explorer.page("t", "a", members, factors(), shape=(8, 8), shown=7, limit=0))
    assert [m["axes"]["seed"] for m in alone["members"]] == [7]


def test_few_whole_numbers_are_labels_and_others_are_not():
    label, number = data_of(explorer.page("t", "a", [member_of(stack_of())], factors(), shape=(8, 8)))["factors"]
    assert label["labels"]["values"] == [0, 1, 2]
    assert (label["unit"], number["unit"], number["labels"]) == ("", "px", None)


def test_data_without_factors_make_a_page():
    none = xr.DataArray(np.empty((SAMPLES, 0)), dims=("sample", "factor"), coords={"factor": []}, attrs={"units": []})
    assert data_of(explorer.page("t", "a", [member_of(stack_of())], none, shape=(8, 8)))["factors"] == []


def test_rollouts_are_cut_to_the_first_trajectories_and_seed():
    frames, seeds, runs = 6, 2, 5
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (runs * 10, 8, 8)).astype(np.float32) / 255
    where = rng.random((runs * 10, 2))
    codes = rng.random((runs * 10, 3)).astype(np.float32)
    truth = xr.Dataset(
        {"images": (("sample", "row", "column"), images), "factors": (("sample", "factor"), where)},
        coords={"factor": ["x", "y"], "trajectory": ("sample", np.repeat(np.arange(runs), 10))},
    )
    dims, latents = ("seed", "trajectory", "frame"), rng.random((seeds, runs, frames, 3))
    seen = where.reshape(runs, 10, 2)[None, :, 4:] + np.zeros((seeds, 1, 1, 1))
    film = xr.Dataset(
        {"latents": ((*dims, "latent"), latents), "positions": ((*dims, "axis"), seen + np.array([3, 4]))}
    )
    film = film.assign_coords(frame=np.arange(4, 10))
    found = explorer.Rollouts.of({"last_frame": film}, truth, codes, most=2)
    assert (found.names, found.first) == (["last frame"], 4)
    np.testing.assert_array_equal(found.latents[0], latents[0, :2])
    np.testing.assert_allclose(found.errors, 5)
    np.testing.assert_array_equal(found.films, np.rint(255 * images.reshape(runs, 10, 8, 8)[:2, 4:]))
    np.testing.assert_array_equal(found.codes, codes.reshape(runs, 10, 3)[:2, 4:])


def test_nothing_in_the_data_ends_its_element():
    evil = "</script><!--"
    text = explorer.page(evil, evil, [member_of(stack_of(), **{evil: 1})], factors((evil, "x")), shape=(8, 8))
    assert data_of(text)["about"] == evil
    assert text.count("</script>") == 2


def test_the_page_asks_for_no_other_file():
    text = explorer.page("t", "a", [member_of(stack_of(latent=3))], factors(), shape=(8, 8), rollouts=rollouts_of(3))
    page = re.sub(r'<script type="application/json".*?</script>', "", text, flags=re.DOTALL)
    assert re.findall(r"""(?:src|href)\s*=\s*["'](?!data:)|url\(|@import""", page) == []
    assert "https:" not in page
    assert "http:" not in page
    assert len(text) < explorer.page.__kwdefaults__["limit"]


def test_what_cannot_be_shown_is_refused():
    stack = stack_of()
    member = member_of(stack)
    with pytest.raises(ValueError, match=r"images of shape \(8, 8, 3\): allowed"):
        explorer.page("t", "a", [member], factors(), shape=(8, 8, 3))
    with pytest.raises(ValueError, match=r"60 codes, 64 pixels; allowed: 60, as there are factors, and 81"):
        explorer.page("t", "a", [member], factors(), shape=(9, 9))
    with pytest.raises(ValueError, match=r"codes of 1 latents: allowed: two or more"):
        member_of(stack_of(latent=1))
    weights = {name: w[0] * torch.nan for name, w in stack.weights.items()}
    with pytest.raises(ValueError, match="NaN or infinite"):
        explorer.Member.of({}, weights, stack.model.settings, member.codes)
