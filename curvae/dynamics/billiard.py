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
    def draw(
        cls, x: Float[np.ndarray, "sample width"], units: int, rng: np.random.Generator
    ) -> tuple["Features", Float[np.ndarray, "sample feature"]]:
        """Features whose bends lie among the samples, b = -A c with c one of them; and their values there."""
        weight = rng.normal(0, 1.5, (x.shape[1], units))
        bias = -(x[rng.integers(len(x), size=units)] * weight.T).sum(1)
        raw = cls(weight, bias, np.zeros(1), np.ones(1))(x)
        found = cls(weight, bias, raw.mean(0), raw.std(0))
        return found, (raw - found.mean) / found.deviation

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
    def fit(
        cls, features: Features, values: np.ndarray, targets: np.ndarray, penalty: float, gram: np.ndarray
    ) -> "Regression":
        """Ridge regression of targets on the features' `values`, which have mean 0; `gram` is values' values."""
        gram = gram + penalty * len(values) * np.eye(len(gram))
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
    features, values = Features.draw(x.reshape(-1, x.shape[2]), units, rng)
    values = values.reshape(*x.shape[:2], -1)
    u = _equalised(_aligned(_slow(values)))
    count = x.shape[1] // window
    cut = slice(0, count * window)
    values = values[:, cut].reshape(-1, values.shape[2])
    u = u[:, cut].reshape(-1, window, 2)
    low, high = (np.quantile(u, q, axis=(0, 1)) for q in (0.002, 0.998))
    width = high - low
    gram = values.T @ values
    for _ in range(ROUNDS):
        low, width, flown = _flights(u, low, width)
        good = _good(u - flown)
        kept = np.repeat(good, window)
        scale = flown[good].std((0, 1))
        left = values[~kept]  # few
        chart = Regression.fit(
            features, values[kept], flown[good].reshape(-1, 2) / scale, penalty, gram - left.T @ left
        )
        low, width = low / scale, width / scale
        u = (chart.constant + values @ chart.weights).reshape(u.shape)
    low, width, flown = _flights(u, low, width)
    good = _good(u - flown)
    seen, states = flown[good].reshape(-1, 2), x[:, cut].reshape(u.shape[0], window, -1)[good]
    back, behind = Features.draw(seen, 2 * units, rng)  # from the flights, not the charted places: rollouts start there
    image = Regression.fit(back, behind, states.reshape(len(seen), -1), penalty, behind.T @ behind)
    misfit = np.sqrt(np.median((u - flown) ** 2, axis=(0, 1)) / 0.4549)
    return Billiard(chart, image, low, width, misfit)


def _good(away: Path) -> np.ndarray:
    """Windows whose misfit is not far above the usual one, [window]."""
    squared = (away**2).mean((1, 2))
    return squared < 9 * np.median(squared)


def fold(path: np.ndarray, low: PerAxis, width: PerAxis) -> np.ndarray:
    """A straight path mirrored at both walls: low + W - |((p - low) mod 2 W) - W|."""
    away = path - low - width
    away -= 2 * width * np.floor((away + width) / (2 * width))  # np.mod takes thrice as long
    return low + width - np.abs(away)


def fit_flight(
    u: Path, low: PerAxis, width: PerAxis, start: tuple[np.ndarray, np.ndarray] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Place at the last frame and velocity with the smallest sum of |u_t - fold(q + v t)|^2.

    On each axis the best of many velocities through the frame in the middle, then Gauss-Newton. From n frames with
    noise s the velocity has the error s sqrt(12 / n^3).

    Args:
        u: coordinates.
        low: lower walls.
        width: of the box.
        start: place and velocity to start from, instead of the many.

    Returns:
        Two arrays [window, axis].
    """
    time = np.arange(u.shape[1]) - (u.shape[1] - 1) // 2
    if start is None:
        place = u[:, (u.shape[1] - 1) // 2]
        speeds = np.arange(-FASTEST, FASTEST + SPACING / 2, SPACING)
        misfits = [np.abs(u - fold(place[:, None] + v * time[:, None], low, width)).sum(1) for v in speeds]
        velocity = speeds[np.argmin(misfits, axis=0)]
    else:
        place, velocity = start[0] - start[1] * time[-1], start[1]
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
    change = np.diff(values, axis=1).reshape(-1, flat.shape[1])
    moved = whitened.T @ (change.T @ change) @ whitened
    return values @ (whitened @ eigh(moved, subset_by_index=[0, 1])[1])


def _aligned(u: Float[np.ndarray, "trajectory time 2"]) -> Float[np.ndarray, "trajectory time 2"]:
    """Turned to independent axes: the smallest sum of fourth moments, for both are flatter than a Gaussian.

    With c, s of the angle it is (c^4 + s^4) E[a^4 + b^4] + 12 c^2 s^2 E[a^2 b^2] + 4 c s (c^2 - s^2) E[ab (a^2 - b^2)].
    """
    a, b = u[..., 0], u[..., 1]
    own, both, odd = (a**4 + b**4).mean(), (a**2 * b**2).mean(), (a * b * (a**2 - b**2)).mean()
    angles = np.arange(TURNS) * np.pi / 2 / TURNS
    c, s = np.cos(angles), np.sin(angles)
    best = np.argmin((c**4 + s**4) * own + 12 * c**2 * s**2 * both + 4 * c * s * (c**2 - s**2) * odd)
    return u @ np.array([[c[best], -s[best]], [s[best], c[best]]])


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
    place, velocity = fit_flight(u, low, width, (place, velocity))
    return low, width, fold(place[:, None] + velocity[:, None] * time[:, None], low, width)
