"""Echo state networks: large random recurrent networks of which only the read-out is learned, many at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from scipy.sparse import block_diag, csr_array
from torch import Tensor

from curvae.dynamics.linear_map import check_sequences, ridge


@dataclass(frozen=True)
class Reservoir:
    """r_t = (1 - a) r_{t-1} + a tanh(A r_{t-1} + B x_t + b),   x^_{t+1} = W g(r_t)

    g leaves the units as they are, or squares every second one, without which a reservoir without bias is odd in
    its input and cannot learn a system such as Lorenz's (Pathak et al. 2017). `step` is what
    `curvae.dynamics.rollout` takes, `closed` what `curvae.dynamics.lyapunov_spectrum` takes.

    Attributes:
        recurrent: A.
        entry: B.
        bias: b.
        leak: a, in (0, 1]; None where it is 1 for every member.
        squares: whether g squares units 1, 3, 5, ...
        readout: W, None before `fit`.
    """

    recurrent: Float[Tensor, "member unit unit"]
    entry: Float[Tensor, "member unit width"]
    bias: Float[Tensor, "member unit"]
    leak: Float[Tensor, " member"] | None = None
    squares: bool = True
    readout: Float[Tensor, "member unit width"] | None = None
    _links: Any = field(init=False, repr=False)  # (A B) of all members, as one block-diagonal matrix

    def __post_init__(self):
        each = torch.cat([self.recurrent, self.entry], -1).numpy()
        object.__setattr__(self, "_links", block_diag([csr_array(links) for links in each], format="csr"))

    def start(self, samples: int) -> Float[Tensor, "member sample unit"]:
        """The state before the first input: zero."""
        return self.bias.new_zeros(len(self.bias), samples, self.bias.shape[1])

    def drive(
        self, r: Float[Tensor, "*more member sample unit"], x: Float[Tensor, "*more member sample width"]
    ) -> Float[Tensor, "*more member sample unit"]:
        """The next state of the units under an input."""
        new = torch.tanh(_Linked.apply(torch.cat([r, x], -1), self._links) + self.bias[:, None])
        return new if self.leak is None else r + self.leak[:, None, None] * (new - r)

    def read(self, r: Float[Tensor, "*more member sample unit"]) -> Float[Tensor, "*more member sample width"]:
        """The prediction W g(r).

        Raises:
            ValueError: the read-out is not fitted.
        """
        if self.readout is None:
            raise ValueError("readout = None: allowed: the read-out of a fitted reservoir")
        each = zip(self._features(r).unbind(-3), self.readout, strict=True)
        return torch.stack([features @ w for features, w in each], dim=-3)

    def step(self, r: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """State and input in, next state and predicted next input out."""
        r = self.drive(r, x)
        return r, self.read(r)

    def closed(self, r: Tensor) -> Tensor:
        """One step fed with the prediction: a map of the units alone."""
        return self.drive(r, self.read(r))

    def states(self, inputs: Float[Tensor, "*member sample time width"]) -> Float[Tensor, "member sample time unit"]:
        """States of the units under given inputs, from rest.

        Args:
            inputs: for every member, or without its axis for all members alike.
        """
        r, held = self.start(inputs.shape[-3]), []
        for x in inputs.expand(len(r), *inputs.shape[-3:]).unbind(-2):
            r = self.drive(r, x)
            held.append(r)
        return torch.stack(held, dim=2)

    def fit(
        self,
        sequences: Float[np.ndarray, "trajectory time width"],
        washout: int,
        penalty: float | Sequence[float] = 1e-6,
    ) -> "Reservoir":
        """The reservoir with the read-out that minimises the one-step error.

        sum_t |W g(r_t) - x_{t+1}|^2 + penalty |W|^2 over all trajectories, t >= washout

        Args:
            sequences: standardised trajectories, the same for every member.
            washout: inputs at the start of each trajectory whose states do not count.
            penalty: for all members, or one for each.

        Raises:
            ValueError: sequences too short for the washout, not finite or not of this width; a negative penalty.
        """
        values = check_sequences(sequences, washout + 2)
        if values.shape[2] != self.entry.shape[2]:
            raise ValueError(f"sequences: width {values.shape[2]}; allowed: {self.entry.shape[2]}")
        penalties = np.broadcast_to(penalty, len(self.bias))
        with torch.no_grad():
            inputs = torch.as_tensor(values).to(self.bias)
            features = self._features(self.states(inputs[:, :-1])[:, :, washout:]).flatten(1, 2)
            targets = inputs[:, washout + 1 :].flatten(0, 1)
            readouts = [ridge(f, targets, float(p)) for f, p in zip(features, penalties, strict=True)]
        return replace(self, readout=torch.stack(readouts))

    def _features(self, r: Tensor) -> Tensor:
        if not self.squares:
            return r
        odd = torch.arange(r.shape[-1], device=r.device) % 2 == 1
        return torch.where(odd, r**2, r)


class _Linked(torch.autograd.Function):
    """r A' of all members, [*more, member, sample, unit], by the links alone; A is block-diagonal and sparse."""

    @staticmethod
    def forward(r, a):
        flat = r.detach().movedim(-3, 0).movedim(-1, 1)  # member, unit, all else
        found = torch.from_numpy(a @ flat.reshape(a.shape[1], -1).numpy())
        return found.view(len(flat), -1, *flat.shape[2:]).movedim(1, -1).movedim(0, -3)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.a = inputs[1]

    @staticmethod
    def backward(ctx, gradient):
        return _Linked.apply(gradient, ctx.a.T), None

    @staticmethod
    def jvp(ctx, tangent, _):
        return _Linked.apply(tangent, ctx.a)

    @staticmethod
    def vmap(info, in_dims, r, a):
        return _Linked.apply(r.movedim(in_dims[0], 0), a), 0


