"""The stacked autoencoder is, member by member, the plain PyTorch one."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from curvae.models import build
from curvae.nets.linear import ACTIVATIONS, initial_weights
from curvae.objectives import elbo, squared_weights
from curvae.settings.model import VAE

PEERS = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}


def stacked(model, members):
    drawn = [initial_weights(model.shapes, torch.Generator().manual_seed(seed)) for seed in range(members)]
    return {name: torch.stack([w[name] for w in drawn]).double().requires_grad_() for name in model.shapes}


def peer_network(widths, activation, weights, prefix, member):
    layers = []
    for index, (fan_in, fan_out) in enumerate(pairwise(widths)):
        layer = nn.Linear(fan_in, fan_out).double()
        layer.weight.data = weights[f"{prefix}.{index}.weight"][member].detach().T.clone()
        layer.bias.data = weights[f"{prefix}.{index}.bias"][member].detach().clone()
        layers += [layer, PEERS[activation]()]
    return nn.Sequential(*layers[:-1])


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_loss_and_gradients_agree_with_plain_pytorch(activation, likelihood):
    settings = VAE(kind="vae", hidden=(7, 5), latent=2, activation=activation, likelihood=likelihood)
    model = build(settings, (3, 3))
    weights = stacked(model, 3)
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(3, 4, 9, generator=generator, dtype=torch.float64)
    noise = torch.randn(3, 4, 2, generator=generator, dtype=torch.float64)
    beta, lam = torch.tensor([0.1, 1.0, 4.0]).double(), torch.tensor([0.0, 1e-3, 0.1]).double()
    losses = elbo(model.terms(weights, x, noise), beta) + lam * squared_weights(weights)
    losses.sum().backward()

    for member in range(3):
        encoder = peer_network([9, 7, 5, 4], activation, weights, "encoder", member)
        decoder = peer_network([2, 5, 7, 9], activation, weights, "decoder", member)
        mean, logvar = encoder(x[member]).chunk(2, dim=-1)
        output = decoder(mean + (0.5 * logvar).exp() * noise[member])
        if likelihood == "bernoulli":
            recon = nn.functional.binary_cross_entropy(output.sigmoid(), x[member], reduction="sum") / 4
        else:
            recon = (output - x[member]).pow(2).sum() / 4
        kl = 0.5 * (logvar.exp() + mean.pow(2) - 1 - logvar).sum() / 4
        layers = [m for net in (encoder, decoder) for m in net if isinstance(m, nn.Linear)]
        loss = recon + beta[member] * kl + lam[member] * sum(layer.weight.pow(2).sum() for layer in layers)
        loss.backward()
        assert losses[member].item() == pytest.approx(loss.item(), rel=1e-12)
        torch.testing.assert_close(weights["encoder.0.weight"].grad[member], encoder[0].weight.grad.T)
        torch.testing.assert_close(weights["decoder.2.bias"].grad[member], decoder[-1].bias.grad)


def test_every_weight_gets_a_gradient():
    model = build(VAE(kind="vae", hidden=(6,), latent=2, activation="tanh", likelihood="gaussian"), (4,))
    weights = stacked(model, 2)
    x = torch.rand(2, 8, 4, generator=torch.Generator().manual_seed(0)).double()
    elbo(model.terms(weights, x, torch.ones(2, 8, 2).double()), torch.ones(2)).sum().backward()
    assert all((w.grad.flatten(1).abs().sum(1) > 0).all() for w in weights.values())


def test_decoded_means_are_probabilities_for_bernoulli_only():
    z = torch.full((1, 1, 2), 50.0).double()
    outputs = {}
    for likelihood in ("bernoulli", "gaussian"):
        model = build(VAE(kind="vae", hidden=(6,), latent=2, likelihood=likelihood), (4,))
        outputs[likelihood] = model.decode(stacked(model, 1), z)
    torch.testing.assert_close(outputs["bernoulli"], outputs["gaussian"].sigmoid())
