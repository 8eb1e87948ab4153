"""Structured predictor: free flight between mirrors, in coordinates that are found from the latent paths alone.

Nothing here sees a position. Slow features (Wiskott & Sejnowski 2002) unroll the sheet of codes, their ranks flatten
it, and flights fitted to whole windows pin it down; every step is an eigenvalue problem or least squares.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.linalg import eigh, solve

Path = Float[np.ndarray, "window time axis"]
PerAxis = Float[np.ndarray, " axis"]

FASTEST, SPACING = 0.9, 0.02  # of the speeds that a fit starts from [standard deviations of the coordinate a frame]
NEWTON = 6  # steps of Gauss-Newton in a fit
SMALL = 1e-7  # share of the largest variance below which a direction of the features is left out
ROUNDS = 6  # of alternation between chart and flights
TURNS = 180  # rotations that are tried


@dataclass(frozen=True)
class Features:
    """f(x) = (x, tanh(A x + b)), random and fixed, standardised on the training states."""

    weight: Float[np.ndarray, "width unit"]
    bias: Float[np.ndarray, " unit"]
    mean: Float[np.ndarray, " feature"]
    deviation: Float[np.ndarray, " feature"]

    @classmethod
    def draw(cls, x: Float[np.ndarray, "sample width"], units: int, rng: np.random.Generator) -> "Features":
        """Features whose bends lie among the samples: b = -A c with c one of them."""
        weight = rng.normal(0, 1.5, (x.shape[1], units))
        bias = -(x[rng.integers(len(x), size=units)] * weight.T).sum(1)
        raw = cls(weight, bias, np.zeros(1), np.ones(1))(x)
        return cls(weight, bias, raw.mean(0), raw.std(0))

    def __call__(self, x: Float[np.ndarray, "*batch width"]) -> Float[np.ndarray, "*batch feature"]:
        """Values of the features."""
        return (np.concatenate([x, np.tanh(x @ self.weight + self.bias)], -1) - self.mean) / self.deviation


@dataclass(frozen=True)
class Regression:
    """y = c + f(x) B."""

    features: Features
    weights: Float[np.ndarray, "feature width"]
    constant: Float[np.ndarray, " width"]

    @classmethod
    def fit(cls, features: Features, values: np.ndarray, targets: np.ndarray, penalty: float) -> "Regression":
        """Ridge regression of targets on the features' `values`, which have mean 0."""
        gram = values.T @ values + penalty * len(values) * np.eye(values.shape[1])
        constant = targets.mean(0)
        return cls(features, solve(gram, values.T @ (targets - constant), assume_a="pos"), constant)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Predicted targets."""
        return self.constant + self.features(x) @ self.weights


@dataclass(frozen=True)
class Billiard:
    """u = C(x); on each axis u_t = fold(q + v t) between two walls; x^ = D(u).

    Put in: two independent coordinates, free flight, mirrors. Found: the coordinates, the walls and the way back.

    Attributes:
        chart: C.
        image: D.
        low: lower walls.
        width: of the box.
        misfit: root mean square of C(x) - fold(q + v t) over the training windows, the chart's noise.
    """

    chart: Regression
    image: Regression
    low: PerAxis
    width: PerAxis
    misfit: PerAxis

    def forecast(
        self, inputs: Float[np.ndarray, "start warmup width"], frames: int
    ) -> Float[np.ndarray, "start frames width"]:
        """Place and velocity by least squares from the inputs, then free flight; the first frame follows the inputs.

        Args:
            inputs: frames of the warm-up, at least 3.
            frames: number of predicted frames.

        Raises:
            ValueError: too short a warm-up, or inputs that are not finite.
        """
        if inputs.shape[1] < 3:
            raise ValueError(f"inputs: a warm-up of {inputs.shape[1]} frames; allowed: at least 3")
        if not np.isfinite(inputs).all():
            raise ValueError(f"inputs: {int((~np.isfinite(inputs)).sum())} entries are NaN or infinite; allowed: none")
        place, velocity = fit_flight(self.chart(inputs), self.low, self.width)
        ahead = np.arange(1, frames + 1)[:, None]
        return self.image(fold(place[:, None] + velocity[:, None] * ahead, self.low, self.width))


def fit_billiard(
    sequences: Float[np.ndarray, "trajectory time width"],
    units: int = 300,
    window: int = 40,
    penalty: float = 1e-6,
    seed: int = 0,
) -> Billiard:
    """Find coordinates in which the paths are flights between mirrors.

    Args:
        sequences: standardised trajectories.
        units: random features of the chart; the way back has twice as many.
        window: frames of a flight that is fitted.
        penalty: of the regressions, a share of the features' variance.
        seed: of the features.

    Raises:
        ValueError: sequences shorter than the window, a window below 8 frames, or NaN.
    """
    x = np.asarray(sequences, dtype=np.float64)
    if x.ndim != 3 or not 8 <= window <= x.shape[1]:
        raise ValueError(f"window = {window}: allowed: 8 to the frames of a trajectory; sequences: shape {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError(f"sequences: {int((~np.isfinite(x)).sum())} entries are NaN or infinite; allowed: none")
    rng = np.random.default_rng(seed)
    features = Features.draw(x.reshape(-1, x.shape[2]), units, rng)
    values = features(x)
    u = _equalised(_aligned(_slow(values)))
    count = x.shape[1] // window
    cut = slice(0, count * window)
    values = values[:, cut].reshape(-1, values.shape[2])
    u = u[:, cut].reshape(-1, window, 2)
    low, high = (np.quantile(u, q, axis=(0, 1)) for q in (0.002, 0.998))
    width = high - low
    for _ in range(ROUNDS):
        low, width, flown = _flights(u, low, width)
        good = _good(u - flown)
        kept = np.repeat(good, window)
        scale = flown[good].std((0, 1))
        chart = Regression.fit(features, values[kept], flown[good].reshape(-1, 2) / scale, penalty)
        low, width = low / scale, width / scale
        u = (chart.constant + values @ chart.weights).reshape(u.shape)
    low, width, flown = _flights(u, low, width)
    good = _good(u - flown)
    seen, states = flown[good].reshape(-1, 2), x[:, cut].reshape(u.shape[0], window, -1)[good]
    back = Features.draw(seen, 2 * units, rng)  # from the flights, not the charted places: rollouts start there too
    image = Regression.fit(back, back(seen), states.reshape(len(seen), -1), penalty)
    misfit = np.sqrt(np.median((u - flown) ** 2, axis=(0, 1)) / 0.4549)
    return Billiard(chart, image, low, width, misfit)


def _good(away: Path) -> np.ndarray:
    """Windows whose misfit is not far above the usual one, [window]."""
    squared = (away**2).mean((1, 2))
    return squared < 9 * np.median(squared)


def fold(path: np.ndarray, low: PerAxis, width: PerAxis) -> np.ndarray:
    """A straight path mirrored at both walls: low + W - |((p - low) mod 2 W) - W|."""
    return low + width - np.abs(np.mod(path - low, 2 * width) - width)


def fit_flight(u: Path, low: PerAxis, width: PerAxis) -> tuple[np.ndarray, np.ndarray]:
    """Place at the last frame and velocity with the smallest sum of |u_t - fold(q + v t)|^2.

    On each axis the best of many velocities through the median of the first frames, then Gauss-Newton. From n frames
    with noise s the velocity has the error s sqrt(12 / n^3).

    Args:
        u: coordinates.
        low: lower walls.
        width: of the box.

    Returns:
        Two arrays [window, axis].
    """
    time = np.arange(u.shape[1]) - (u.shape[1] - 1) // 2
    middle = u[:, (u.shape[1] - 1) // 2]
    speeds = np.arange(-FASTEST, FASTEST + SPACING / 2, SPACING)
    misfits = [np.abs(u - fold(middle[:, None] + v * time[:, None], low, width)).sum(1) for v in speeds]
    place, velocity = middle, speeds[np.argmin(misfits, axis=0)]
    for _ in range(NEWTON):
        change = _moments(_signed(u, place, velocity, time, low, width), time)
        place, velocity = place + change[0], velocity + change[1]
    return place + velocity * time[-1], velocity


def _signed(u, place, velocity, time, low, width):
    """u - fold(p) times the slope of fold, [window, time, axis]."""
    path = place[:, None] + velocity[:, None] * time[:, None]
    rising = np.mod(path - low, 2 * width) < width
    return np.where(rising, 1, -1) * (u - fold(path, low, width))


def _moments(away, time):
    """Coefficients of 1 and t in the least-squares line of each window and axis."""
    n, first, second = len(time), time.sum(), (time**2).sum()
    sums = away.sum(1), (away * time[:, None]).sum(1)
    determinant = n * second - first**2
    return (second * sums[0] - first * sums[1]) / determinant, (n * sums[1] - first * sums[0]) / determinant


def _slow(values: Float[np.ndarray, "trajectory time feature"]) -> Float[np.ndarray, "trajectory time 2"]:
    """The two uncorrelated combinations of the features, of variance 1, that change least from frame to frame.

    Of all functions of the place of a ball in a box these are cos(pi x / W) and cos(pi y / W), or turned.
    """
    flat = values.reshape(-1, values.shape[2])
    variances, directions = eigh(flat.T @ flat / len(flat))
    kept = variances > SMALL * variances[-1]
    whitened = directions[:, kept] / np.sqrt(variances[kept])
    change = np.diff(values, axis=1).reshape(-1, flat.shape[1]) @ whitened
    return values @ (whitened @ eigh(change.T @ change, subset_by_index=[0, 1])[1])


def _aligned(u: Float[np.ndarray, "trajectory time 2"]) -> Float[np.ndarray, "trajectory time 2"]:
    """Turned to independent axes: the smallest sum of fourth moments, for both are flatter than a Gaussian."""
    angles = np.arange(TURNS) * np.pi / 2 / TURNS
    turns = np.stack([[np.cos(angles), -np.sin(angles)], [np.sin(angles), np.cos(angles)]]).transpose(2, 0, 1)
    return u @ min(turns, key=lambda turn: ((u @ turn) ** 4).mean())


def _equalised(u: Float[np.ndarray, "trajectory time 2"]) -> Float[np.ndarray, "trajectory time 2"]:
    """Each axis by its ranks, uniform with variance 1: a ball in free flight is everywhere equally long."""
    flat = u.reshape(-1, 2)
    ranks = flat.argsort(0).argsort(0)
    return (((ranks + 0.5) / len(flat) - 0.5) * np.sqrt(12)).reshape(u.shape)


def _flights(u: Path, low: PerAxis, width: PerAxis) -> tuple[PerAxis, PerAxis, Path]:
    """Walls moved to their least squares, with flights fitted before and after; and the flights."""
    time = np.arange(1.0 - u.shape[1], 1.0)
    place, velocity = fit_flight(u, low, width)
    path = place[:, None] + velocity[:, None] * time[:, None]
    rising = np.where(np.mod(path - low, 2 * width) < width, 1, -1)
    step = 1e-4
    slopes = [
        (fold(path, low + step, width - step) - fold(path, low - step, width + step)) / (2 * step),  # by the lower wall
        (fold(path, low, width + step) - fold(path, low, width - step)) / (2 * step),  # by the upper one
    ]
    away = u - fold(path, low, width)
    left = []
    for part in (away, *slopes):  # what a change of place and velocity cannot explain
        constant, slope = _moments(rising * part, time)
        left.append(part - rising * (constant[:, None] + slope[:, None] * time[:, None]))
    good = np.abs(left[0]) < 5 * np.median(np.abs(left[0]), axis=(0, 1))
    change = np.zeros((2, 2))
    for axis in range(2):
        columns = np.stack([s[..., axis][good[..., axis]] for s in left[1:]], -1)
        change[axis] = np.linalg.lstsq(columns, left[0][..., axis][good[..., axis]], rcond=None)[0]
    low, width = low + change[:, 0], width + change[:, 1] - change[:, 0]
    place, velocity = fit_flight(u, low, width)
    return low, width, fold(place[:, None] + velocity[:, None] * time[:, None], low, width)
