"""The stacked autoencoder is, member by member, the plain PyTorch one."""

from itertools import pairwise
from math import prod

import pytest
import torch
from torch import nn
from torch.func import jvp

from curvae.models import build
from curvae.nets.linear import ACTIVATIONS, initial_weights
from curvae.objectives import elbo, squared_weights
from curvae.settings.base import ConfigError
from curvae.settings.check import read_study
from curvae.settings.model import VAE
from curvae.settings.train import Budget
from curvae.sweep import train

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


def higgins(latent=10):
    """The fully connected network of Higgins et al. (2017), table 1."""
    return VAE(
        kind="vae", hidden=(1200, 1200), decoder_hidden=(1200, 1200, 1200), decoder_activation="tanh", latent=latent
    )


def burgess(latent, act, back):
    conv = {"kernel_size": 4, "stride": 2, "padding": 1}
    encoder = [nn.Conv2d(1, 32, **conv), act(), *[m for _ in range(3) for m in (nn.Conv2d(32, 32, **conv), act())]]
    encoder += [nn.Flatten(), nn.Linear(512, 256), act(), nn.Linear(256, 256), act(), nn.Linear(256, 2 * latent)]
    decoder = [nn.Linear(latent, 256), back(), nn.Linear(256, 256), back(), nn.Linear(256, 512), back()]
    decoder += [
        nn.Unflatten(1, (32, 4, 4)),
        *[m for _ in range(3) for m in (nn.ConvTranspose2d(32, 32, **conv), back())],
    ]
    return nn.Sequential(*encoder), nn.Sequential(*decoder, nn.ConvTranspose2d(32, 1, **conv), nn.Flatten())


def locatello(latent, act, back):
    wide, narrow = {"kernel_size": 4, "stride": 2, "padding": 1}, {"kernel_size": 2, "stride": 2}
    encoder = [nn.Conv2d(1, 32, **wide), act(), nn.Conv2d(32, 32, **wide), act()]
    encoder += [nn.Conv2d(32, 64, **narrow), act(), nn.Conv2d(64, 64, **narrow), act()]
    encoder += [nn.Flatten(), nn.Linear(1024, 256), act(), nn.Linear(256, 2 * latent)]
    decoder = [nn.Linear(latent, 256), back(), nn.Linear(256, 1024), back(), nn.Unflatten(1, (64, 4, 4))]
    for before, after in ((64, 64), (64, 32), (32, 32)):
        decoder += [nn.ConvTranspose2d(before, after, **wide), back()]
    return nn.Sequential(*encoder), nn.Sequential(*decoder, nn.ConvTranspose2d(32, 1, **wide), nn.Flatten())


def loaded(net, side, weights, member):
    """The layers of a network with a member's weights, each with the names of ours."""
    named, counts = [], {"": 0, "conv.": 0}
    for layer in net.double():
        if list(layer.parameters()):
            kind = "" if isinstance(layer, nn.Linear) else "conv."
            name = f"{side}.{kind}{counts[kind]}"
            counts[kind] += 1
            value = weights[f"{name}.weight"][member].detach()
            layer.weight.data = (value if kind else value.T).clone()
            layer.bias.data = weights[f"{name}.bias"][member].detach().clone()
            named.append((name, layer))
    return named


