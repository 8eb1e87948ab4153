"""Bias of the output layer, misfit of the data and its slope, on a GPU as one kernel where torch's operations take six.

Every number is read and written once: what bounds a step of many perceptrons there is memory. Needs Triton, which
PyTorch brings along for GPUs.
"""

import logging

import torch
import triton
import triton.language as tl
from torch import Tensor

log = logging.getLogger(__name__)

LARGEST_BLOCK = 1024  # features at a time


@triton.jit
def _rows(
    y,
    bias,
    x,
    nats,
    samples,
    by_member,
    by_sample,
    FEATURES: tl.constexpr,
    BERNOULLI: tl.constexpr,
    BLOCK: tl.constexpr,
):
    row = tl.program_id(0).to(tl.int64)
    member, sample = row // samples, row % samples
    y += row * FEATURES
    bias += member * FEATURES
    x += member * by_member + sample * by_sample
    total = tl.zeros([BLOCK], y.dtype.element_ty)
    for first in range(0, FEATURES, BLOCK):
        feature = first + tl.arange(0, BLOCK)
        here = feature < FEATURES
        a = tl.load(y + feature, here, 0.0) + tl.load(bias + feature, here, 0.0)
        target = tl.load(x + feature, here, 0.0)
        if BERNOULLI:
            small = tl.exp(-tl.abs(a))
            part = tl.maximum(a, 0.0) - target * a + tl.log(1 + small)
            slope = tl.where(a >= 0, 1.0, small) / (1 + small) - target
        else:
            slope = a - target
            part = slope * slope
        tl.store(y + feature, slope, here)
        total += tl.where(here, part, 0.0)
    tl.store(nats + row, tl.sum(total))


def misfit(y: Tensor, bias: Tensor, x: Tensor, likelihood: str) -> Tensor:
    """Nats of each sample, with a = y + b: sum_i softplus(a_i) - x_i a_i, or sum_i (a_i - x_i)^2.

    Args:
        y: [member, sample, feature], contiguous; its place is taken by sigmoid(a) - x, or a - x.
        bias: b [member, feature], contiguous.
        x: data [member, sample, feature].
        likelihood: ``bernoulli`` or ``gaussian``.

    Returns:
        [member, sample].
    """
    members, samples, features = y.shape
    nats, x = y.new_empty(members, samples), x if x.stride(2) == 1 else x.contiguous()
    block = min(LARGEST_BLOCK, triton.next_power_of_2(features))
    with torch.cuda.device_of(y):
        launch = _rows[(members * samples,)]
        launch(y, bias, x, nats, samples, *x.stride()[:2], features, likelihood == "bernoulli", block)
    return nats


def works(device: torch.device) -> bool:
    """Whether the kernel runs on a device, and gives what torch gives there; if not, the log says why."""
    a, x = torch.linspace(-9, 9, 12, device=device).view(2, 2, 3), torch.ones(2, 2, 3, device=device)
    expected, slope = torch.nn.functional.softplus(a) - a, torch.sigmoid(a) - 1
    try:
        nats = misfit(a, torch.zeros(2, 3, device=device), x, "bernoulli")
        torch.testing.assert_close(nats, expected.sum(-1))
        torch.testing.assert_close(a, slope)
    except Exception as error:  # of a compiler that is not there, a driver, or the kernel: any
        log.warning("the misfit takes several kernels: %s", error)
        return False
    return True
