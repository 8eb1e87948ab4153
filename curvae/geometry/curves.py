"""Curves between pairs of points, with what is known of each."""

from dataclasses import dataclass, fields
from enum import IntEnum

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from curvae.geometry.splines import basis, controls, refine
from curvae.types import Codes, Curves


class Status(IntEnum):
    """What became of a pair."""

    CONVERGED = 0
    NOT_CONVERGED = 1  # residual, speed variation or length did not settle
    COINCIDENT = 2  # both points are one: a curve of length zero
    DEGENERATE = 3  # distinct points, but the metric vanishes between them
    NOT_FINITE = 4  # the metric is not finite on the way
    OUTSIDE = 5  # the curve leaves the bounds
    LONGER = 6  # longer than the straight line, hence no shortest way


@dataclass(frozen=True)
class Geodesics:
    """Curves c: [0, 1] -> latent space, one a pair, four times continuously differentiable.

    Figures are taken at Gauss nodes that the solver has not seen. Where a table of the metric served, length, energy,
    and speed are the metric's own, residual and straight length the table's.

    Attributes:
        control: points of the quintic B-splines, [pair, control, latent]; the first and the last are c(0), c(1).
        pieces: equal parts of [0, 1] that each curve needed.
        length: L = int |c'| dt.
        energy: E = 1/2 int |c'|^2 dt >= L^2/2.
        residual: of the geodesic equation in its weak form, the largest |dE(c)[u]| / (|c'| |u'|) over all
            variations u that vanish at the ends, norms in the metric. On a geodesic Mc' - int dL/dc dt is
            constant; this is its relative deviation from a constant. The relative error of the velocity
            has its size, that of the length half its square.
        speed_variation: standard deviation over mean of the speed |c'|.
        straight_length: length of the straight line.
        status: a `Status` a pair.
    """

    control: Float[Tensor, "pair control latent"]
    pieces: Int[Tensor, " pair"]
    length: Float[Tensor, " pair"]
    energy: Float[Tensor, " pair"]
    residual: Float[Tensor, " pair"]
    speed_variation: Float[Tensor, " pair"]
    straight_length: Float[Tensor, " pair"]
    status: Int[Tensor, " pair"]

    def __len__(self) -> int:
        return len(self.length)

    def __getitem__(self, pairs: slice | Tensor) -> "Geodesics":
        """Some of the curves."""
        return Geodesics(*(getattr(self, field.name)[pairs] for field in fields(self)))

    def __call__(self, t: Float[Tensor, " time"]) -> Curves:
        """Points c(t) at times in [0, 1], [pair, time, latent]."""
        return basis(t, self._pieces) @ self.control

    def velocity(self, t: Float[Tensor, " time"]) -> Curves:
        """Velocities c'(t), [pair, time, latent]; at 0 it is the logarithm of the end at the start."""
        return basis(t, self._pieces, 1) @ self.control

    @property
    def starts(self) -> Codes:
        """c(0), [pair, latent]."""
        return self.control[:, 0]

    @property
    def ends(self) -> Codes:
        """c(1), [pair, latent]."""
        return self.control[:, -1]

    @property
    def converged(self) -> Bool[Tensor, " pair"]:
        """Whether the curve is a geodesic; coincident points are joined by one of length zero."""
        return (self.status == Status.CONVERGED) | (self.status == Status.COINCIDENT)

    @property
    def _pieces(self) -> int:
        return self.control.shape[1] - controls(0)

    @classmethod
    def join(cls, parts: list["Geodesics"]) -> "Geodesics":
        """All curves in one, on the pieces of the finest."""
        finest = max(part._pieces for part in parts)
        columns = {f.name: torch.cat([getattr(part, f.name) for part in parts]) for f in fields(cls)[1:]}
        control = [elevate(part.control, part._pieces, finest) for part in parts]
        return cls(torch.cat(control), **columns)


def elevate(control: Float[Tensor, "pair control latent"], pieces: int, finer: int) -> Tensor:
    """The same curves on more pieces."""
    return control if pieces == finer else refine(control.permute(2, 1, 0), pieces, finer).permute(2, 1, 0)