def draw_reservoirs(
    seeds: Sequence[int],
    width: int,
    units: int = 300,
    degree: float = 6,
    radius: float | Sequence[float] = 1.2,
    input_scale: float | Sequence[float] = 0.1,
    bias_scale: float | Sequence[float] = 0.0,
    leak: float | Sequence[float] = 1.0,
    squares: bool = True,
) -> Reservoir:
    """Reservoirs with random weights, one a seed, in float64; the defaults are those of Pathak et al. 2017.

    A_ij is uniform in [-1, 1] with probability degree / units and else 0, then scaled to the spectral radius; B
    and b are uniform within their scales. A member depends on its own seed and settings alone.

    Args:
        seeds: one for each member.
        width: of the input.
        units: of each reservoir; A is held as a full matrix, but multiplied as a sparse one where its degree is low.
        degree: mean number of links into a unit; `units` for a dense matrix.
        radius: largest |eigenvalue| of A; one for all members or one for each, as the three below.
        input_scale: largest |B_ij|.
        bias_scale: largest |b_i|.
        leak: a, in (0, 1].
        squares: as in `Reservoir`.

    Raises:
        ValueError: an argument out of range, or an A without an eigenvalue to scale.
    """
    members = len(seeds)
    if min(members, width, units) < 1:
        raise ValueError(f"seeds = {list(seeds)}, width = {width}, units = {units}: allowed: at least 1 of each")
    if not 0 < degree <= units:
        raise ValueError(f"degree = {degree}: allowed: above 0, at most {units}, the number of units")
    scales = {"radius": radius, "input_scale": input_scale, "bias_scale": bias_scale, "leak": leak}
    for name, values in scales.items():
        scales[name] = np.asarray(values, dtype=np.float64)
        if scales[name].shape not in ((), (members,)) or not (scales[name] >= 0).all():
            raise ValueError(f"{name} = {values}: allowed: one number, or one for each of {members}, at least 0")
    if not ((scales["leak"] > 0) & (scales["leak"] <= 1)).all():
        raise ValueError(f"leak = {leak}: allowed: above 0, at most 1")

    recurrent, entry, bias = np.empty((members, units, units)), np.empty((members, units, width)), []
    for member, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        links = rng.uniform(-1, 1, (units, units)) * (rng.random((units, units)) < degree / units)
        largest = np.abs(np.linalg.eigvals(links)).max()
        if largest == 0:
            raise ValueError(f"degree = {degree}: no loop among {units} units with seed {seed}; allowed: more links")
        recurrent[member] = links / largest
        entry[member] = rng.uniform(-1, 1, (units, width))
        bias.append(rng.uniform(-1, 1, units))
    each = {name: np.broadcast_to(values, members) for name, values in scales.items()}
    return Reservoir(
        recurrent=torch.from_numpy(recurrent * each["radius"][:, None, None]),
        entry=torch.from_numpy(entry * each["input_scale"][:, None, None]),
        bias=torch.from_numpy(np.stack(bias) * each["bias_scale"][:, None]),
        leak=None if (each["leak"] == 1).all() else torch.tensor(each["leak"].copy()),
        squares=squares,
    )
