"""Random streams: known words, the right distribution, and no dependence on the company."""

import numpy as np
import pytest
import torch
from scipy import stats

from curvae.sweep import streams
from curvae.sweep.streams import Purpose, normals, orders, uniforms, words


def test_words_are_splitmix64s():
    known = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
    assert words(1234567, 5).numpy().view(np.uint64).tolist() == known


def test_normals_are_normal():
    z = normals(range(20), Purpose.NOISE, 1, (5001, 2)).numpy()
    assert z.shape == (20, 5001, 2)
    assert stats.kstest(z.ravel(), "norm").pvalue > 0.01
    assert z.mean() == pytest.approx(0, abs=4 / np.sqrt(z.size))
    assert z.var() == pytest.approx(1, abs=4 * np.sqrt(2 / z.size))


def test_neighbouring_numbers_streams_and_epochs_are_uncorrelated():
    z = np.stack([normals([seed], Purpose.NOISE, epoch, (20000,))[0].numpy() for seed in (0, 1) for epoch in (1, 2)])
    rows = np.concatenate([z[:, :-1], z[:, 1:], np.roll(z, 10000, axis=1)[:, 1:]])
    correlation = np.corrcoef(rows) - np.eye(len(rows))
    assert np.abs(correlation).max() < 4.5 / np.sqrt(20000)
    assert np.abs(np.corrcoef(rows**2) - np.eye(len(rows))).max() < 4.5 / np.sqrt(20000)


def test_an_order_is_a_permutation_in_which_every_place_is_as_likely():
    found = orders(range(3000), 1, 7).numpy()
    assert (np.sort(found, axis=1) == np.arange(7)).all()
    counts = np.stack([np.bincount(found[:, place], minlength=7) for place in range(7)])
    assert stats.chisquare(counts, axis=1).pvalue.min() > 1e-3


def test_streams_depend_on_seed_purpose_and_epoch_and_not_on_company_or_type():
    keys = [(seed, purpose, epoch) for seed in (0, 1) for purpose in Purpose for epoch in (0, 1)]
    assert len({tuple(normals([seed], purpose, epoch, (3,))[0].tolist()) for seed, purpose, epoch in keys}) == len(keys)
    assert torch.equal(orders([4, 9], 2, 50)[1], orders([9], 2, 50)[0])
    double = normals([4, 9], Purpose.NOISE, 2, (50, 3))
    single = normals([9], Purpose.NOISE, 2, (50, 3), dtype=torch.float32)
    assert torch.equal(double[1].float(), single[0])


def test_streams_made_together_as_on_a_gpu_are_those_made_one_after_the_other(monkeypatch):
    asked = ([4, 9, 2**31], Purpose.NOISE, 2, (51, 3))
    apart = normals(*asked), uniforms(*asked), orders(asked[0], 2, 200)
    monkeypatch.setitem(streams.TOGETHER, "cpu", 400)
    together = normals(*asked), uniforms(*asked), orders(asked[0], 2, 200)
    torch.testing.assert_close(together[0], apart[0], rtol=1e-14, atol=1e-14)
    assert torch.equal(together[1], apart[1])
    assert torch.equal(together[2], apart[2])
