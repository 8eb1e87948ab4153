"""Decoders undone: exact in double precision, refused where it cannot work, and fragile under noise."""

from itertools import pairwise

import pandas as pd
import pytest
import torch

from curvae.geometry.inversion import INVERSES, decode, gauss_newton, least_squares_inverse, level_pieces, noise_study

SMOOTH = [name for name in INVERSES if name != "identity"]


def layers(*widths, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [
        (
            torch.randn(b, a, generator=generator, dtype=torch.float64) / a**0.5,
            0.3 * torch.randn(b, generator=generator, dtype=torch.float64),
        )
        for a, b in pairwise(widths)
    ]


def codes(count=20, seed=1):
    return torch.randn(count, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("output", ["identity", "sigmoid"])
@pytest.mark.parametrize("activation", SMOOTH)
def test_codes_come_back_in_double_precision(activation, output):
    net, z = layers(2, 16, 32, 64), codes()
    x = decode(net, z, activation, output)
    assert (least_squares_inverse(net, x, activation, output) - z).abs().max() < 1e-8


def test_what_cannot_be_inverted_is_refused():
    net, z = layers(2, 8, 16), codes()
    x = decode(net, z, "elu")
    with pytest.raises(ValueError, match="activation = 'relu': every number below 0 becomes 0"):
        least_squares_inverse(net, x, "relu")
    with pytest.raises(ValueError, match="activation = 'swish': allowed: identity, leaky_relu"):
        least_squares_inverse(net, x, "swish")
    single = [(w.float(), b.float()) for w, b in net]
    for bad in ((single, x), (net, x.float())):
        with pytest.raises(ValueError, match="dtype: not float64"):
            least_squares_inverse(*bad, "elu")


def test_of_many_solutions_it_takes_the_one_of_least_norm_and_the_ridge_another():
    """A wide matrix: A^+ b is the limit of the ridge at alpha -> 0, and the ridge at 1 solves no A x = b."""
    ((a, bias),) = layers(5, 3)
    b = torch.randn(4, 3, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    least = least_squares_inverse([(a, bias)], b, "elu")
    torch.testing.assert_close(least @ a.T + bias, b)
    other = least + torch.linalg.svd(a).Vh[3]
    torch.testing.assert_close(other @ a.T + bias, b)
    assert (least.norm(dim=1) < other.norm(dim=1)).all()
    ridge = {alpha: least_squares_inverse([(a, bias)], b, "elu", alpha=alpha) for alpha in (1e-9, 1.0)}
    torch.testing.assert_close(ridge[1e-9], least, rtol=1e-6, atol=1e-6)
    dual = (b - bias) @ torch.linalg.solve(a @ a.T + torch.eye(3, dtype=torch.float64), a)
    torch.testing.assert_close(ridge[1.0], dual)
    assert (ridge[1.0] @ a.T + bias - b).norm() > 0.1


def test_pieces_of_level_sets_are_counted_once():
    y, x = torch.meshgrid(*2 * [torch.linspace(-3, 3, 61, dtype=torch.float64)], indexing="ij")
    blob = lambda a, b: torch.exp(-((x - a) ** 2) - (y - b) ** 2)  # noqa: E731
    ring = torch.exp(-(((x**2 + y**2).sqrt() - 2) ** 2) * 4)
    pixels = [0 * x, 1 + x, blob(0, 0), blob(-1.5, 0) + blob(1.5, 0), ring, x**2 / 4, ring.clamp(max=0.9) + (x > 2.95)]
    table = level_pieces(torch.stack(pixels, dim=2).numpy())
    assert table["pieces"].tolist() == [0, 1, 1, 2, 2, 1, 3]  # of the two lines x^2 = 2 both reach the edge
    assert table["high"].tolist()[:2] == [0, 4]


def test_gauss_newton_finds_the_code_and_never_climbs():
    net, z = layers(2, 16, 64), codes()
    x = decode(net, z, "tanh")
    path = gauss_newton(lambda z: decode(net, z, "tanh"), x, torch.zeros_like(z))
    assert (path[-1] - z).abs().max() < 1e-8
    misfits = torch.stack([(x - decode(net, step, "tanh")).square().sum(1) for step in path])
    assert (misfits.diff(dim=0) <= 0).all()


@pytest.mark.parametrize("activation", ["elu", "leaky_relu"])
def test_a_little_noise_breaks_the_layers_and_not_gauss_newton(activation):
    net, z = layers(2, 16, 32, 64, seed=3), codes()
    table = noise_study(net, z, activation, "identity", (0.0, 0.01), z).set_index(["method", "noise"])["error"]
    assert table["layer by layer", 0.0] < 1e-8
    assert table["Gauss-Newton", 0.01] < 0.02
    assert table["layer by layer", 0.01] > 3 * table["Gauss-Newton", 0.01]


@pytest.mark.parametrize(("activation", "least", "most"), [("elu", 0.5, 10), ("leaky_relu", 30, 1000)])
def test_pixel_noise_of_a_hundredth_is_too_much_for_a_digits_decoder_undone_in_layers(activation, least, most):
    """2-50-50-784 with random weights: the answer 0 has an error of 1."""
    tables = []
    for seed in range(5):
        net, z = layers(2, 50, 50, 784, seed=seed), codes(seed=100 + seed)
        tables.append(noise_study(net, z, activation, "sigmoid", (0.0, 0.01), torch.zeros_like(z), seed=seed))
    errors = pd.concat(tables).groupby(["method", "noise"])["error"].median()
    assert errors["layer by layer", 0.0] < 1e-8
    assert least < errors["layer by layer", 0.01] < most
    assert errors["Gauss-Newton", 0.01] < 0.01
