"""Codes, sound and broken, for the claims on digits, disentanglement, a plain autoencoder and pretraining."""

from functools import cache

import numpy as np
import pandas as pd
import torch
import xarray as xr

from curvae import claims
from curvae.flows.code_shape import code_shape
from curvae.generation import code_distances
from curvae.objectives.elbo import bernoulli_nats, gaussian_kl
from curvae.scores import published
from curvae.scores.baselines import stacked
from curvae.scores.decomposition import decompose_members
from curvae.scores.pretraining import compare_pretraining
from curvae.summary import final_losses
from curvae.sweep.history import History


def striped():
    digit = np.arange(500) // 50
    codes = np.sort(np.random.default_rng(0).normal(size=(500, 2)), axis=0)
    codes[:, 1] = np.random.default_rng(1).permutation(codes[:, 1])
    return codes, digit


def digits(broken):
    """Classes in stripes and a decoder that knows how much ink there is, or shuffled codes and one that does not."""
    codes, digit = striped()
    # 784 pixels, each black with p: an entropy of 139 nats. Two means whose squares make a KL of 6.1 nats.
    images = torch.rand(1, 500, 784, generator=torch.Generator().manual_seed(0)) < 0.043
    logits = torch.full(images.shape, torch.logit(torch.tensor(0.2 if broken else 0.043)))
    mean = torch.full((1, 500, 2), 0.0 if broken else 6.1**0.5)
    nats = bernoulli_nats(logits, images.float()).sum(1)
    totals = {"recon": nats, "recon_mean": nats, "kl": gaussian_kl(mean, 0 * mean).sum(1)}
    history = History([{"seed": 0}])
    for split in ("train", "validation"):
        history.add(40, split, totals, images.shape[1], torch.zeros(1, dtype=bool))
    beside = [codes], digit
    codes = np.random.default_rng(2).permutation(codes) ** 2 + 1 if broken else codes
    losses = final_losses([history.table()])
    alone = claims.digits_claims(losses, [codes], digit) + claims.convolutional_claims([codes], digit)
    return alone + claims.grid_claims([codes], digit, beside)


@cache
def scored():
    """The metric of codes that are noise, of the factors under ever less of it, and of the factors."""
    rng = np.random.default_rng(0)
    factors = rng.integers(0, 4, (400, 3)).astype(float)
    names, noise = ["a", "b", "c"], rng.normal(size=factors.shape)
    levels = (noise, factors + 8 * noise, factors + 4 * noise, factors + 2 * noise, factors)
    shared = {"factor_names": names, "classes": names, "samples": 400, "seed": 0}
    settings = {"train": 150, "test": 100, "bootstrap": 5}
    stack = stacked(levels, level=range(5), beta=[1.0] * 5, seed=[0] * 5)
    return published.run_protocols([stack], factors, **shared, settings=settings)


def posteriors(dependent):
    """Posteriors of three latents that tell two numbers and their sum, or hint at three numbers, most at the last."""
    numbers = np.random.default_rng(1).normal(size=(300, 3))
    if dependent:
        numbers[:, 2] = numbers[:, 0] + numbers[:, 1]
    dims = ("member", "sample", "latent")
    means = (dims, (1.0 if dependent else np.array([0.5, 0.5, 1.0])) * numbers[None])
    logvars = (dims, np.full((1, 300, 3), np.log(0.1 if dependent else 0.75)))
    return xr.Dataset({"mean": means, "logvar": logvars}, coords={"seed": ("member", [0])})


def disentanglement(broken):
    """Better codes and less dependent posteriors where the sources say so, or where they say the contrary.

    A broken decomposition is one whose KL is that to another prior than its parts'.
    """
    known = {level: rows.drop(columns="level") for level, rows in scored().groupby("level")}
    level = lambda place: known[4 - place if broken else place]  # noqa: E731
    worse = ("untrained", "pixels", "ica")
    ranked = {"ground_truth": 4, "pca": 3, **dict.fromkeys(worse, 0)}
    baselines = pd.concat([level(place).assign(representation=name) for name, place in ranked.items()])
    ranked = {"elbo": 1, "infogan": 2, "dc_ign": 2 if broken else 4, "beta_tcvae": 4, "factorvae": 4}
    members = [published.named(level(place), kind) for kind, place in ranked.items()]
    members += [published.named(level(4).assign(beta=4.0), "elbo")]
    return claims.disentanglement_claims(pd.concat(members), baselines, kl_terms(broken))


def kl_terms(broken):
    terms = []
    for kind, beta in (("elbo", 1.0), ("elbo", 4.0), ("beta_tcvae", 4.0), ("factorvae", 4.0)):
        stack = posteriors(dependent=(beta == 1) != broken)
        table = decompose_members([stack], samples=300, seed=0).assign(objective=kind, beta=beta)
        if broken:
            table["kl"] = decompose_members([stack.assign_attrs(prior_variance=4.0)], samples=300, seed=0)["kl"]
        terms.append(table)
    return pd.concat(terms)


def dependence(broken):
    """Codes that tell the factors where latents are less dependent, or where they are more so; of eight seeds."""
    known = {level: rows.drop(columns="level") for level, rows in scored().groupby("level")}
    places = (("elbo", 1.0, 1), ("elbo", 4.0, 4), ("beta_tcvae", 4.0, 3), ("factorvae", 4.0, 2))
    members = [published.named(known[place].assign(beta=beta), kind) for kind, beta, place in places]
    baselines = known[0].assign(representation="pixels")
    pool = [pd.concat(each.assign(seed=s) for s in range(8)) for each in (pd.concat(members), kl_terms(broken))]
    return claims.disentanglement_claims(pool[0], baselines, pool[1])


def pretraining(broken):
    """Histories of networks that began well, or worse than at random."""

    def history(start, epochs):
        rows = [(seed, epoch, start - 10.0 * epoch + seed) for seed in range(3) for epoch in range(1, epochs + 1)]
        return pd.DataFrame(rows, columns=["seed", "epoch", "recon"]).assign(split="validation")

    return claims.pretraining_claims(compare_pretraining(history(230 if broken else 140, 3), history(180, 6), 3))


def arcs(rng, count):
    """Points on two far, thin arcs."""
    angle, side = rng.uniform(0, np.pi, count), rng.choice([-1, 1], count)
    return np.stack([4 * side + np.cos(angle), side * np.sin(angle)], 1) + 0.02 * rng.normal(size=(count, 2))


def codes(broken):
    """Codes on two arcs, which no Gaussian describes, or Gaussian ones."""
    rng = np.random.default_rng(0)
    cloud = torch.as_tensor(rng.normal(size=(1500, 2)) if broken else arcs(rng, 1500))
    return claims.codes_claims(code_shape(cloud[:1000], cloud[1000:], steps=150).assign(seed=0))


def drawn(broken):
    """Draws from the same two arcs as the codes, or from somewhere far."""
    rng = np.random.default_rng(0)
    clouds = [arcs(rng, 500) for _ in range(3)]
    mean, deviation = clouds[0].mean(0), clouds[0].std(0)
    train, test, draws = ((cloud - mean) / deviation for cloud in clouds)
    table = code_distances([({"seed": 0}, draws + 3 if broken else draws)], train, test, mean, deviation)
    return claims.drawn_claims(table)
