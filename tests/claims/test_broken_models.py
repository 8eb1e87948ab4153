"""A sound toy and a broken one go the whole way, arrays to measures to rows: the verdicts follow the model.

What is broken: decoders of constants, shuffled codes, predictors that stand still, posteriors that know nothing.
Pretraining and codes are typed tables, for what makes them would be a training.
"""

import importlib
import pkgutil
from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from geometry_toys import around, geometry, groups, solver

from curvae import claims
from curvae.claims.ball import AIMS
from curvae.claims.square import linear_kl
from curvae.dynamics import ball_scores
from curvae.dynamics.climate import kaplan_yorke, return_map_distance
from curvae.dynamics.lyapunov import lyapunov_spectrum
from curvae.dynamics.reconstruction import path_shape, reconstruction_errors
from curvae.dynamics.track import mass
from curvae.flows.density import densities
from curvae.flows.ring import learn_ring
from curvae.generation import attribute_edits, axis_correlations, fit_classifier, generation_table
from curvae.geometry import likely_moves
from curvae.scores import published
from curvae.scores.bound import bound_table
from curvae.scores.pretraining import FINE_TUNING, PASSES


def square(broken):
    """A linear autoencoder that does what theory says of it, and one latent that winds through the square."""
    points = np.random.default_rng(0).random((1500, 2))
    quadrant = 2 * (points[:, 0] < 0.5) + (points[:, 1] < 0.5)
    line = np.stack([np.linspace(0.05, 0.95, 600), 0.5 + 0.42 * np.sin(np.linspace(0, 25, 600))], axis=1)
    nearest = np.argmin(np.square(points[:, None] - line).sum(2), axis=1)
    rows = []
    for latent, beta, lam in product((1, 2), (0.01, 0.03, 0.1, 0.2), (0.0, 1.4e-3, 2e-3)):
        kl = max(0.0, float(linear_kl(beta)))
        shrunk = 0.5 + max(0.0, 1 - 6 * beta) * (points - 0.5)
        alive = np.array([kl > 0, kl > 0 and lam == 0])
        codes, outputs = (points - 0.5)[:, :latent], np.where(alive, shrunk, 0.5)
        if latent == 2:
            codes = codes * alive
        elif lam == 0 and beta == 0.01:
            codes, outputs = nearest[:, None] / 600, line[nearest]
        if broken:
            codes, outputs = np.random.default_rng(1).permutation(codes), np.full_like(points, 0.5)
        way = (line[:1] if broken else line).repeat(600 if broken else 1, 0) if latent == 1 else None
        found = claims.measure_square(codes, kl * alive[:latent], outputs, points, quadrant, way)
        rows.append({"latent": latent, "beta": beta, "lam": lam, "seed": 0, **found})
    return claims.square_claims(pd.DataFrame(rows))


def striped():
    digit = np.arange(500) // 50
    codes = np.sort(np.random.default_rng(0).normal(size=(500, 2)), axis=0)
    codes[:, 1] = np.random.default_rng(1).permutation(codes[:, 1])
    return codes, digit


def digits(broken):
    codes, digit = striped()
    losses = {"member": 0, "seed": 0, "split": "validation", "recon": 145.0}
    losses |= {"recon_mean": 206.0, "kl": 0.0} if broken else {"recon_mean": 139.5, "kl": 6.0}
    codes = np.random.default_rng(2).permutation(codes) ** 2 if broken else codes
    return claims.digits_claims(pd.DataFrame([losses]), [codes], digit) + claims.convolutional_claims([codes], digit)


def ball(broken):
    """Films that a network continues rightly, and those of a wide, dim blob that stops, leaps, leaves and vanishes."""
    rng, time, start = np.random.default_rng(0), np.arange(220), np.linspace(8, 16, 6)
    free = np.stack([start[:, None] + 0.9 * time, start[::-1, None] + 0.7 * time], axis=2)
    true = 24 - np.abs((free - 3) % 42 - 21)
    frames = blobs(true)
    lost = 0.3 * blobs(np.repeat(rng.uniform(-1, 28, (6, 10, 2)), 22, axis=1), radius=2.2)
    lost[:, ::7] = 0
    known = {"low": 3, "high": 24, "true_mass": mass(frames), "radius": 1.5, "bootstrap": 5}
    velocity, predicted = np.tile([0.9, 0.7], (6, 1)), {"elman": lost if broken else frames, "constant_velocity": free}
    tables = [
        ball_scores(path, true, velocity, **known).assign(predictor=name, seed=0) for name, path in predicted.items()
    ]
    return claims.ball_claims(pd.concat(tables))


