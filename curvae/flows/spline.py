"""Neural spline flows: zuko's autoregressive splines as the steps of a flow of points."""

from torch import Tensor, nn
from zuko.flows import NSF

from curvae.flows.coupling import Flow, LogDet, Points


class Splines(nn.Module):
    """y_j = g(x_j; theta_j(x_1, ..., x_{j-1})), g a rising rational-quadratic spline on [-5, 5], the identity outside.

    A step's masked network tells the knots and slopes theta; the order is reversed from step to step. The inverse takes
    one coordinate after the other.

    Args:
        dim: of the points.
        steps: splines that every coordinate goes through.
        units: of the two hidden layers of each network.
        bins: pieces of a spline.

    Reference: Durkan, Bekasov, Murray & Papamakarios (2019), eqs. 4 to 6.
    """

    def __init__(self, dim: int, steps: int, units: int, bins: int):
        super().__init__()
        self.steps = NSF(dim, bins=bins, transforms=steps, hidden_features=(units, units), activation=nn.Tanh).transform

    def forward(self, x: Points) -> tuple[Points, LogDet]:
        """The image of x and log |det dy/dx|."""
        return self.steps().call_and_ladj(x)

    def inverse(self, y: Points) -> Points:
        """The point whose image is y."""
        return self.steps().inv(y)


class SplineFlow(Flow):
    """log p(x) = log N(f(x); 0, I) + log |det df/dx|, f standardising and then splines.

    Args:
        mean: of the points, [dim].
        deviation: of the points, [dim], above 0.
        steps: see `Splines`.
        units: see `Splines`.
        bins: see `Splines`.
    """

    def __init__(self, mean: Tensor, deviation: Tensor, steps: int = 2, units: int = 32, bins: int = 8):
        super().__init__(mean, deviation, layers=0)
        self.couplings.append(Splines(len(mean), steps, units, bins))
