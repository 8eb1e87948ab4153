"""The misfit as one kernel, interpreted where there is no GPU, gives what operations of torch give."""

import math
import os
import subprocess
import sys

import pytest
import torch

from curvae.nets import fused
from curvae.nets.fused import output_nats

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
PRECISION = {torch.float64: 1e-12, torch.float32: 1e-6}
LIKELIHOODS = ("bernoulli", "gaussian")


@pytest.fixture
def misfit(modules):
    modules(["triton"], "envs/gpu.txt")
    from curvae import misfit

    return misfit


@pytest.fixture
def kernel(misfit, monkeypatch):
    """Says whether the kernel is used, on whichever device there is."""
    assert misfit.works(torch.device(DEVICE))
    return lambda used: monkeypatch.setattr(fused, "misfit_kernel", lambda _: misfit.misfit if used else None)


def drawn(features, dtype):
    generator = torch.Generator().manual_seed(0)
    h, w, b = (torch.randn(s, generator=generator, dtype=torch.float64) for s in ((3, 5, 4), (3, 4, features), (3, 8)))
    x = torch.rand(3, 5, features, generator=generator, dtype=torch.float64)
    b = b.repeat(1, -(-features // 8))[:, :features]
    return [t.to(DEVICE, dtype, copy=True).contiguous() for t in (h, w, b, x)]


def value_and_gradients(h, w, b, x, likelihood):
    leaves = [t.detach().clone().requires_grad_() for t in (h, w, b)]
    nats = output_nats({"net.weight": leaves[1], "net.bias": leaves[2]}, "net", leaves[0], x, likelihood)
    return [nats, *torch.autograd.grad((nats * torch.arange(1, 6).to(nats)).sum(), leaves)]


def relative(found, expected):
    return max(((a - b).norm() / b.norm()).item() for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize("features", [1, 9, 784, 1500])
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("dtype", PRECISION)
def test_value_and_gradients_are_those_of_torch(kernel, dtype, likelihood, features):
    given = drawn(features, dtype)
    kernel(False)
    expected = value_and_gradients(*given, likelihood)
    kernel(True)
    assert relative(value_and_gradients(*given, likelihood), expected) < PRECISION[dtype]


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_data_that_members_share_need_not_be_repeated(kernel, likelihood):
    h, w, b, x = drawn(9, torch.float64)
    kernel(True)
    shared = x[:1].expand(3, -1, -1)
    expected = value_and_gradients(h, w, b, shared.contiguous(), likelihood)
    assert relative(value_and_gradients(h, w, b, shared, likelihood), expected) == 0
    strided = x.mT.contiguous().mT
    assert relative(value_and_gradients(h, w, b, strided, likelihood), value_and_gradients(h, w, b, x, likelihood)) == 0


def test_far_logits_neither_overflow_nor_vanish(misfit):
    a = [-1e4, -200.0, -30.0, 30.0, 200.0, 1e4]
    for x in (0.0, 0.25, 1.0):
        y = torch.tensor(a, dtype=torch.float64, device=DEVICE).view(1, 6, 1)
        nats = misfit.misfit(y, y.new_zeros(1, 1), torch.full_like(y, x), "bernoulli")
        expected = [max(value, 0) - x * value + math.log1p(math.exp(-abs(value))) for value in a]
        slopes = [math.exp(min(value, 0)) / (1 + math.exp(-abs(value))) - x for value in a]
        torch.testing.assert_close(nats.cpu(), torch.tensor([expected], dtype=torch.float64), rtol=1e-12, atol=1e-16)
        torch.testing.assert_close(y.flatten().cpu(), torch.tensor(slopes, dtype=torch.float64), rtol=1e-12, atol=0)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # numpy's, which interprets the kernel
def test_what_is_not_a_number_harms_its_own_row_alone(kernel):
    h, w, b, x = drawn(9, torch.float64)
    kernel(True)
    sound = value_and_gradients(h, w, b, x, "bernoulli")[0]
    h[1, 2, 0], h[2, 0, 0] = torch.nan, torch.inf
    nats = value_and_gradients(h, w, b, x, "bernoulli")[0]
    broken = ~nats.isfinite().cpu()
    assert broken.nonzero().tolist() == [[1, 2], [2, 0]]
    assert torch.equal(nats.cpu()[~broken], sound.cpu()[~broken])


def test_it_is_compiled_for_a_card_without_one(modules):
    """For the ones from 2020 on, in both precisions; a process of its own, where nothing is interpreted."""
    modules(["triton"], "envs/gpu.txt")
    program = """
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource, compile
from curvae.misfit import _rows
for number in ("fp32", "fp64"):
    for bernoulli in (True, False):
        types = dict.fromkeys(("y", "bias", "x", "nats"), "*" + number)
        types |= dict.fromkeys(("samples", "by_member", "by_sample"), "i32")
        fixed = {"FEATURES": 784, "BERNOULLI": bernoulli, "BLOCK": 1024}
        source = ASTSource(_rows, types | dict.fromkeys(fixed, "constexpr"), fixed)
        assert compile(source, target=GPUTarget("cuda", 80, 32)).asm["cubin"]
"""
    where = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    done = subprocess.run([sys.executable, "-c", program], env=where, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_where_the_kernel_does_not_run_the_log_says_why(misfit, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("no compiler")

    monkeypatch.setattr(misfit, "misfit", broken)
    assert not misfit.works(torch.device(DEVICE))
    assert "no compiler" in caplog.text


def test_a_cpu_has_none_and_does_not_load_triton():
    """Its operations are torch's; every job would pay for the compiler's memory."""
    program = """
import sys
import torch
from curvae.nets.fused import misfit_kernel
import curvae.sweep
assert misfit_kernel(torch.device("cpu")) is None and misfit_kernel(torch.device("meta")) is None
assert "triton" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
