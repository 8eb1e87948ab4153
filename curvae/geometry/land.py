"""Locally adaptive normal distributions: Gaussians whose distance is that of a metric, and mixtures of them."""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from curvae.geometry.curves import Geodesics
from curvae.geometry.geodesic import prepared
from curvae.geometry.metric import Metric, check_codes, unchecked
from curvae.geometry.ode import exponential_map, logarithm_map
from curvae.geometry.statistics import kmeans
from curvae.types import Codes, Matrices

STEPS = 32  # of the exponential maps
TIMES = 65  # at which curves are handed on
PATIENCE = 5  # iterations without growth
STEP = 0.7  # share of the way to the matched moments in one iteration
LEAST = 1e-6  # of a component's variances, in those of all points
LOST = 0.05  # largest share of normal coordinates whose geodesic may leave the metric's domain


class Normaliser(NamedTuple):
    """Monte Carlo estimate of C = int exp(-1/2 v'S^-1 v) J(v) dv and moments of v under its integrand.

    J(v) = sqrt|M(Exp v)| |dExp/dv| is the volume of the manifold in normal coordinates v.
    """

    log: Float[Tensor, ""]
    error: Float[Tensor, ""]  # standard error of the logarithm
    mean: Float[Tensor, " latent"]
    square: Float[Tensor, "latent latent"]
    points: Float[Tensor, "sample latent"]  # Exp v
    volume: Float[Tensor, " sample"]  # J(v)