@pytest.mark.parametrize("back", [None, "tanh"])
@pytest.mark.parametrize("network", [burgess, locatello])
def test_published_networks_agree_with_plain_pytorch(network, back):
    model = build(VAE(kind="vae", network=network.__name__, latent=3, decoder_activation=back), (64, 64))
    weights, generator = stacked(model, 2), torch.Generator().manual_seed(1)
    x = torch.rand(2, 2, 4096, generator=generator, dtype=torch.float64)
    noise = torch.randn(2, 2, 3, generator=generator, dtype=torch.float64)
    terms = model.terms(weights, x, noise)
    elbo(terms, torch.tensor([1.0, 4.0])).sum().backward()
    seen = set()
    for member, beta in enumerate((1.0, 4.0)):
        encoder, decoder = network(3, nn.ReLU, PEERS[back or "relu"])
        layers = loaded(encoder, "encoder", weights, member) + loaded(decoder, "decoder", weights, member)
        mean, logvar = encoder(x[member].view(2, 1, 64, 64)).chunk(2, dim=-1)
        z = mean + (0.5 * logvar).exp() * noise[member]
        output = decoder(z)
        recon = nn.functional.binary_cross_entropy_with_logits(output, x[member], reduction="none").sum(1)
        kl = 0.5 * (logvar.exp() + mean.pow(2) - 1 - logvar)
        (recon.mean() + beta * kl.sum(1).mean()).backward()
        expected = {"recon": recon, "kl": kl, "mean": mean, "logvar": logvar, "z": z}
        assert terms.keys() == expected.keys()
        for name, term in expected.items():
            torch.testing.assert_close(terms[name][member], term, rtol=1e-12, atol=1e-12)
        decoded = model.decode(weights, terms["mean"])[member]
        torch.testing.assert_close(decoded, decoder(mean).sigmoid(), rtol=1e-12, atol=1e-12)
        for name, layer in layers:
            slope = layer.weight.grad if ".conv." in name else layer.weight.grad.T
            for part, wanted in (("weight", slope), ("bias", layer.bias.grad)):
                seen.add(f"{name}.{part}")
                scale = wanted.abs().max().item()
                found = weights[f"{name}.{part}"].grad[member]
                torch.testing.assert_close(found, wanted, rtol=1e-12, atol=1e-12 * scale)
    assert seen == set(model.shapes)


def test_the_network_of_higgins_agrees_with_plain_pytorch():
    narrow = VAE(kind="vae", hidden=(7, 5), decoder_hidden=(6, 5, 4), decoder_activation="tanh", latent=2)
    model = build(narrow, (3, 3))
    weights = stacked(model, 3)
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(3, 4, 9, generator=generator, dtype=torch.float64)
    noise = torch.randn(3, 4, 2, generator=generator, dtype=torch.float64)
    terms = model.evaluate(weights, x, noise)
    for member in range(3):
        encoder = peer_network([9, 7, 5, 4], "relu", weights, "encoder", member)
        decoder = peer_network([2, 6, 5, 4, 9], "tanh", weights, "decoder", member)
        mean, logvar = encoder(x[member]).chunk(2, dim=-1)
        z = mean + (0.5 * logvar).exp() * noise[member]
        for name, code in (("recon", z), ("recon_mean", mean)):
            nats = nn.functional.binary_cross_entropy_with_logits(decoder(code), x[member], reduction="none").sum(1)
            torch.testing.assert_close(terms[name][member], nats, rtol=1e-12, atol=1e-12)
        for name, value in (("mean", mean), ("logvar", logvar), ("z", z)):
            torch.testing.assert_close(terms[name][member], value, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("settings", "weights", "width"),
    [
        (higgins(), 14_196_516, 4096 + 2400 + 20 + 3600 + 4096),
        (VAE(kind="vae", network="burgess", latent=10), 502_005, 96_276),
        (VAE(kind="vae", network="locatello", latent=10), 690_517, 100_884),
    ],
    ids=["higgins", "burgess", "locatello"],
)
def test_sizes_of_the_published_networks(settings, weights, width):
    """With 10 latents and 64 x 64 images: numbers of weights, and of outputs for one image."""
    model = build(settings, (64, 64))
    assert sum(map(prod, model.shapes.values())) == weights
    assert model.activations == width
    if settings.network != "mlp":
        nets = {"burgess": burgess, "locatello": locatello}[settings.network](10, nn.ReLU, nn.ReLU)
        outputs = [torch.zeros(1, 1, 64, 64)]
        for layer in [*nets[0], lambda both: both.chunk(2, dim=-1)[0], *nets[1]]:
            h = layer(outputs[-1])
            kept = isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)
            width -= h.numel() if kept else 0
            outputs.append(h)
        assert width == 4096
        assert sum(p.numel() for net in nets for p in net.parameters()) == weights


