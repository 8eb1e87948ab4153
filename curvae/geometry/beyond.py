"""Ways on beyond their ends."""

from curvae.geometry.curves import Geodesics
from curvae.geometry.metric import Metric
from curvae.geometry.ode import exponential_map
from curvae.types import Curves


def extrapolate(metric: Metric, curves: Geodesics, *, reach: float = 0.5, times: int = 17, steps: int = 64) -> Curves:
    """Geodesics that go on beyond their ends, c(t) = Exp_c(1)((t - 1) c'(1)) for t from 1 to 1 + reach.

    A geodesic that goes on need be no shortest way any more. Straight and spherical ways go on by their own formulas.

    Args:
        metric: that the curves are geodesics of; a table of it ends where its box does.
        curves: geodesics.
        reach: how far, in their lengths, above 0.
        times: equal ones, both ends among them.
        steps: of the integrator, a multiple of `times - 1`.

    Returns:
        [pair, time, latent]; not a number where a curve leaves the metric's domain.

    Raises:
        ValueError: `reach` or `steps` is out of range.
    """
    if not reach > 0:
        raise ValueError(f"reach = {reach:g}: allowed: above 0")
    last = curves.velocity(1)
    return exponential_map(metric, curves.ends, reach * last, times=times, steps=steps)
