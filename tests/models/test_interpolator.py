"""The interpolating autoencoder: its codes are the plain one's, its images lie on lines between codes."""

import torch

from curvae.models import build
from curvae.settings.model import VAE, Interpolator


def test_it_is_the_plain_autoencoder_and_decodes_between_neighbours():
    model = build(Interpolator(kind="interpolator", hidden=(6, 5), latent=3, activation="tanh"), (2, 4))
    plain = VAE(
        kind="vae", hidden=(6, 5), latent=3, activation="tanh", posterior={"kind": "point"}, likelihood="gaussian"
    )
    plain = build(plain, (2, 4))
    assert model.shapes == plain.shapes
    assert (model.judged, model.noise) == (8, (3,))
    generator = torch.Generator().manual_seed(0)
    weights = {n: torch.randn(2, *s, generator=generator, dtype=torch.float64) for n, s in model.shapes.items()}
    x = torch.rand(2, 7, 8, generator=generator, dtype=torch.float64)
    noise = torch.randn(2, 7, 3, generator=generator, dtype=torch.float64)
    terms, (z, logvar) = model.terms(weights, x, noise), plain.encode(weights, x)
    assert (logvar == -torch.inf).all()
    torch.testing.assert_close(terms["rebuilt"], plain.decode(weights, z))
    for sample in range(7):
        way = 0.5 + 0.25 * noise[:, sample, :1]
        between = (1 - way) * z[:, sample] + way * z[:, sample - 1]
        torch.testing.assert_close(terms["fake"][:, sample], plain.decode(weights, between[:, None])[:, 0])
    ends = model.terms(weights, x, torch.full_like(noise, -2.0))["fake"]
    torch.testing.assert_close(ends, terms["rebuilt"])
    torch.testing.assert_close(model.decode(weights, z), terms["rebuilt"].clamp(0, 1))
