"""Curves between pairs of points, with what is known of each."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import IntEnum

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from curvae.geometry.splines import basis, controls
from curvae.types import Codes, Curves


class Status(IntEnum):
    """What became of a pair."""

    CONVERGED = 0
    NOT_CONVERGED = 1  # residual, speed variation or length did not settle
    COINCIDENT = 2  # both points are one: a curve of length zero
    DEGENERATE = 3  # distinct points, but the metric vanishes between them
    NOT_FINITE = 4  # the metric is not finite on the way
    OUTSIDE = 5  # the curve, or an end of it, leaves the bounds; in many latents a ridge may hold it
    LONGER = 6  # longer than the straight line, hence no shortest way


@dataclass(frozen=True)
class Geodesics:
    """Curves c: [0, 1] -> latent space, one a pair, four times continuously differentiable.

    Figures are taken at Gauss nodes that the solver has not seen. Where a table of the metric served, length, energy,
    and speed are the metric's own, residual and straight length the table's.

    Each curve keeps as many pieces as it needed: those of many pairs take little more than what the median pair does.

    Attributes:
        control: points of the quintic B-splines, curve after curve, [control, latent]; a curve of p pieces has p + 5,
            the first and the last are c(0) and c(1).
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

    control: Float[Tensor, "control latent"]
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
        columns = {field.name: getattr(self, field.name)[pairs] for field in fields(self)[1:]}
        counts = controls(columns["pieces"])
        shift = self._first[pairs] - (counts.cumsum(0) - counts)
        rows = torch.arange(int(counts.sum()), device=counts.device) + shift.repeat_interleave(counts)
        return Geodesics(self.control[rows], **columns)

    def __call__(self, t: float | Float[Tensor, "*time"]) -> Curves | Codes:
        """Points c(t) at times in [0, 1], [pair, time, latent], or [pair, latent] at one; see `extrapolate` for others.

        Args:
            t: a number or an array of at most one axis, of any type.

        Raises:
            ValueError: a time outside [0, 1], or an array of more axes.
        """
        return self._at(t, 0)

    def velocity(self, t: float | Float[Tensor, "*time"]) -> Curves | Codes:
        """Velocities c'(t), as the points above; at 0 it is the logarithm of the end at the start."""
        return self._at(t, 1)

    @property
    def starts(self) -> Codes:
        """c(0), [pair, latent]."""
        return self.control[self._first]

    @property
    def ends(self) -> Codes:
        """c(1), [pair, latent]."""
        return self.control[self._last]

    @property
    def converged(self) -> Bool[Tensor, " pair"]:
        """Whether the curve is a geodesic; coincident points are joined by one of length zero."""
        return (self.status == Status.CONVERGED) | (self.status == Status.COINCIDENT)

    def by_pieces(self) -> Iterator[tuple[int, Int[Tensor, " some"], Float[Tensor, "some control latent"]]]:
        """Curves of equally many pieces, which these are, and their control points."""
        for pieces in self.pieces.unique().tolist():
            some = torch.nonzero(self.pieces == pieces)[:, 0]
            own = torch.arange(controls(pieces), device=some.device)
            yield pieces, some, self.control[self._first[some, None] + own]

    @property
    def _last(self) -> Int[Tensor, " pair"]:
        return controls(self.pieces).cumsum(0) - 1

    @property
    def _first(self) -> Int[Tensor, " pair"]:
        return self._last + 1 - controls(self.pieces)

    def _at(self, t: float | Float[Tensor, "*time"], derivative: int) -> Curves | Codes:
        t = torch.as_tensor(t, dtype=self.control.dtype, device=self.control.device)
        if t.ndim > 1:
            raise ValueError(f"t has shape {tuple(t.shape)}: allowed: one time or [time]")
        found = self.control.new_empty(len(self), t.numel(), self.control.shape[1])
        for pieces, some, control in self.by_pieces():
            found[some] = basis(t.reshape(-1), pieces, derivative) @ control
        return found if t.ndim else found[:, 0]

    @classmethod
    def join(cls, parts: list["Geodesics"]) -> "Geodesics":
        """All curves in one."""
        return cls(*(torch.cat([getattr(part, field.name) for part in parts]) for field in fields(cls)))
