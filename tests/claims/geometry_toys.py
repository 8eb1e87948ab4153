"""Decoders and solvers, sound and broken, for the claims on geometry; each toy is about a few of them."""

import numpy as np
import pandas as pd
import torch

from curvae import claims
from curvae.geometry import (
    PullbackMetric,
    compare_distances,
    compare_groups,
    compare_mixtures,
    random_walks,
    tabulate,
)
from curvae.geometry.inversion import inverted, level_pieces, noise_study
from curvae.geometry.survey import survey

NO_PAIRS = pd.DataFrame(columns=["length", "straight_length", "converged", "empty_geodesic", "empty_straight"])


def geometry(broken):
    """A decoder whose images lie on a paraboloid, or are one image."""
    codes = torch.as_tensor(np.random.default_rng(0).uniform(-1.5, 1.5, (40, 2)))

    def decoder(z):
        x, y = z[..., 0], z[..., 1]
        return torch.stack([x, y, torch.zeros_like(x) if broken else 4 * (x * x + y * y)], dim=-1)

    return claims.geometry_claims(survey(decoder, codes, pairs=6, grid=8, pieces=32)[1])


def wall(z, height=5.0):
    """A plane with a step across z1 = 0."""
    return torch.stack([z[..., 0], z[..., 1], height * torch.tanh(4 * z[..., 0])], -1)


def sides():
    """Codes of two classes on either side of the wall, longer along it than across."""
    rng, side = np.random.default_rng(0), np.arange(80) % 2
    across = side - 0.5 + 0.05 * rng.normal(size=80)
    return torch.as_tensor(np.stack([across, rng.uniform(-3, 3, 80)], 1)), side


def groups(broken):
    """A metric that knows the wall between two classes, or the flat one."""
    z, side = sides()
    table = tabulate(PullbackMetric(lambda z: wall(z, 0.0 if broken else 5.0)), z, accuracy=1e-2, room=0.1)
    found = compare_groups(table, z, side, [[0, 1]], count=10, repeats=2, neighbours=3, table=table)
    return claims.geometry_claims(NO_PAIRS, groups=found)


def solver(broken):
    """Curves that are solved for, or stop after one step."""
    codes = torch.as_tensor(np.random.default_rng(0).uniform(-1.5, 1.5, (24, 2)))

    def decoder(z):
        x, y = z[..., 0], z[..., 1]
        return torch.stack([x, y, 0.5 * torch.sin(2 * x) * torch.sin(2 * y)], -1)

    asked = {"pieces": 4, "iterations": 1} if broken else {"pieces": 128}
    pairs = survey(decoder, codes, pairs=12, grid=4, table=None, **asked)[1]
    metric = PullbackMetric(decoder)
    options = {"pieces": 2, "iterations": 1} if broken else {"table": tabulate(metric, codes, accuracy=1e-3, room=0.3)}
    distances = compare_distances(metric, codes, None, count=12, **options)[1]
    return claims.geometry_claims(pairs, distances=distances)


def around(broken):
    """Codes on a circle whose inside is high, or flat."""
    rng = np.random.default_rng(0)
    angle, radius = rng.uniform(0, 2 * np.pi, 400), 1 + 0.05 * rng.normal(size=400)
    codes = torch.as_tensor(np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1))

    def decoder(z):
        off = z.square().sum(-1, keepdim=True) - 1
        return torch.cat([z, torch.zeros_like(off) if broken else 2 * off], -1)

    return claims.geometry_claims(survey(decoder, codes, pairs=3, grid=4, pieces=32)[1])


def mixtures(broken):
    """A metric that straightens the parabola on which codes lie, or that bends codes which a Gaussian describes."""
    rng, label = np.random.default_rng(0), np.arange(120) % 2
    z1, off = rng.normal(size=120) + 3 * label, 0.2 * rng.normal(size=120)
    codes = torch.as_tensor(np.stack([z1, off if broken else off + z1**2], 1))
    metric = PullbackMetric(lambda z: torch.stack([z[..., 0], z[..., 1] - z[..., 0] ** 2], -1))
    table = tabulate(metric, codes, accuracy=1e-2)
    split = (codes[:60], label[:60]), (codes[60:], label[60:])
    asked = {"count": 15, "held_out": 15, "samples": 40, "iterations": 30, "side": 2, "table": table}
    found = compare_mixtures(table, *split, [[0], [1]], **asked)[1]
    return claims.geometry_claims(NO_PAIRS, mixtures=found)


class Bowl:
    """The metric of a flat disc with walls of height s (r - 0.8)^2 around it."""

    def __init__(self, steep):
        self.steep = steep

    def matrix(self, z):
        radius = z.norm(dim=1, keepdim=True)
        slope = 2 * self.steep * (radius - 0.8).clamp(min=0) * z / radius
        return torch.eye(2).to(z) + slope[:, :, None] * slope[:, None]


def walks(broken):
    """Codes that fill the unit disc, and a metric with steep walls around it, or none."""
    rng = np.random.default_rng(0)
    angle, radius = rng.uniform(0, 2 * np.pi, 500), np.sqrt(rng.uniform(0, 1, 500))
    codes = torch.as_tensor(np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1))
    box = torch.full((2,), -6.0).to(codes), torch.full((2,), 6.0).to(codes)
    metric = Bowl(0.0 if broken else 100.0)
    found = random_walks(metric, codes, box, paths=15, steps=250, stride=0.07)[1]
    return claims.geometry_claims(NO_PAIRS, walks=found)


def layers(parallel=1.0):
    """Weights and biases from two latents to 64 pixels; the latents' own weights may be all but parallel."""
    rng = np.random.default_rng(0)
    first, last = rng.normal(size=(16, 2)), rng.normal(size=(64, 16)) / 4
    first[:, 1] = first[:, 0] * (parallel < 1) + parallel * first[:, 1]
    return [(torch.as_tensor(w), torch.as_tensor(0.3 * rng.normal(size=len(w)))) for w in (first, last)]


def inversion(broken):
    """A decoder of bent layers that come undone, or one whose latents do all but the same; pixels that are slopes."""
    codes, axis = np.random.default_rng(1).normal(size=(20, 2)), np.linspace(-3, 3, 31)
    found = inverted(layers(1e-12 if broken else 1.0), codes, "leaky_relu", "identity", (0.0, 0.01), axis)
    slopes = np.stack(np.meshgrid(axis, axis), axis=2)
    return claims.inversion_claims(found["table"], level_pieces(slopes) if broken else found["pixels"])


def stopped(broken):
    """Gauss-Newton that is left to run, or does not move."""
    net, z = layers(), torch.as_tensor(np.random.default_rng(1).normal(size=(20, 2)))
    table = noise_study(net, z, "leaky_relu", "identity", (0.0, 0.01), 0 * z, steps=0 if broken else 30)
    return claims.inversion_claims(table, level_pieces(np.zeros((3, 3, 1))))
