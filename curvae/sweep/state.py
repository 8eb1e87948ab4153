"""Everything that the next step of a run depends on; random numbers are functions of the epoch."""

import json
import math
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from curvae.nets.linear import initial_weights
from curvae.settings.train import Budget
from curvae.sweep.history import History
from curvae.sweep.streams import Purpose, stream
from curvae.types import Weights


@dataclass(frozen=True)
class Diverged:
    """A member whose loss stopped being a number; it keeps the weights of the epoch before."""

    member: int
    epoch: int
    cause: str


class State:
    """Weights, optimiser, place in the data, running sums, history, and who is frozen.

    Args:
        model: equations.
        members: axes of every member.
        budget: epochs and optimiser.
        device: where the tensors lie.
        dtype: of the weights.
    """

    def __init__(self, model: Any, members: list[dict], budget: Budget, device: Any, dtype: torch.dtype):
        drawn = {m["seed"]: initial_weights(model.shapes, stream(m["seed"], Purpose.WEIGHTS)) for m in members}
        stacked = {name: torch.stack([drawn[m["seed"]][name] for m in members]) for name in model.shapes}
        self.budget = budget
        self.weights: Weights = {name: w.to(device, dtype).requires_grad_() for name, w in stacked.items()}
        self.optimiser = torch.optim.Adam(self.weights.values(), lr=budget.lr, fused=True)
        for w in self.weights.values():
            self.optimiser.state[w] = {
                "step": torch.zeros((), device=device),
                "exp_avg": torch.zeros_like(w),
                "exp_avg_sq": torch.zeros_like(w),
            }
        self.safe = {name: w.detach().clone() for name, w in self.weights.items()}
        self.frozen = torch.zeros(len(members), dtype=torch.bool, device=device)
        self.epoch, self.first = 1, 0
        self.totals: dict[str, Tensor] = {}
        self.history = History(members)
        self.diverged: list[Diverged] = []

    def step(self, losses: Tensor) -> None:
        """One step of Adam on the losses [member]; a frozen member stays where it is."""
        self.optimiser.zero_grad()
        losses.sum().backward()
        gradients = [w.grad for w in self.weights.values()]
        if self.diverged:
            for gradient in gradients:
                gradient[self.frozen] = 0.0
        if self.budget.clip:
            clip(gradients, self.budget.clip)
        self.optimiser.param_groups[0]["lr"] = rate(self.budget, self.epoch)
        self.optimiser.step()

    def freeze(self, losses: Tensor) -> list[Diverged]:
        """Put members whose losses or weights are no numbers back to their last sound weights, for good.

        Args:
            losses: sums over the epoch, [member].
        """
        sound = torch.stack([w.detach().isfinite().flatten(1).all(1) for w in self.weights.values()]).all(0)
        broken = ~(losses.isfinite() & sound) & ~self.frozen
        found = []
        for member in broken.nonzero()[:, 0].tolist():
            loss = losses[member].item()
            cause = f"the loss is {loss}" if not math.isfinite(loss) else "weights are not finite"
            found.append(Diverged(member, self.epoch, cause))
        self.frozen |= broken
        with torch.no_grad():
            for name, w in self.weights.items():
                moments = self.optimiser.state[w]
                w[broken] = self.safe[name][broken]
                moments["exp_avg"][broken] = 0.0
                moments["exp_avg_sq"][broken] = 0.0
                self.safe[name].copy_(w)
        self.diverged += found
        return found

    def tensors(self) -> dict[str, Tensor]:
        """The state as named tensors on the CPU."""
        moments = {name: self.optimiser.state[w] for name, w in self.weights.items()}
        about = {"epoch": self.epoch, "first": self.first, "diverged": [asdict(d) for d in self.diverged]}
        parts = {
            "weights": self.weights,
            "safe": self.safe,
            "totals": self.totals,
            **{kind: {name: m[kind] for name, m in moments.items()} for kind in ("step", "exp_avg", "exp_avg_sq")},
            "rest": {
                "frozen": self.frozen,
                "history": _bytes(self.history.to_bytes()),
                "about": _bytes(json.dumps(about).encode()),
            },
        }
        return {f"{kind}/{name}": t.detach().cpu() for kind, named in parts.items() for name, t in named.items()}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Go on where `tensors` was taken."""
        about = json.loads(tensors["rest/about"].numpy().tobytes())
        self.epoch, self.first = about["epoch"], about["first"]
        self.diverged = [Diverged(**d) for d in about["diverged"]]
        self.frozen.copy_(tensors["rest/frozen"])
        self.totals = {
            name.removeprefix("totals/"): t.to(self.frozen.device)
            for name, t in tensors.items()
            if name.startswith("totals/")
        }
        self.history.from_bytes(tensors["rest/history"].numpy().tobytes())
        with torch.no_grad():
            for name, w in self.weights.items():
                w.copy_(tensors[f"weights/{name}"])
                self.safe[name].copy_(tensors[f"safe/{name}"])
                for kind, moment in self.optimiser.state[w].items():
                    moment.copy_(tensors[f"{kind}/{name}"])


def rate(budget: Budget, epoch: int) -> float:
    """Learning rate of an epoch; a cosine falls from `lr` towards zero."""
    if budget.schedule == "constant":
        return budget.lr
    return budget.lr * 0.5 * (1 + math.cos(math.pi * (epoch - 1) / budget.epochs))


def clip(gradients: list[Tensor], largest: float) -> None:
    """Scale each member's gradient, over all its weights, to a norm of at most `largest`.

    Args:
        gradients: one a weight, each [member, ...]; changed in place.
        largest: norm.
    """
    squares = torch.stack([g.square().flatten(1).sum(1) for g in gradients]).sum(0)
    scale = (largest / squares.sqrt().clamp(min=1e-12)).clamp(max=1.0)
    for gradient in gradients:
        gradient.mul_(scale.view(-1, *[1] * (gradient.ndim - 1)))


def _bytes(content: bytes) -> Tensor:
    return torch.frombuffer(bytearray(content), dtype=torch.uint8)