@dataclass(frozen=True)
class LAND:
    """Mixture of p_k(x) = 1/C_k exp(-1/2 v'S_k^-1 v) with v = M(mu_k)^(1/2) Log_mu_k(x), by the measure sqrt|M| dx.

    Attributes:
        metric: a `MetricTable`, a `PullbackMetric` or any object with `matrix`.
        weights: [component].
        means: [component, latent].
        covariances: S in normal coordinates [component, latent, latent].
        normalisers: one a component.
        history: mean log-density of the points after each iteration.
        converged: whether it came to rest.

    Reference: Arvanitidis, Hansen, Hauberg, A Locally Adaptive Normal Distribution, NIPS 2016. Here C counts |dExp/dv|.
    """

    metric: Metric
    weights: Float[Tensor, " component"]
    means: Codes
    covariances: Matrices
    normalisers: tuple[Normaliser, ...] = ()
    history: tuple[float, ...] = ()
    converged: bool = False

    @classmethod
    @torch.no_grad()
    def fit(
        cls,
        metric: Metric,
        points: Codes,
        components: int = 1,
        *,
        samples: int = 1000,
        iterations: int = 30,
        tolerance: float = 1e-3,
        seed: int = 0,
        **options,
    ) -> "LAND":
        """Expectation maximisation from k-means under the same metric.

        A mean moves along, and a covariance towards, what makes the moments of the points equal those of the
        component, which are estimated from the same random numbers in every iteration. Where the metric is steep the
        density goes up and down a little around its highest value: it has come to rest where it has not grown by
        `tolerance` for five iterations, and the model of the highest is returned. Geodesics start from those of the
        iteration before, and every fifth time anew. No variance falls below a millionth of the points' own, so that a
        component of one point keeps a size.

        Args:
            metric: positive definite; a table of a decoder is a hundred times quicker than the decoder.
            points: [n, d].
            components: 1 to n.
            samples: of the normalisers.
            iterations: largest number.
            tolerance: growth of the mean log-density that counts as such.
            seed: of k-means and samples.
            options: of `geodesics`.

        Raises:
            ValueError: points that are no floats [n, d] or all in one place, a number out of range, points that no
                geodesic reaches, or components that leave or reach beyond the metric's domain.
        """
        check_codes(points)
        if samples < 4 * points.shape[1] or iterations < 1:
            raise ValueError(
                f"samples = {samples}, iterations = {iterations}: allowed: at least {4 * points.shape[1]}, at least 1"
            )
        options = prepared(metric, points, components * len(points), options)
        start = kmeans(metric, points, components, seed=seed, **options)
        shares = torch.bincount(start.labels, minlength=components).to(points) / len(points)
        model = cls(metric, shares, start.centres, torch.eye(points.shape[1]).to(points).expand(components, -1, -1))
        one_hot = torch.nn.functional.one_hot(start.labels, components).to(points)
        coordinates, curves = model._coordinates(points, options)
        least = LEAST * coordinates[0].square().mean()
        if not least > 0:
            raise ValueError(f"{len(points)} points in one place: allowed: two or more places")
        moments = torch.einsum("nk,kni,knj->kij", one_hot, coordinates, coordinates)
        model = replace(model, covariances=_sound(moments / one_hot.sum(0).clamp_min(1)[:, None, None], least))
        history: list[float] = []
        best, rest = model, 0
        for turn in range(iterations):
            model = replace(model, normalisers=model._normalisers(samples, seed))
            joint = model._joint(coordinates)
            total = joint.logsumexp(0)
            highest = max(history, default=-math.inf)
            history.append(float(total.mean()))
            best = model if history[-1] > highest else best
            rest = 0 if history[-1] > highest + tolerance else rest + 1
            if rest == PATIENCE:
                break
            model = model._maximised(coordinates, (joint - total).exp(), least)
            coordinates, curves = model._coordinates(points, options, curves if (turn + 1) % PATIENCE else None)
        return replace(best, history=tuple(history), converged=rest == PATIENCE)

    @torch.no_grad()
    def log_prob(self, points: Codes, *, riemannian: bool = False, **options) -> Float[Tensor, " point"]:
        """Log-density by dx, comparable with that of any density of codes, or by the measure sqrt|M| dx.

        Args:
            points: [n, d].
            riemannian: by the measure of the metric.
            options: of `geodesics`.
        """
        density = self._joint(self._normal(*self._logs(points, options))).logsumexp(0)
        return density if riemannian else density + torch.linalg.slogdet(self.metric.matrix(points))[1] / 2

    def sample(self, count: int, *, seed: int = 0) -> Codes:
        """Points [count, latent], drawn from the normalisers' samples by their weights J."""
        generator = torch.Generator().manual_seed(seed)
        own = torch.multinomial(self.weights.double().cpu(), count, True, generator=generator)
        drawn = [
            n.points[torch.multinomial(n.volume.cpu(), count, True, generator=generator)] for n in self.normalisers
        ]
        return torch.stack(drawn)[own, torch.arange(count)]

    def _coordinates(
        self, points: Codes, options: dict, before: Geodesics | None = None
    ) -> tuple[Float[Tensor, "component point latent"], Geodesics]:
        """Normal coordinates of points, and the geodesics to them, sought near those to the means before."""
        if before is not None:
            time = torch.linspace(0, 1, TIMES).to(points)
            start = self.means.repeat_interleave(len(points), 0)
            near = before(time) + (1 - time)[:, None] * (start - before.starts)[:, None]
            logs, found = self._logs(points, {**options, "initial": near})
        if before is None or not found.converged.all():
            logs, found = self._logs(points, options)
        v = self._normal(logs, found)
        lost = int((~torch.isfinite(v)).any(2).sum())
        if lost:
            raise ValueError(
                f"{lost} of {v[..., 0].numel()} logarithms of points at means are not finite: "
                "allowed: points that geodesics within the metric's domain reach"
            )
        return v, found

    def _logs(self, points: Codes, options: dict) -> tuple[Codes, Geodesics]:
        """Logarithms of all points at each mean, component after component."""
        starts = self.means.repeat_interleave(len(points), 0)
        return logarithm_map(self.metric, starts, points.repeat(len(self.means), 1), **options)

    def _normal(self, logs: Codes, found: Geodesics) -> Float[Tensor, "component point latent"]:
        """v = M(mu)^(1/2) Log_mu(x); not a number where no geodesic of finite length is found."""
        logs = logs.where(torch.isfinite(found.length)[:, None], torch.nan).unflatten(0, (len(self.means), -1))
        return torch.einsum("kij,knj->kni", _root(self.metric.matrix(self.means)), logs)

    def _joint(self, v: Float[Tensor, "component point latent"]) -> Float[Tensor, "component point"]:
        half = torch.linalg.solve_triangular(torch.linalg.cholesky(self.covariances), v.mT, upper=False)
        offset = self.weights.log() - torch.stack([n.log for n in self.normalisers])
        return offset[:, None] - half.square().sum(1) / 2

    def _normalisers(self, samples: int, seed: int) -> tuple[Normaliser, ...]:
        return tuple(
            normaliser(self.metric, mean, covariance, samples=samples, seed=seed)
            for mean, covariance in zip(self.means, self.covariances, strict=True)
        )

    def _maximised(self, v: Tensor, share: Float[Tensor, "component point"], least: Tensor) -> "LAND":
        size = share.sum(1).clamp_min(torch.finfo(v.dtype).tiny)
        mean = torch.einsum("kn,kni->ki", share, v) / size[:, None]
        square = torch.einsum("kn,kni,knj->kij", share, v, v) / size[:, None, None]
        move = STEP * (mean - torch.stack([n.mean for n in self.normalisers]))
        change = STEP * (square - torch.stack([n.square for n in self.normalisers]))
        velocity = torch.linalg.solve(_root(self.metric.matrix(self.means)), move)
        means = exponential_map(self.metric, self.means, velocity, steps=STEPS)[:, -1]
        if not (torch.isfinite(means).all() and torch.isfinite(unchecked(self.metric, means)).all()):
            raise ValueError(f"a mean left the metric's domain, from {_rounded(self.means)}")
        return replace(
            self, weights=size / size.sum(), means=means, covariances=_sound(self.covariances + change, least)
        )


