"""Autoencoders of the unit square, sound and broken, for the claims on it."""

from itertools import product

import numpy as np
import pandas as pd
from scipy.stats import norm

from curvae import claims
from curvae.claims.square import linear_kl


def bends(waves, latent):
    """Roughness of a decoder that bends into waves."""
    return float(claims.roughness(lambda z: np.sin(waves * z), 1, latent)[0])


def square(broken):
    """A linear autoencoder that does what theory says of it, and one latent that winds through the square."""
    points = np.random.default_rng(0).random((1500, 2))
    quadrant = 2 * (points[:, 0] < 0.5) + (points[:, 1] < 0.5)
    line = np.stack([np.linspace(0.05, 0.95, 600), 0.5 + 0.42 * np.sin(np.linspace(0, 25, 600))], axis=1)
    nearest = np.argmin(np.square(points[:, None] - line).sum(2), axis=1)
    rows = []
    for latent, beta, lam in product((1, 2), (0.01, 0.03, 0.1, 0.2), (0.0, 1e-3, 2e-3)):
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
        axes = {"latent": latent, "beta": beta, "lam": lam, "seed": 0}
        rows.append({**axes, **found, "roughness": bends(0.1 / beta, latent)})
    return claims.square_claims(pd.DataFrame(rows))


def unmoved(broken):
    """The same autoencoder, or one that keeps the square under any penalty, and bends the more the larger beta is."""
    if not broken:
        return square(False)
    points = np.random.default_rng(0).random((1500, 2))
    quadrant = 2 * (points[:, 0] < 0.5) + (points[:, 1] < 0.5)
    rows = []
    for latent, beta, lam in product((1, 2), (0.01, 0.1, 0.2), (0.0, 1e-3, 2e-3)):
        found = claims.measure_square(
            points[:, :latent],
            np.full(latent, 0.05 if lam else 2.0),
            points,
            points,
            quadrant,
            points if latent == 1 else None,
        )
        axes = {"latent": latent, "beta": beta, "lam": lam, "seed": 0}
        rows.append({**axes, **found, "roughness": bends(100 * beta, latent)})
    return claims.square_claims(pd.DataFrame(rows))


def shapes(broken):
    """Codes halfway from uniform to Gaussian, then Gaussian, then a diamond; or the other way round."""
    points = np.random.default_rng(0).random((1500, 2))
    quadrant = 2 * (points[:, 0] < 0.5) + (points[:, 1] < 0.5)
    halfway, gaussian = norm.ppf(0.05 + 0.9 * points), norm.ppf(points)
    diamond = points @ [[1, 1], [1, -1]]
    rows = []
    for beta, lam in ((0.01, 0.0), (0.1, 0.0), (0.01, 3e-4), (0.01, 1.4e-3)):
        codes = diamond if lam else halfway if beta == 0.01 else gaussian
        outputs = 0.25 + points / 2 if lam == 1.4e-3 else points
        if broken:
            codes, outputs = points if lam or beta == 0.1 else gaussian, points
        found = claims.measure_square(codes, np.ones(2), outputs, points, quadrant)
        rows.append({"latent": 2, "beta": beta, "lam": lam, "seed": 0, **found})
    return claims.square_claims(pd.DataFrame(rows))
