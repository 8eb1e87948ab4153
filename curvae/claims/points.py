"""What one autoencoder of the uniform square did to its points."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int
from scipy.stats import kstest

from curvae.claims.neighbours import purity

CELLS = 10  # a side of the square
STEP = 0.01  # prior s.d.; of the differences that stand for derivatives
STILL = 1e-5  # sides of the square; a shorter step of a decoded line has no direction

Points = Float[np.ndarray, "n 2"]


def measure_square(
    codes: Float[np.ndarray, "n latent"],
    kl: Float[np.ndarray, " latent"],
    reconstruction: Points,
    points: Points,
    quadrant: Int[np.ndarray, " n"],
    line: Float[np.ndarray, "m 2"] | None = None,
    drawn: Float[np.ndarray, "n latent"] | None = None,
) -> dict[str, float]:
    """Statistics of one member; all NaN if it diverged.

    Args:
        codes: posterior means of the points.
        kl: of each latent, mean over the points, in nats.
        reconstruction: decoded posterior means.
        points: of the unit square.
        quadrant: of each point.
        line: decoded codes along z in [-3, 3], for one latent.
        drawn: a draw of each point's posterior; the means stand for it where there is none.

    Returns:
        mse (per coordinate), low_quantile (0.5 %, over both coordinates of the reconstruction), occupied
        (share of the 10 x 10 cells that the reconstruction reaches), purity (mean share of a code's 10
        nearest neighbours in its own quadrant), purity_points (that of the points themselves, which the
        borders between quadrants keep below 1: about .964 for 2000 points), ks (Kolmogorov-Smirnov
        distance of a latent's standardised means to N(0, 1), mean over latents), ks_draws (the same of the draws),
        kurtosis (3 for a Gaussian, 1.8 for a uniform distribution, mean over latents), kl_total, kl_least and
        kl_most [nats]; with two latents diamond (see `diamond`); with a line arc_length [sides of the square] and
        turning [degrees].

    Raises:
        ValueError: shapes that do not agree.
    """
    codes, reconstruction, points = (np.asarray(a, dtype=np.float64) for a in (codes, reconstruction, points))
    kl = np.asarray(kl, dtype=np.float64)
    n = len(points)
    allowed = {"points": (n, 2), "reconstruction": (n, 2), "codes": (n, kl.size), "quadrant": (n,)}
    given = {"points": points, "reconstruction": reconstruction, "codes": codes, "quadrant": quadrant}
    for name, shape in allowed.items():
        if np.shape(given[name]) != shape:
            raise ValueError(f"{name}: shape {np.shape(given[name])}; allowed: {shape}")
    parts = [codes, kl, reconstruction, *([] if line is None else [line])]
    sound = all(np.isfinite(part).all() for part in parts)
    found = {
        "mse": lambda: np.square(reconstruction - points).mean(),
        "low_quantile": lambda: np.quantile(reconstruction, 0.005),
        "occupied": lambda: occupied(reconstruction),
        "purity": lambda: purity(codes, quadrant),
        "purity_points": lambda: purity(points, quadrant),
        "ks": lambda: np.mean([normal_distance(z) for z in codes.T]),
        "ks_draws": lambda: np.mean([normal_distance(z) for z in (codes if drawn is None else np.asarray(drawn)).T]),
        "kurtosis": lambda: np.mean([kurtosis(latent) for latent in codes.T]),
        "kl_total": kl.sum,
        "kl_least": kl.min,
        "kl_most": kl.max,
    }
    if kl.size == 2:
        found["diamond"] = lambda: diamond(codes)
    if line is not None:
        found |= {"arc_length": lambda: arc_length(line), "turning": lambda: turning(line)}
    return {name: float(measure()) if sound else np.nan for name, measure in found.items()}


def roughness(
    decode: Callable[[Float[np.ndarray, "member n latent"]], Float[np.ndarray, "member n feature"]],
    members: int,
    latent: int,
    draws: int = 2000,
    seed: int = 0,
) -> Float[np.ndarray, " member"]:
    """sqrt(E |J|^2 / Var f) of decoders f with Jacobian J, over draws of N(0, I).

    At least 1, and 1 for an affine decoder alone (the Gaussian Poincare inequality): how much more a decoder bends than
    the spread of its outputs asks for. NaN for a decoder of one output.

    Args:
        decode: codes to outputs, of all members at once.
        members: how many decoders.
        latent: number of latents.
        draws: from N(0, I).
        seed: of the draws.

    Reference: Chernoff (1981), A note on an inequality involving the normal distribution.
    """
    z = np.random.default_rng(seed).standard_normal((draws, latent))
    at = lambda z: np.asarray(decode(np.tile(z, (members, 1, 1))), dtype=np.float64)  # noqa: E731
    slopes = [(at(z + step) - at(z - step)) / (2 * STEP) for step in STEP * np.eye(latent)]
    variance = at(z).var(1).sum(-1)
    energy = sum(np.square(slope).sum(-1).mean(1) for slope in slopes)
    return np.sqrt(np.divide(energy, variance, out=np.full(members, np.nan), where=variance > 0))


def occupied(points: Points) -> float:
    """Share of the 10 x 10 cells of the unit square that hold a point; points outside are in no cell."""
    edges = np.linspace(0, 1, CELLS + 1)
    return float((np.histogram2d(*np.asarray(points).T, bins=(edges, edges))[0] > 0).mean())


def normal_distance(values: Float[np.ndarray, " n"]) -> float:
    """sup |F_n - Phi| of the standardised values; 1/2 if all are equal."""
    values = np.asarray(values, dtype=np.float64)
    deviation = values.std()
    return float(kstest((values - values.mean()) / (deviation or 1.0), "norm").statistic)


def kurtosis(values: Float[np.ndarray, " n"]) -> float:
    """Fourth central moment over the squared variance; 0 if all values are equal."""
    values = np.asarray(values, dtype=np.float64)
    centred = values - values.mean()
    return float(np.power(centred, 4).mean() / (np.square(centred).mean() ** 2 or 1.0))


def diamond(codes: Points) -> float:
    """Reach of standardised codes by |u_1| + |u_2| over that by max(|u_1|, |u_2|), each the 99.5 % quantile.

    About 1 for a diamond with its corners on the axes, sqrt(2) for a disc or a Gaussian, 2 for a square along the axes.
    """
    codes = np.asarray(codes, dtype=np.float64)
    deviation = codes.std(0)
    reach = np.abs(codes - codes.mean(0)) / np.where(deviation > 0, deviation, 1.0)
    farthest = np.quantile(reach.max(1), 0.995)
    return float(np.quantile(reach.sum(1), 0.995) / farthest) if farthest > 0 else np.nan


def arc_length(line: Float[np.ndarray, "m 2"]) -> float:
    """Length of a polyline, in its coordinates' unit."""
    return float(np.hypot(*np.diff(np.asarray(line, dtype=np.float64), axis=0).T).sum())


def turning(line: Float[np.ndarray, "m 2"]) -> float:
    """Sum of the absolute angles between successive steps of a polyline, in degrees.

    Steps shorter than `STILL` are left out: rounding alone gives them a direction.
    """
    steps = np.diff(np.asarray(line, dtype=np.float64), axis=0)
    x, y = steps[np.hypot(*steps.T) >= STILL].T
    angles = np.arctan2(x[:-1] * y[1:] - y[:-1] * x[1:], x[:-1] * x[1:] + y[:-1] * y[1:])
    return float(np.degrees(np.abs(angles).sum()))