def normaliser(
    metric: Metric, mean: Float[Tensor, " latent"], covariance: Matrices, *, samples: int = 1000, seed: int = 0
) -> Normaliser:
    """C by samples v ~ N(0, S): sqrt((2 pi)^d |S|) times the mean of J(v).

    The samples come in pairs v, -v and are scaled to have the covariance S, so that a flat metric is met exactly. Those
    beyond the metric's domain count as no volume.

    Raises:
        ValueError: more than one sample in 20 lies beyond the metric's domain.
    """
    dim = len(mean)
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(samples // 2, dim, generator=generator, dtype=torch.float64).to(mean)
    white = torch.linalg.solve_triangular(
        torch.linalg.cholesky(noise.mT @ noise / len(noise)), noise.mT, upper=False
    ).mT
    v = torch.cat([white, -white]) @ torch.linalg.cholesky(covariance).mT
    root = _root(metric.matrix(mean[None]))[0]
    scale = covariance.diagonal().mean().sqrt()
    h = torch.finfo(mean.dtype).eps ** (1 / 3) * scale
    shifts = torch.cat([torch.zeros(1, dim).to(v), h * torch.eye(dim).to(v), -h * torch.eye(dim).to(v)])
    velocity = torch.linalg.solve(root, (v + shifts[:, None]).flatten(0, 1).mT).mT
    ends = exponential_map(metric, mean.expand_as(velocity), velocity, steps=STEPS)[:, -1].unflatten(0, (-1, len(v)))
    # where the metric is not defined there is no volume
    inside = torch.isfinite(ends).all(2).all(0)
    density = torch.linalg.det(unchecked(metric, ends[0][inside])).clamp_min(0).sqrt()
    inside[inside.clone()] = torch.isfinite(density)
    if inside.double().mean() < 1 - LOST:
        raise ValueError(
            f"{float(1 - inside.double().mean()):.0%} of the component at {_rounded(mean)} lies beyond the metric"
        )
    jacobian = (ends[1 : dim + 1] - ends[dim + 1 :])[:, inside] / (2 * h)
    volume = torch.zeros_like(v[:, 0])
    volume[inside] = torch.linalg.det(jacobian.movedim(0, -1)).abs() * density[torch.isfinite(density)]
    average = volume.mean()
    log = dim / 2 * math.log(2 * math.pi) + torch.linalg.slogdet(covariance)[1] / 2 + average.log()
    share = volume / volume.sum()
    square = torch.einsum("n,ni,nj->ij", share, v, v)
    return Normaliser(log, volume.std() / average / (len(v) / 2) ** 0.5, share @ v, square, ends[0], volume)


def _rounded(places: Tensor) -> list:
    return places.double().round(decimals=3).tolist()


def _root(matrix: Matrices) -> Matrices:
    value, vector = torch.linalg.eigh(matrix)
    return vector * value.clamp_min(0).sqrt()[:, None] @ vector.mT


def _sound(covariance: Matrices, least: Tensor) -> Matrices:
    """Symmetric, with no eigenvalue below the least one allowed, or a thousandth of the largest."""
    value, vector = torch.linalg.eigh((covariance + covariance.mT) / 2)
    floor = (1e-3 * value[:, -1:]).clamp_min(least)
    return vector * torch.maximum(value, floor)[:, None] @ vector.mT
