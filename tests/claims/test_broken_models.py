"""A sound toy and a broken one go the whole way, arrays to measures to rows: the verdicts follow the model.

What is broken: decoders of constants, shuffled codes, predictors that stand still, posteriors that know nothing.
"""

import importlib
import pkgutil
from functools import cache

import numpy as np
import pandas as pd
import pytest
import torch
from code_toys import codes, dependence, digits, disentanglement, drawn, pretraining
from geometry_toys import around, geometry, groups, inversion, mixtures, solver, stopped, walks
from square_toys import shapes, square, unmoved

from curvae import claims
from curvae.claims.ball import AIMS
from curvae.claims.disentanglement import CLAIMS as disentanglement_rows
from curvae.dynamics import ball_scores
from curvae.dynamics.climate import exponents_distance, kaplan_yorke, return_map_distance
from curvae.dynamics.lyapunov import lyapunov_spectrum
from curvae.dynamics.reconstruction import path_shape, reconstruction_errors
from curvae.dynamics.track import mass
from curvae.flows.density import densities
from curvae.flows.ring import learn_ring
from curvae.generation import attribute_edits, axis_correlations, fit_classifier, generation_table, median_leap
from curvae.generation.between import Neighbours, between_table
from curvae.geometry import likely_moves
from curvae.scores.bound import bound_table


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
        # what the equations say of the map, or of another one
        trace = np.log(0.3 if broken else 0.15)
        apart = exponents_distance(values, rows[0][-2] if rows else values)
        rows.append((name, 0, values[0], values.sum(), trace, float(kaplan_yorke(values)), apart, values, pairs))
        exponents += [(name, k + 1, value) for k, value in enumerate(values)]
    table = pd.DataFrame(
        rows, columns=["system", "seed", "largest", "sum", "trace", "dimension", "exponents", "all", "pairs"]
    )
    apart = [return_map_distance(pairs, rows[0][-1], 1) for pairs in table.pop("pairs")]
    table = table.assign(return_map=apart)
    return claims.climate_claims(pd.DataFrame(exponents, columns=["system", "exponent", "value"]), table)


def directions(broken):
    """Steps along the axis by which images keep their light, or anywhere, of codes on a line across it."""
    rng = np.random.default_rng(0)
    start, spread = (
        rng.normal(size=(20, 1, 2)) * ([8, 0] if broken else [1, 0.1]),
        [0.08, 0.1] if broken else [0.1, 0.01],
    )
    codes = (start + np.cumsum(rng.normal(size=(20, 30, 2)) * spread, axis=1)).reshape(-1, 2)

    def decoder(z):
        turned, lit = z[..., :1] / 10, 5 * z[..., 1:]
        return 10 + torch.cat([turned, -turned, lit, lit], dim=-1)

    told = likely_moves(
        decoder, torch.as_tensor(codes), likelihood="gaussian", trajectory=np.repeat(np.arange(20), 30), points=30
    )
    return claims.directions_claims(told[1])


def generation(broken):
    """Blurred squares of an autoencoder and sharp, noisy ones of a generator, or one grey image, in leaps."""
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
    # two numbers that images change with, evenly or in one leap
    faded = lambda z: (z[..., :1, None] > 0 if broken else z[..., :1, None]) * real[:1, None]  # noqa: E731
    leap = float(median_leap(faded, rng.normal(size=(1, 40, 2)))[0])
    classifier = fit_classifier((real, label), (real, label), 1, seed=0)
    table = generation_table(
        [({"network": name, "seed": 0, "epochs": 1, "leap": leap}, images, None) for name, images in drawn.items()],
        real,
        real,
        classifier,
    )
    return claims.generation_claims(table)


def reasonable(broken):
    """Draws like the images of four kinds, or one and the same that is half of two kinds."""
    rng = np.random.default_rng(0)
    label = np.arange(400) % 4
    real = np.zeros((400, 8, 8), np.float32)
    for kind in range(4):
        real[label == kind, 2 * kind : 2 * kind + 2] = 1
    real = np.abs(real - (rng.random(real.shape) < 0.05)).astype(np.float32)
    drawn = np.tile((real[:1] + real[1:2]) / 2, (400, 1, 1)) if broken else real[::-1].copy()
    axes = {"network": "mlp", "seed": 0, "epochs": 1, "leap": 0.2}
    classifier = fit_classifier((real, label), (real, label), 40, seed=0)
    return claims.generation_claims(generation_table([(axes, drawn, None)], real, real, classifier))


