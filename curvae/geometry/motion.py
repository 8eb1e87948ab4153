"""Random motion on a manifold, and points drawn from its volume."""

import torch
from jaxtyping import Float
from torch import Generator, Tensor
from torch.func import jvp

from curvae.geometry.metric import Metric
from curvae.types import Codes, Curves


def brownian_motion(
    metric: Metric,
    starts: Codes,
    *,
    steps: int,
    dt: float,
    seed: int = 0,
    drift: bool = True,
    bounds: tuple[Tensor, Tensor] | None = None,
) -> Curves:
    """Paths of Brownian motion, whose generator is half the Laplace-Beltrami operator.

    z <- z + sqrt(dt) M^(-1/2) eps + dt/2 |M|^(-1/2) d_i(|M|^(1/2) M^ij) (Euler-Maruyama). Without the drift it is
    the random walk of Arvanitidis et al. (2018); for a conformal metric of two dimensions the drift vanishes.

    Args:
        metric: a `PullbackMetric` or any object with `matrix`, positive definite.
        starts: [path, latent].
        steps: number of steps.
        dt: time of a step; mean squared lengths of steps are d * dt.
        seed: of the noise.
        drift: whether to add the drift.
        bounds: corners of a box [latent]; a step that would leave it is not taken.

    Returns:
        [path, steps + 1, latent].

    Raises:
        ValueError: a setting is out of range, a start lies outside the bounds, or the metric is singular on the way.
    """
    if steps < 1 or dt <= 0:
        raise ValueError(f"steps = {steps}, dt = {dt:g}: allowed: at least 1, above 0")
    if bounds is not None and not ((starts >= bounds[0]) & (starts <= bounds[1])).all():
        raise ValueError("starts lie outside the bounds: allowed: within them")
    generator = torch.Generator().manual_seed(seed)
    path = [starts.contiguous()]
    with torch.no_grad():
        for _ in range(steps):
            z = path[-1]
            value, vector = torch.linalg.eigh(metric.matrix(z))
            if not (value > 0).all():
                raise ValueError(f"metric has eigenvalue {value.min():g} on the way: allowed: above 0")
            noise = torch.randn(z.shape, generator=generator, dtype=torch.float64).to(z)
            step = dt**0.5 * torch.einsum("nij,nj->ni", vector, noise / value.sqrt())
            if drift:
                step = step + dt * laplace_beltrami_drift(metric, z)
            new = z + step
            if bounds is not None:
                new = torch.where(((new >= bounds[0]) & (new <= bounds[1])).all(1, keepdim=True), new, z)
            path.append(new)
        return torch.stack(path, dim=1)


def laplace_beltrami_drift(metric: Metric, z: Codes) -> Codes:
    """1/2 |M|^(-1/2) d_i(|M|^(1/2) M^ij), [n, d]."""

    def parts(x: Codes) -> tuple[Tensor, Tensor]:
        matrix = metric.matrix(x)
        return torch.linalg.inv(matrix), torch.linalg.slogdet(matrix)[1] / 2

    total = 0
    for k in range(z.shape[1]):
        unit = torch.zeros_like(z)
        unit[:, k] = 1
        (inverse, _), (turned, grown) = jvp(parts, (z,), (unit,))
        total = total + turned[:, k] + inverse[:, k] * grown[:, None]
    return total / 2


def sample_measure(metric: Metric, low: Tensor, high: Tensor, *, count: int, seed: int = 0) -> Codes:
    """Points drawn from the Riemannian measure sqrt(det M) dz on a box, by rejection.

    Args:
        metric: a `PullbackMetric` or any object with `matrix`.
        low: lower corner [latent].
        high: upper corner [latent].
        count: number of points.
        seed: of the draws.

    Returns:
        [count, latent].

    Raises:
        ValueError: an empty box, or a metric that vanishes or is not finite on it.
    """
    if not (high > low).all() or count < 1:
        raise ValueError(
            f"low = {low.tolist()}, high = {high.tolist()}, count = {count}: allowed: low < high, count >= 1"
        )
    generator = torch.Generator().manual_seed(seed)

    def draw(number: int) -> tuple[Codes, Float[Tensor, " point"]]:
        z = low + (high - low) * _uniform((number, len(low)), generator).to(low)
        return z, torch.linalg.det(metric.matrix(z)).clamp_min(0).sqrt()

    with torch.no_grad():
        z, volume = draw(4096)
        bound = 1.2 * volume.max()
        if not 0 < bound < torch.inf:
            raise ValueError(f"largest sqrt(det M) on the box is {volume.max():g}: allowed: a finite number above 0")
        kept: list[Codes] = []
        while sum(map(len, kept)) < count:
            if volume.max() > bound:
                # what was accepted under the lower bound keeps its distribution once thinned
                ratio = bound / (bound := 1.2 * volume.max())
                kept = [part[_uniform((len(part),), generator).to(ratio) < ratio] for part in kept]
            kept.append(z[_uniform((len(z),), generator).to(volume) * bound < volume])
            z, volume = draw(4096)
    return torch.cat(kept)[:count]


def _uniform(shape: tuple[int, ...], generator: Generator) -> Tensor:
    return torch.rand(shape, generator=generator, dtype=torch.float64)