@pytest.mark.parametrize("network", ["burgess", "locatello"])
def test_members_of_a_convolutional_stack_do_not_mix(network):
    model = build(VAE(kind="vae", network=network, latent=2), (28, 28))
    weights, generator = stacked(model, 3), torch.Generator().manual_seed(1)
    x = torch.rand(3, 2, 784, generator=generator, dtype=torch.float64)
    noise = torch.randn(3, 2, 2, generator=generator, dtype=torch.float64)
    with torch.no_grad():
        for w in weights.values():
            w[2] = float("nan")
    together = model.terms(weights, x, noise)
    together["recon"][1].sum().backward()
    assert together["recon"][:2].isfinite().all()
    assert all((w.grad[0] == 0).all() for w in weights.values())
    assert all((w.grad[1].abs().sum() > 0) for name, w in weights.items())
    alone = model.terms({name: w[1:2] for name, w in weights.items()}, x[1:2], noise[1:2])
    for name, term in alone.items():
        torch.testing.assert_close(together[name][1:2], term, rtol=1e-12, atol=1e-12)


def test_second_derivatives_of_a_smooth_convolutional_decoder():
    """Nested forward derivatives, as geodesics need them, against differences."""
    model = build(VAE(kind="vae", network="burgess", latent=2, decoder_activation="tanh"), (28, 28))
    weights = {name: 2 * w.detach() for name, w in stacked(model, 1).items()}
    z, v, step = torch.tensor([[[0.3, -0.4]]]).double(), torch.tensor([[[0.6, 0.8]]]).double(), 1e-4

    def along(point):
        return jvp(lambda p: model.decode(weights, p), (point,), (v,))[1]

    second = jvp(along, (z,), (v,))[1]
    differences = (along(z + step * v) - along(z - step * v)) / (2 * step)
    assert second.abs().max() > 1e-6
    torch.testing.assert_close(second, differences, rtol=1e-5, atol=1e-6 * second.abs().max().item())


@pytest.mark.parametrize("network", ["burgess", "locatello"])
def test_a_convolutional_network_learns(network):
    generator = torch.Generator().manual_seed(1)
    centre = torch.randint(6, 22, (64, 2, 1), generator=generator)
    rows, columns = ((torch.arange(28) - centre[:, axis]).abs() < 4 for axis in (0, 1))
    x = (rows.unsqueeze(2) & columns.unsqueeze(1)).float().flatten(1)
    model = build(VAE(kind="vae", network=network, latent=2), (28, 28))
    members = [{"beta": beta, "lam": 0.0, "seed": 0} for beta in (0.0, 1.0)]
    history = train(model, {"train": x, "validation": x[:16]}, members, Budget(epochs=6, batch=16, lr=2e-3)).history
    losses = history[history["split"] == "validation"].pivot(index="epoch", columns="member", values="loss")
    assert (losses.loc[6] < 0.7 * losses.loc[1]).all()


BAD = [
    ({"network": "burgess", "hidden": [50, 50]}, "model.hidden = [50, 50]: allowed with network = mlp only"),
    ({"network": "locatello", "decoder_hidden": [9]}, "model.decoder_hidden = [9]: allowed with network = mlp only"),
    ({"hidden": None}, "model.hidden = None: allowed with network = mlp: one width or more"),
    ({"decoder_hidden": []}, "model.decoder_hidden = []: Tuple should have at least 1 item"),
    ({"network": "cnn"}, "model.network = 'cnn': Input should be 'mlp', 'burgess', 'locatello' or 'philion'"),
    ({"decoder_activation": "swish"}, "model.decoder_activation = 'swish'"),
]


@pytest.mark.parametrize(("keys", "message"), BAD)
def test_combinations_that_make_no_network_are_one_line(keys, message):
    model = {"kind": "vae", **keys}
    study = {"data": {"d": {"kind": "mnist"}}, "experiments": {"e": {"data": "d", "model": model}}}
    with pytest.raises(ConfigError) as error:
        read_study(study)
    assert str(error.value).startswith(f"experiments.e.{message}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("network", ["mlp", "burgess"])
def test_settings_come_back_from_what_they_write(network):
    settings = VAE(kind="vae", network=network)
    assert settings.hidden == ((50, 50) if network == "mlp" else None)
    assert VAE(**settings.model_dump(mode="json")) == settings