def between(broken):
    """Ways between images that pass through images, beside ways through means of two; or the other way round."""
    rng = np.random.default_rng(0)
    real = (rng.random((60, 6, 6)) < 0.5).astype(np.float32)
    near = lambda images, off: np.abs(images - off * rng.random(images.shape))  # noqa: E731
    first, last = near(real[:20], 0.1), near(real[20:40], 0.1)
    ways = {"through": near(real[40:], 0.05), "mixed": (first + last) / 2}
    order = ("mixed", "through") if broken else ("through", "mixed")
    tables = [
        between_table(np.stack([first, ways[way], last], axis=1), Neighbours(real)).assign(model=model, seed=0)
        for model, way in zip(("interpolator", "vae"), order, strict=True)
    ]
    return claims.between_claims(pd.concat(tables))


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


FLIPS = {
    axes: "axes.slant axes.thickness",
    flow: "flow.slant flow.thickness flow.width",
    square: "square.range_before square.cells_before square.quadrants square.snake_mse square.snake_turns "
    "square.snake_length",
    unmoved: "square.range_after square.cells_after square.latent_dies square.latent_lives square.bands "
    "square.collapse_kl square.collapse_mse square.closed_form square.snake_beta square.snake_lam "
    "square.smooth square.smooth_line",
    shapes: "square.between square.diamond square.diamond_penalty square.gaussian square.gaussian_draws "
    "square.penalty_range",
    digits: "digits.cross_entropy digits.kl digits.separation digits.through digits.gaussian digits.origin "
    "digits.conv_separation digits.conv_gaussian digits.conv_origin digits.conv_grid",
    ball: "ball.light ball.shape ball.bounces ball.momentum ball.predictable ball.best_lead "
    + " ".join(f"ball.{who}_{aim[0]}" for who in ("best", "standard") for aim in AIMS),
    climate: "climate.trace climate.gru.largest climate.gru.spectrum climate.gru.dimension climate.gru.return_map",
    geometry: "geometry.shorter",
    groups: "geometry.kmeans geometry.kmedoids geometry.neighbours",
    solver: "geometry.solved geometry.least",
    around: "geometry.less_empty",
    mixtures: "geometry.land",
    walks: "geometry.walks geometry.walks_lead",
    directions: "directions.axes directions.sheet directions.codes directions.posterior directions.mass",
    disentanglement: " ".join({claim.key for claim, _ in disentanglement_rows} - {"disentanglement.dependence"}),
    dependence: "disentanglement.dependence",
    generation: "generation.smooth generation.fuzzy generation.somewhat generation.alike",
    reasonable: "generation.confidence generation.classes",
    between: "between.convex between.nearer between.sharper",
    inversion: "inversion.exact inversion.noisy inversion.disjoint",
    stopped: "inversion.whole",
    posterior: "posterior.bound posterior.likelihood",
    density: "density.toy.prior density.toy.expansion",
    ring: "ring.radius ring.angle",
    sizes: "ball.size_median ball.size_q99 ball.size_fewest_median ball.size_fewest_q99",
    joint: "ball.joint_tear ball.joint_bend ball.joint_halfway ball.joint_error ball.joint_worst",
    pretraining: "deep.pretraining deep.pretraining_counted",
    codes: "codes.weird codes.sparse",
    drawn: "codes.drawn codes.drawn_fifth codes.drawn_moments",
}
FAULTS = {ball: "ball.morphs ball.wanders"}  # sentences that say what is wrong


@pytest.fixture(scope="module")
def judged():
    """Verdicts of a toy, sound and broken, worked out once."""

    @cache
    def verdicts(toy):
        return tuple(claims.gather(toy(state)).set_index("claim")["verdict"] for state in (False, True))

    return verdicts


@pytest.mark.parametrize("toy", FLIPS, ids=lambda toy: toy.__name__)
def test_verdicts_follow_the_model(toy, judged):
    sound, broken = judged(toy)
    for key in FLIPS[toy].split():
        assert (sound[key], broken[key]) == ("reproduced", "not reproduced"), key
    for key in FAULTS.get(toy, "").split():
        assert (sound[key], broken[key]) == ("not reproduced", "reproduced"), key


def test_every_row_has_a_toy(judged):
    turned = {key for keys in (*FLIPS.values(), *FAULTS.values()) for key in keys.split()}
    assert {key for toy in FLIPS for key in judged(toy)[0].index} == turned


def test_every_kind_of_claims_has_a_toy():
    modules = [importlib.import_module(f"curvae.claims.{m.name}") for m in pkgutil.iter_modules(claims.__path__)]
    kinds = {name.removesuffix("_claims") for module in modules for name in vars(module) if name.endswith("_claims")}
    assert kinds - {"convolutional", "grid"} <= {toy.__name__ for toy in FLIPS}
