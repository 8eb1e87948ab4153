"""The inverse autoregressive flow: triangular nets, invertible steps, determinants that are autograd's."""

from functools import partial
from itertools import product

import pytest
import torch

from curvae.flows.autoregressive import InverseAutoregressive
from curvae.nets.linear import initial_weights

CASES = [(1, 3, (4,), 2), (2, 0, (5,), 3), (2, 4, (6, 5), 4), (5, 3, (16,), 3)]


def flow_and_weights(latent, context, hidden, steps, members=2, size=0.7):
    flow = InverseAutoregressive(latent, context, steps, hidden, "elu")
    generator = torch.Generator().manual_seed(3)
    weights = {
        name: torch.randn(members, *shape, generator=generator, dtype=torch.float64) * size
        for name, shape in flow.shapes.items()
    }
    z = torch.randn(members, 7, latent, generator=generator, dtype=torch.float64)
    return flow, weights, z, torch.randn(members, 7, context, generator=generator, dtype=torch.float64)


def parts_of(flow, weights, step, part, z, h):
    """m (0) or s (1) of one sample."""
    return flow.net(weights, step, z[:, None], h[:, None])[part][:, 0]


@pytest.mark.parametrize("case", CASES)
def test_nets_have_an_exactly_triangular_jacobian_and_the_order_is_reversed(case):
    flow, weights, z, h = flow_and_weights(*case)
    for step, part in product(range(flow.steps), (0, 1)):
        net = partial(parts_of, flow, weights, step, part)
        jacobian = torch.func.vmap(torch.func.jacrev(net), in_dims=1)(z, h)  # [sample, member, output, member, latent]
        found = torch.stack([jacobian[:, m, :, m] for m in range(2)])
        upper = step % 2 == 1
        seen = torch.triu(found, 1) if upper else torch.tril(found, -1)
        assert torch.equal(found, seen)
        assert (seen != 0).any(dim=(0, 1)).sum() == flow.latent * (flow.latent - 1) // 2


@pytest.mark.parametrize("case", CASES)
def test_the_inverse_is_exact_and_the_determinant_is_autograds(case):
    flow, weights, z, h = flow_and_weights(*case)
    after, logdet = flow.forward(weights, z, h)
    back, same = flow.inverse(weights, after, h)
    assert (back - z).abs().max() < 1e-9
    assert (same - logdet).abs().max() < 1e-9
    jacobian = torch.func.vmap(
        torch.func.jacrev(lambda row, h: flow.forward(weights, row[:, None], h[:, None])[0][:, 0]), in_dims=1
    )(z, h)
    for member in range(2):
        expected = torch.linalg.slogdet(jacobian[:, member, :, member]).logabsdet
        assert (logdet[member].sum(-1) - expected).abs().max() < 1e-6


@pytest.mark.parametrize("case", [case for case in CASES if case[1]])
def test_every_open_weight_and_the_context_get_a_gradient(case):
    flow, weights, z, h = flow_and_weights(*case)
    h.requires_grad_()
    for w in weights.values():
        w.requires_grad_()
    after, logdet = flow.forward(weights, z, h)
    (after.square().sum() + logdet.sum()).backward()
    assert (h.grad != 0).all()
    for step, masks in enumerate(flow.masks):
        for layer, mask in enumerate(masks):
            slope = weights[f"flow.{step}.{layer}.masked"].grad
            assert torch.equal(slope != 0, (mask != 0).expand_as(slope))


def test_it_starts_close_to_the_identity():
    flow = InverseAutoregressive(2, 4, 4, (16,), "elu")
    drawn = initial_weights(flow.shapes, torch.Generator().manual_seed(0))
    weights = {name: w[None].double() for name, w in drawn.items()}
    z = torch.randn(1, 500, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    after, _ = flow.forward(weights, z, torch.zeros(1, 500, 4, dtype=torch.float64))
    assert torch.corrcoef(torch.cat([z[0].T, after[0].T]))[0, 2] > 0.95