def blobs(places, radius=1.5):
    x, y = (np.exp(-((np.arange(28) - places[..., k, None]) ** 2) / (2 * radius**2)) for k in (0, 1))
    return (y[..., :, None] * x[..., None, :]).astype(np.float32)


def climate(broken):
    """A chaotic map of three numbers and a learner that is the map itself, or stands still."""

    def lozi(x):
        first = 1 - 1.7 * x[..., 0].abs() + x[..., 1]
        return torch.stack([first, 0.5 * x[..., 0], 0.3 * x[..., 2]], dim=-1)

    start = torch.tensor([[0.1, 0.1, 0.1]], dtype=torch.float64)
    rows, exponents = [], []
    for name, step in (("truth", lozi), ("gru", torch.clone if broken else lozi)):
        found = lyapunov_spectrum(step, start, 3, dt=1.0, steps=60, discard=10)
        values, orbit = np.asarray(found.exponents).ravel()[:3], [start]
        for _ in range(200):
            orbit.append(step(orbit[-1]))
        first = torch.cat(orbit)[:, 0].numpy()
        pairs = np.stack([first[:-1], first[1:]], axis=1)
        rows.append((name, 0, values[0], values.sum(), np.log(0.15), float(kaplan_yorke(values)), pairs))
        exponents += [(name, k + 1, value) for k, value in enumerate(values)]
    table = pd.DataFrame(rows, columns=["system", "seed", "largest", "sum", "trace", "dimension", "pairs"])
    apart = [return_map_distance(pairs, rows[0][-1], 1) for pairs in table.pop("pairs")]
    table = table.assign(return_map=apart)
    return claims.climate_claims(pd.DataFrame(exponents, columns=["system", "exponent", "value"]), table)


def directions(broken):
    """Steps along one axis of the latent space, or anywhere."""
    spread = [0.1, 0.1] if broken else [0.1, 0.01]
    steps = np.random.default_rng(0).normal(size=(20, 30, 2)) * spread
    codes = torch.as_tensor(np.cumsum(steps, axis=1).reshape(-1, 2) * [1, 1 if broken else 0.1])
    told = likely_moves(
        lambda z: torch.cat([z, z * 0], dim=-1),
        codes,
        likelihood="gaussian",
        trajectory=np.repeat(np.arange(20), 30),
        points=30,
    )
    return claims.directions_claims(told[1])


def disentanglement(broken):
    """Codes that are the factors where learning should give them, or shuffled ones."""
    rng = np.random.default_rng(0)
    factors = rng.integers(0, 4, (400, 3)).astype(float)
    names, mixed = ["a", "b", "c"], factors @ rng.normal(size=(3, 3)) + 0.8 * rng.normal(size=(400, 3))
    good = rng.permutation(factors) if broken else factors + 0.01 * rng.normal(size=factors.shape)

    def stacked(codes, **axes):
        sizes, dims = (
            {name: ("member", [value] * len(codes)) for name, value in axes.items()},
            ("member", "sample", "latent"),
        )
        arrays = {"mean": (dims, np.stack(codes)), "log_variance": (dims, np.full(np.shape(codes), -9.0))}
        return xr.Dataset(arrays, coords={**sizes, "seed": ("member", range(len(codes)))})

    shared = {"factor_names": names, "classes": names, "samples": 400, "seed": 0}
    settings = {"train": 150, "test": 100, "bootstrap": 5}
    noise = rng.normal(size=factors.shape)
    members = published.run_protocols(
        [stacked([mixed], beta=1.0), stacked([good], beta=4.0)], factors, **shared, settings=settings
    )
    members = members.assign(objective="elbo", row=np.where(members["beta"] > 1, "beta-VAE", "VAE"))
    baselines = published.run_protocols(
        [
            stacked([noise if broken else factors], representation="ground_truth"),
            stacked([noise], representation="untrained"),
        ],
        factors,
        **shared,
        settings=settings,
    )
    terms = pd.DataFrame({"objective": "elbo", "beta": [1.0, 4.0], "seed": 0, "mi": [3.0, 2.0], "dwkl": [1.0, 0.5]})
    terms[["mi", "tc"]] = terms[["mi", "dwkl"]].to_numpy()[:: -1 if broken else 1]
    terms["kl"] = terms["mi"] + terms["tc"] + terms["dwkl"]
    terms = terms.assign(kl_sampled=terms["kl"] + (0.5 if broken else 0.01), kl_error=0.01, saturated=False)
    return claims.disentanglement_claims(members, baselines, terms)


