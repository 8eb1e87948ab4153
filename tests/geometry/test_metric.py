"""The pull-back metric against closed forms and against autograd's Jacobian."""

from itertools import pairwise

import pytest
import torch
from torch.func import jacrev, vmap

from curvae.geometry import PullbackMetric
from curvae.geometry import metric as metric_module
from curvae.geometry.metric import expand


def random_decoder(seed: int, dims=(3, 8, 12), last=torch.sigmoid):
    g = torch.Generator().manual_seed(seed)
    weights = [torch.randn(i, o, generator=g, dtype=torch.float64) for i, o in pairwise(dims)]

    def decode(z):
        for w in weights[:-1]:
            z = torch.tanh(z @ w.to(z))
        return last(z @ weights[-1].to(z))

    return decode


def codes(n: int = 11, d: int = 3) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


def jacobian(f, z):
    return vmap(jacrev(lambda row: f(row[None])[0]))(z)


def test_a_linear_decoder_has_a_constant_metric():
    a = torch.randn(20, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    metric = PullbackMetric(lambda z: z @ a.mT + 0.3)
    expected = (a.mT @ a).expand(11, 3, 3)
    torch.testing.assert_close(metric.matrix(codes()), expected, rtol=1e-13, atol=1e-13)
    volume = torch.linalg.det(a.mT @ a).sqrt().expand(11)
    torch.testing.assert_close(metric.magnification(codes()), volume, rtol=1e-12, atol=0)


@pytest.mark.parametrize("std", [None, random_decoder(2, last=torch.nn.functional.softplus)])
@pytest.mark.parametrize("chunk", [3, 512])
def test_metric_is_the_gram_matrix_of_autograd_jacobians(std, chunk):
    mean, z = random_decoder(1), codes()
    expected = sum(j.mT @ j for j in (jacobian(f, z) for f in (mean, std) if f))
    metric = PullbackMetric(mean, std, chunk=chunk)
    m = metric.matrix(z)
    torch.testing.assert_close(m, expected, rtol=1e-12, atol=1e-13)
    assert torch.equal(m, m.mT)
    assert (torch.linalg.eigvalsh(m) > 0).all()
    torch.testing.assert_close(metric.magnification(z), torch.linalg.det(expected).sqrt(), rtol=1e-10, atol=0)
    u, v = codes().flip(0), codes().roll(1, 1)
    inner = torch.einsum("ni,nij,nj->n", u, expected, v)
    torch.testing.assert_close(metric.inner(z, u, v), inner, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("dims", [(2, 8, 12), (5, 8, 2), (50, 8, 60)], ids=["full", "two of five", "eight of fifty"])
@pytest.mark.parametrize("std", [False, True])
def test_no_eigenvalue_of_the_metric_is_below_zero(dims, std):
    """A latent space wider than what the decoder keeps has a metric of less than full rank."""
    deviation = random_decoder(2, dims, torch.nn.functional.softplus) if std else None
    metric = PullbackMetric(random_decoder(1, dims), deviation)
    least, largest = torch.linalg.eigvalsh(metric.matrix(codes(200, dims[0])))[:, [0, -1]].mT
    assert least.min() >= -1e-10
    assert largest.min() > 0
    rank = min(dims) * (2 if std else 1)
    assert (least.max() < 1e-10) == (rank < dims[0])


def test_metric_is_the_mean_of_sampled_jacobians():
    mean, std = random_decoder(1), random_decoder(2)
    z = codes(1)
    eps = torch.randn(100_000, 12, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    j = jacobian(mean, z) + eps * jacobian(std, z)
    m = PullbackMetric(mean, std).matrix(z)[0]
    assert (torch.einsum("nki,nkj->ij", j, j) / len(j) - m).norm() < 0.01 * m.norm()


def test_dtype_follows_the_codes():
    metric = PullbackMetric(random_decoder(1))
    single = metric.matrix(codes().float())
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), metric.matrix(codes()), rtol=1e-4, atol=1e-5)


def test_a_ridge_adds_to_the_metric_and_to_nothing_else():
    plain, lifted = (PullbackMetric(random_decoder(1), random_decoder(2), ridge=r) for r in (0.0, 0.3))
    z, v, a = codes(), codes().roll(1, 0), codes().roll(2, 0)
    unit = 0.3 * torch.eye(3, dtype=torch.float64)
    torch.testing.assert_close(lifted.matrix(z), plain.matrix(z) + unit, rtol=1e-12, atol=0)
    torch.testing.assert_close(lifted.inner(z, v, a), plain.inner(z, v, a) + 0.3 * (v * a).sum(1), rtol=1e-11, atol=0)
    own, other = expand(lifted, z, v, a), expand(plain, z, v, a)
    expected = other._replace(matrix=other.matrix + unit[..., None], momentum=other.momentum + 0.3 * v.mT)
    for mine, its in zip(own[:-1], expected[:-1], strict=True):
        torch.testing.assert_close(mine, its, rtol=1e-11, atol=1e-13)
    torch.testing.assert_close(own.curvature, other.curvature, rtol=1e-10, atol=1e-12)


def test_a_constant_decoder_has_a_zero_metric():
    metric = PullbackMetric(lambda z: torch.ones(len(z), 4, dtype=z.dtype))
    assert torch.equal(metric.matrix(codes()), torch.zeros(11, 3, 3, dtype=torch.float64))
    assert torch.equal(metric.magnification(codes()), torch.zeros(11, dtype=torch.float64))


def test_both_expansions_agree_on_first_order_terms():
    class Opaque:
        def __init__(self, metric):
            self.matrix = metric.matrix

    metric = PullbackMetric(random_decoder(1), random_decoder(2))
    z, v, a = codes(), codes().roll(1, 0), codes().roll(2, 0)
    own, general = expand(metric, z, v, a), expand(Opaque(metric), z, v, a)
    for field in ("matrix", "momentum", "force"):
        torch.testing.assert_close(getattr(own, field), getattr(general, field), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("decoder", "message"),
    [
        (lambda z: z.log(), "not finite at"),
        (lambda z: z[:, :, None], "decoder returns shape"),
        (lambda z: z[:2], "decoder returns shape"),
        (lambda z: z.float(), "decoder returns torch.float32: must be torch.float64"),
    ],
)
def test_bad_decoders_are_named(decoder, message):
    with pytest.raises(ValueError, match=message):
        PullbackMetric(decoder).matrix(-codes().abs())


def test_bad_arguments_are_named():
    metric = PullbackMetric(random_decoder(1))
    with pytest.raises(ValueError, match="codes have shape"):
        metric.matrix(codes()[0])
    with pytest.raises(ValueError, match="codes have shape"):
        metric.matrix(torch.ones(4, 3, dtype=torch.long))
    with pytest.raises(ValueError, match="tangents have shapes"):
        metric.inner(codes(), codes()[:2], codes())
    with pytest.raises(ValueError, match="chunk is 0"):
        PullbackMetric(random_decoder(1), chunk=0)
    for ridge in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=f"ridge = {ridge}: allowed: finite, at least 0"):
            PullbackMetric(random_decoder(1), ridge=ridge)


