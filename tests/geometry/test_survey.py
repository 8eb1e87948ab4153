"""A survey's arrays agree with the metric and the geodesics that they come from."""

import numpy as np
import pytest
import torch

from curvae.geometry import PullbackMetric, survey


def decoder(z):
    """A curved sheet in three dimensions."""
    return torch.stack([z[:, 0], z[:, 1], torch.sin(2 * z[:, 0]) * z[:, 1]], dim=1)


@pytest.fixture(scope="module")
def found():
    codes = torch.randn(100, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return codes, *survey(decoder, codes, pairs=5, grid=11, pieces=16, seed=1)


def test_map_covers_codes_and_curves_and_holds_the_magnification(found):
    codes, arrays, _ = found
    assert arrays["z1"].min() < min(codes[:, 0].min().item(), arrays["curves"][0, ..., 0].min().item())
    assert arrays["z2"].max() > max(codes[:, 1].max().item(), arrays["curves"][0, ..., 1].max().item())
    point = torch.tensor([[arrays["z1"].values[3], arrays["z2"].values[7]]])
    expected = PullbackMetric(decoder).magnification(point).item()
    assert arrays["magnification"].sel(z1=point[0, 0].item(), z2=point[0, 1].item()).item() == pytest.approx(expected)


def test_curves_join_the_pairs_and_are_no_longer_than_straight_lines(found):
    codes, arrays, table = found
    assert len(set(table["start"]) | set(table["end"])) == 10
    np.testing.assert_allclose(arrays["curves"][0, :, 0], codes.numpy()[table["start"]], atol=1e-12)
    np.testing.assert_allclose(arrays["curves"][0, :, -1], codes.numpy()[table["end"]], atol=1e-12)
    assert table["converged"].all()
    assert (table["length"] <= table["straight_length"] * (1 + 1e-9)).all()
    chords = np.linalg.norm(np.diff(decoder(torch.tensor(arrays["curves"][0, 0].values)).numpy(), axis=0), axis=1)
    assert chords.sum() == pytest.approx(table.loc[0, "length"], rel=2e-3)
    film = decoder(torch.tensor(arrays["curves"].sel(way="straight")[2, [0, -1]].values)).numpy()
    np.testing.assert_allclose(arrays["film"].sel(way="straight")[2, [0, -1]], film, rtol=1e-5)


def test_ways_go_on_beyond_their_ends(found):
    codes, arrays, table = found
    onward, curves = arrays["onward"], arrays["curves"]
    np.testing.assert_allclose(onward.sel(beyond=1.0), curves.sel(time=1.0), atol=1e-9)
    starts, ends = (codes.numpy()[table[name]] for name in ("start", "end"))
    np.testing.assert_allclose(onward.sel(way="straight", beyond=1.5), 1.5 * ends - 0.5 * starts, atol=1e-9)
    # the geodesic leaves its end in the direction that it came from, and goes on as fast
    surface = decoder(torch.tensor(onward.sel(way="geodesic").values).flatten(0, 1)).view(5, 17, 3)
    pace = surface.diff(dim=1).norm(dim=2).numpy() * 32
    np.testing.assert_allclose(pace, np.broadcast_to(table["length"].to_numpy()[:, None], pace.shape), rtol=0.02)
    film = decoder(torch.tensor(onward.sel(way="straight", beyond=1.5).values)).numpy()
    np.testing.assert_allclose(arrays["film_onward"].sel(way="straight", far=1.5), film, rtol=1e-5)
    assert (table["onward_geodesic"] >= 0).all()
    assert (table["onward_straight"].max()) > 0


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (torch.zeros(10, 3), "allowed: finite, \\[point, 2\\]"),
        (torch.full((10, 2), torch.nan), "allowed: finite"),
        (torch.zeros(9, 2), "pairs = 5: allowed: at most 4"),
    ],
)
def test_codes_that_do_not_fit_are_refused(codes, words):
    with pytest.raises(ValueError, match=words):
        survey(decoder, codes, pairs=5, grid=5, pieces=8)
