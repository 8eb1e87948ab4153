"""Everything that the next step of a run depends on; random numbers are functions of the epoch."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from curvae.nets.linear import initial_weights
from curvae.objectives import squared_weights, weight_matrices
from curvae.objectives.adversarial import Adversarial
from curvae.settings.train import Budget
from curvae.sweep.history import History
from curvae.sweep.optimiser import Adam
from curvae.sweep.streams import Purpose, stream
from curvae.types import Weights


@dataclass(frozen=True)
class Diverged:
    """A member whose loss stopped being a number; it keeps the weights of the epoch before."""

    member: int
    epoch: int
    cause: str


class State:
    """Weights, optimisers, place in the data, running sums, history, and who is frozen.

    Args:
        model: equations.
        objective: what is minimised; an adversary's weights are its own, their names begin with ``critic.``.
        members: axes of every member.
        budget: epochs and optimiser.
        device: where the tensors lie.
        dtype: of the weights.
    """

    def __init__(
        self, model: Any, objective: Any, members: list[dict], budget: Budget, device: Any, dtype: torch.dtype
    ):
        self.budget, self.weights, self.players = budget, {}, {}
        parts = {"model": (model.shapes, Purpose.WEIGHTS, budget)}
        if objective.shapes:
            parts["critic"] = (objective.shapes, Purpose.CRITIC, objective.critic)
        self.bound = objective.clip if isinstance(objective, Adversarial) else 0.0
        for player, (shapes, purpose, chosen) in parts.items():
            drawn = {m["seed"]: initial_weights(shapes, stream(m["seed"], purpose)) for m in members}
            own = {
                name: torch.stack([drawn[m["seed"]][name] for m in members]).to(device, dtype).requires_grad_()
                for name in shapes
            }
            self.weights |= own
            self.players[player] = Adam(own, chosen.betas, chosen.optimiser)
        self.lam = torch.tensor([m["lam"] for m in members], dtype=dtype, device=device)
        self.penalised = weight_matrices(model.shapes) if any(m["lam"] for m in members) else []
        self.safe = {name: w.detach().clone() for name, w in self.weights.items()}
        self.frozen = torch.zeros(len(members), dtype=torch.bool, device=device)
        self.epoch, self.first = 1, 0
        self.totals: dict[str, Tensor] = {}
        self.counts: dict[str, int] = {}
        self.history = History(members)
        self.diverged: list[Diverged] = []

    @torch.no_grad()
    def start(self, weights: Weights) -> None:
        """Take these weights for the initial ones."""
        for name, w in weights.items():
            self.weights[name].copy_(w)
            self.safe[name].copy_(w)

    @torch.no_grad()
    def penalty(self) -> Tensor:
        """lam ||W||^2 of each member."""
        if not self.penalised:
            return torch.zeros_like(self.lam)
        return self.lam * squared_weights({name: self.weights[name] for name in self.penalised})

    def step(self, losses: dict[str, Tensor], rates: dict[str, Sequence[float]]) -> None:
        """One step of the players that have losses, each on its own; a frozen member stays where it is.

        Args:
            losses: player -> [member]; without the penalty, whose gradient 2 lam W is added here.
            rates: player -> learning rate of every member.
        """
        gradients, players = {}, {player: self.players[player] for player in losses}
        for number, (player, optimiser) in enumerate(players.items(), 1):
            own = [self.weights[name] for name in optimiser.weights]
            found = torch.autograd.grad(losses[player].sum(), own, retain_graph=number < len(players))
            gradients[player] = dict(zip(optimiser.weights, (g.contiguous() for g in found), strict=True))
        for name in self.penalised if "model" in players else ():
            w = self.weights[name].detach()
            gradients["model"][name].addcmul_(w, self.lam.view(-1, *[1] * (w.ndim - 1)), value=2)
        for player, optimiser in players.items():
            values = list(gradients[player].values())
            if self.diverged:
                for gradient in values:
                    gradient.masked_fill_(self.frozen.view(-1, *[1] * (gradient.ndim - 1)), 0.0)
            if self.budget.clip:
                clip(values, self.budget.clip)
            optimiser.step(gradients[player], rates[player])
            if self.bound and player == "critic":
                for w in optimiser.weights.values():
                    w.clamp_(-self.bound, self.bound)

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
        with torch.no_grad():
            if found:
                self.frozen |= broken
                for optimiser in self.players.values():
                    optimiser.forget(broken)
                for name, w in self.weights.items():
                    w[broken] = self.safe[name][broken]
            for name, w in self.weights.items():
                self.safe[name].copy_(w)
        self.diverged += found
        return found

    def turn(self) -> None:
        """On to the next epoch; the sums begin anew where they lie."""
        self.epoch, self.first, self.counts = self.epoch + 1, 0, {}
        for total in self.totals.values():
            total.zero_()

    def tensors(self) -> dict[str, Tensor]:
        """The state as named tensors on the CPU."""
        about = {
            "epoch": self.epoch,
            "first": self.first,
            "counts": self.counts,
            "steps": {player: int(optimiser.age) for player, optimiser in self.players.items()},
            "diverged": [asdict(d) for d in self.diverged],
        }
        parts = {
            "weights": self.weights,
            "safe": self.safe,
            "totals": self.totals,
            "first": self._moments("first"),
            "second": self._moments("second"),
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
        self.epoch, self.first, self.counts = about["epoch"], about["first"], about["counts"]
        for player, steps in about["steps"].items():
            self.players[player].age.fill_(steps)
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
                for order in ("first", "second"):
                    self._moments(order)[name].copy_(tensors[f"{order}/{name}"])

    def _moments(self, order: str) -> dict[str, Tensor]:
        """One moment of every weight, whoever moves it."""
        return {name: m for optimiser in self.players.values() for name, m in optimiser.moments[order].items()}


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