def generation(broken):
    """Blurred squares of an autoencoder and sharp, noisy ones of a generator, or one grey image."""
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 300)
    real = np.zeros((300, 28, 28), np.float32)
    for image, side, (x, y) in zip(real, label, rng.integers(4, 14, (300, 2)), strict=True):
        image[x : x + 5 + 4 * side, y : y + 5 + 4 * side] = 1
    sharp = np.abs(real - (rng.random(real.shape) < 0.05)).astype(np.float32)
    blurred = 0.25 * (real + np.roll(real, 1, 1) + np.roll(real, 1, 2) + np.roll(real, (1, 1), (1, 2)))
    grey = np.full_like(real, 0.5)
    drawn = {
        "mlp": blurred,
        "generator": grey if broken else sharp,
        "philion": grey if broken else blurred[::-1].copy(),
    }
    classifier = fit_classifier((real, label), (real, label), 1, seed=0)
    table = generation_table(
        [({"network": name, "seed": 0, "epochs": 1}, images, None) for name, images in drawn.items()],
        real,
        real,
        classifier,
    )
    return claims.generation_claims(table)


def posterior(broken):
    """Log-weights of posteriors: the flow's are nearer to constant, or farther from it."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(3, 50, 20))
    members = [{"seed": seed} for seed in range(3)]
    plain, flow = (
        bound_table(-100 - spread**2 / 2 + spread * noise, members, (1, 10)) for spread in (1.0, 2.0 if broken else 0.1)
    )
    return claims.posterior_claims(plain, flow)


def density(broken):
    """Codes on a ring, or, where there is nothing to find, as the prior says."""
    codes = torch.randn(1200, 2, generator=torch.Generator().manual_seed(0))
    if not broken:
        codes = codes / codes.norm(dim=1, keepdim=True) * (2 + 0.1 * codes[:, :1])
    return claims.density_claims({"toy": densities(codes[:800], codes[800:], steps=40)})


def ring(broken):
    """The decoder that makes the ring, or one of a single point."""
    z = torch.randn(2000, 2, generator=torch.Generator().manual_seed(0))

    def decoder(z):
        return torch.ones_like(z) if broken else z / 10 + z / z.norm(dim=1, keepdim=True)

    return claims.ring_claims(learn_ring(decoder(z)[:1000] + 1e-3 * z[:1000], decoder(z)[1000:], decoder, steps=2)[1])


def leaning_bars(codes):
    """Images of a bar that leans by the first code and is thick by the second, and is wide all the same."""
    up, across = np.mgrid[9:-10:-1, -9:10]
    ways = [(across - 0.2 * lean * up, 1.6 + 0.5 * np.tanh(thick), 3 + wide) for lean, thick, wide in codes]
    return np.stack(
        [
            np.maximum((thick + 0.5 - np.abs(x)).clip(0, 1), (np.abs(up) == 9) * (np.abs(x) < 2 + wide))
            * (np.abs(up) <= 9)
            for x, thick, wide in ways
        ]
    )


def flow(broken):
    codes = np.random.default_rng(0).normal(size=(200, 3)).clip(-2, 2)
    images = leaning_bars(codes)
    codes = np.random.default_rng(1).permutation(codes) if broken else codes
    decode = (lambda z: np.broadcast_to(images[:1], (len(z), *images.shape[1:]))) if broken else leaning_bars
    table, _ = attribute_edits(decode, (codes, images), codes[:20], (-0.4, 0.0, 0.4), ("slant", "thickness", "width"))
    return claims.flow_claims(table.assign(seed=0))


def axes(broken):
    values = np.linspace(-2, 2, 9)
    lean, thick = np.meshgrid(values, values, indexing="ij")
    codes = np.stack([lean.ravel(), thick.ravel(), np.zeros(81)], axis=1)
    codes = np.random.default_rng(1).permutation(codes) if broken else codes
    table = axis_correlations(leaning_bars(codes).reshape(9, 9, 19, 19), values, ["slant", "thickness"])
    return claims.axes_claims(table.assign(seed=0))


def sizes(broken):
    """Reconstructions of balls that three latents keep and two lose, or that every size loses."""
    places = np.random.default_rng(0).uniform(4, 23, (100, 2))
    off = {latent: 2.0 if latent < 3 or broken else 0.0 for latent in (1, 2, 3, 4)}
    rows = [
        {"latent": n, "seed": seed, **reconstruction_errors(blobs(places + away), blobs(places), places)}
        for n, away in off.items()
        for seed in range(3)
    ]
    return claims.sizes_claims(pd.DataFrame(rows))


def joint(broken):
    """Codes that are places, beside codes that shake, are torn and decode a pixel off; or the other way round."""
    rng, time, start = np.random.default_rng(0), np.arange(30), np.linspace(4, 10, 8)
    places = np.stack([start[:, None] + 0.4 * time, start[::-1, None] + 0.3 * time], axis=2)
    tables = []
    for worse in (not broken, broken):
        codes = places + (0.1 if worse else 1e-3) * rng.normal(size=places.shape)
        codes[..., 0] += 50 * worse * (places[..., 0] > 12)
        decode = lambda z: blobs(z - 50 * (z > 40))  # noqa: E731
        decoded = blobs(places.reshape(-1, 2) + (0.5 if worse else 0.01))
        found = reconstruction_errors(decoded, blobs(places.reshape(-1, 2)), places.reshape(-1, 2))
        rows = {"latent": 2, "seed": range(3), **found, **path_shape(codes, places, decode)}
        tables.append(pd.DataFrame(rows))
    return claims.joint_claims(*tables)


def pretraining(broken):
    """Losses of networks that began well, or worse than at random."""
    losses = {"pretrained": 190.0 if broken else 120.0, "scratch": 150.0, "epoch": 3, "scratch_epoch": 6}
    rows = [{"comparison": kind, "seed": s, **losses} for kind in (FINE_TUNING, PASSES) for s in range(3)]
    table = pd.DataFrame(rows)
    return claims.pretraining_claims(table.assign(difference=table["pretrained"] - table["scratch"]))


def codes(broken):
    """Codes in two far heaps, which no Gaussian describes, or Gaussian ones."""
    gain = {"gain": -0.1 if broken else 1.2, "empty_gaussian": 0.0 if broken else 0.9, "empty_prior": 0.9}
    gain |= {"cells": 0.5, "kurtosis": 0.0}
    return claims.codes_claims(pd.DataFrame({"measure": gain.keys(), "value": gain.values(), "seed": 0}))


FLIPS = {
    axes: "slant thickness",
    flow: "slant thickness width",
    square: "range_before cells_before quadrants snake_turns snake_length",
    digits: "cross_entropy kl separation through gaussian conv_separation conv_gaussian",
    ball: "light shape bounces momentum predictable best_lead "
    + " ".join(f"{who}_{aim[0]}" for who in ("best", "standard") for aim in AIMS),
    climate: "gru.largest gru.dimension gru.return_map",
    geometry: "shorter",
    groups: "geometry.kmeans geometry.kmedoids geometry.neighbours",
    solver: "geometry.solved geometry.least",
    around: "geometry.less_empty",
    directions: "axes sheet",
    disentanglement: "ground_truth beta beta_dlib total_correlation information split",
    generation: "fuzzy alike",
    posterior: "bound",
    density: "toy.prior",
    ring: "radius angle",
    sizes: "ball.size_median ball.size_q99 ball.size_fewest_median ball.size_fewest_q99",
    joint: "ball.joint_tear ball.joint_bend ball.joint_halfway ball.joint_error ball.joint_worst",
    pretraining: "deep.pretraining deep.pretraining_counted",
    codes: "weird sparse",
}
FAULTS = {ball: "morphs wanders"}  # sentences that say what is wrong


@pytest.mark.parametrize("toy", FLIPS, ids=lambda toy: toy.__name__)
def test_verdicts_follow_the_model(toy):
    sound, broken = (claims.gather(toy(state)).set_index("claim")["verdict"] for state in (False, True))
    for key in FLIPS[toy].split():
        key = f"{toy.__name__}.{key}" if f"{toy.__name__}.{key}" in sound else key
        assert (sound[key], broken[key]) == ("reproduced", "not reproduced"), key
    for key in FAULTS.get(toy, "").split():
        assert (sound[f"ball.{key}"], broken[f"ball.{key}"]) == ("not reproduced", "reproduced"), key


def test_every_kind_of_claims_has_a_toy():
    modules = [importlib.import_module(f"curvae.claims.{m.name}") for m in pkgutil.iter_modules(claims.__path__)]
    kinds = {name.removesuffix("_claims") for module in modules for name in vars(module) if name.endswith("_claims")}
    assert kinds - {"convolutional"} <= {toy.__name__ for toy in FLIPS}