def test_directions_at_once_are_those_one_by_one(monkeypatch):
    metric = PullbackMetric(
        random_decoder(0, (5, 8, 12)), random_decoder(1, (5, 6, 4), torch.nn.functional.softplus), chunk=35
    )
    z, v, a = torch.randn(3, 12, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    at_once, slopes = metric.expand(z, v, a), metric.slopes(z, v)
    monkeypatch.setattr(metric_module, "FEW_LATENTS", 5)
    for mine, other in zip((*at_once, *slopes[:4]), (*metric.expand(z, v, a), *metric.slopes(z, v)[:4]), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-12, atol=1e-12)


class Cube(torch.autograd.Function):
    """What vmap has no rule for."""

    @staticmethod
    def forward(x):
        return x**3

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx, slope):
        return 3 * ctx.saved_tensors[0] ** 2 * slope

    @staticmethod
    def jvp(ctx, tangent):
        return 3 * ctx.saved_tensors[0] ** 2 * tangent


def test_a_decoder_whose_directions_cannot_go_at_once_has_them_one_by_one(caplog):
    caplog.set_level("DEBUG", metric_module.__name__)
    z, v = torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    own, plain = (PullbackMetric(f).slopes(z, v) for f in (Cube.apply, lambda z: z**3))
    torch.testing.assert_close(own.matrix, plain.matrix, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(own.momentum, plain.momentum, rtol=1e-12, atol=1e-12)
    (record,) = caplog.records
    assert record.message.startswith("directions one by one: ")


def test_second_derivatives_of_a_matrix_in_many_latents_do_not_depend_on_how_many_points_go_at_once(monkeypatch):
    class Opaque:
        matrix = PullbackMetric(random_decoder(0, (5, 8, 12))).matrix

    z, v = torch.randn(2, 12, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    whole = expand(Opaque(), z, v, v).curvature
    monkeypatch.setattr(metric_module, "ROWS", 35)
    torch.testing.assert_close(expand(Opaque(), z, v, v).curvature, whole, rtol=1e-12, atol=1e-12)
