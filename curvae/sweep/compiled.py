"""What `Loop` does step by step with torch, for small variational autoencoders by compiled code.

Networks as small as these spend their time on memory and on the calls of some hundred operations a step. Compiled, all
that a network needs stays in the processor's caches; and a member is the same to the last bit in a stack of any size.
"""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import chain, pairwise
from math import prod
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from curvae.models.vae import Model
from curvae.objectives.elbo import Objective
from curvae.settings.train import Budget
from curvae.sweep.optimiser import EPS
from curvae.sweep.state import State
from curvae.types import Weights

log = logging.getLogger(__name__)

AT_A_TIME = 2**20  # samples that networks pass between two looks at the clock
SHARES = 4  # parts that each thread's members come in
LEAK = {"relu": 0.0, "leaky_relu": 0.01}


def takes(model: Any, objective: Any, budget: Budget, device: torch.device) -> bool:
    """Whether a stack is of small networks (`VAE.small`) under the evidence lower bound, and on a CPU.

    Args:
        model: equations.
        objective: what is minimised.
        budget: of the training.
        device: where.
    """
    return (
        device.type == "cpu"
        and type(model) is Model
        and type(objective) is Objective
        and not budget.clip
        and model.settings.small(prod(model.shape))
        and _small() is not None
    )


@cache
def _small() -> ModuleType | None:
    """`curvae.small`; None where numba is not there, or does not fit."""
    try:
        from curvae import small  # takes a second and 100 MB
    except ImportError as error:
        log.info("small networks are trained by torch: %s", error)
        return None
    return small


def steps(
    state: State,
    model: Model,
    data: tuple[Tensor, Tensor, Tensor],
    row: np.ndarray,
    betas: Tensor,
    rates: Sequence[float],
) -> Iterator[int]:
    """Train all members to the end of the epoch, on all of torch's threads; yields the samples of the steps just done.

    Args:
        state: of the stack, changed in place.
        model: equations.
        data: training samples [sample, feature], their order [seed, sample] and normal numbers [seed, sample, latent].
        row: place of each member's seed.
        betas: strength of the divergence, [step, member].
        rates: learning rate of every member.
    """
    small = _small()
    x, order, noise = (tensor.contiguous().numpy() for tensor in data)
    names = [name.removesuffix(".weight") for name in model.shapes if name.endswith(".weight")]
    sizes = np.array([model.shapes[f"{name}.weight"] for name in names])
    encoder = sum(name.startswith("encoder.") for name in names)
    plan = sizes, encoder, LEAK[model.encoder], LEAK[model.decoder]
    optimiser, batch, members = state.players["model"], state.budget.batch, len(row)
    held = [state.weights, optimiser.moments["first"], optimiser.moments["second"]]
    width = small.padded(sizes.max(), small.TILE)
    sides = [_packed(named, names, width) for named in held]
    networks = tuple(whole.numpy() for whole, _ in sides)
    for name, shape in (("recon", ()), ("kl", noise.shape[2:]), ("loss", ())):
        state.totals.setdefault(name, torch.zeros(members, *shape, dtype=torch.float64))
    totals = tuple(state.totals[name].numpy() for name in ("recon", "kl", "loss"))
    about = state.lam.double().numpy(), state.frozen.numpy(), np.array(rates), optimiser.betas, EPS
    threads = min(torch.get_num_threads(), members)
    bounds = np.linspace(0, members, min(SHARES * threads, members) + 1).astype(int)
    left = betas.double().contiguous().numpy()
    with ThreadPoolExecutor(threads, initializer=torch.set_flush_denormal, initargs=(True,)) as pool:
        while len(left):
            now, left = np.split(left, [max(1, AT_A_TIME // (members * batch))])
            place = state.first, len(now), batch
            ages = optimiser.age.item() + 1 + np.arange(len(now))[:, None]
            corrections = 1 - np.array(optimiser.betas) ** ages if optimiser.kind == "adam" else np.ones((len(now), 2))
            rules = now, *about, corrections
            jobs = [
                pool.submit(small.trained, *ends, networks, (x, order, row, noise), place, plan, rules, totals)
                for ends in pairwise(bounds)
            ]
            for job in jobs:
                job.result()
            count = min(len(x), state.first + len(now) * batch) - state.first
            state.first += len(now) * batch
            optimiser.age += len(now)
            for name in ("recon", "kl", "loss"):
                state.counts[name] = state.counts.get(name, 0) + count
            for part, own in chain.from_iterable(pairs for _, pairs in sides):
                own.copy_(part)
            yield count


def _packed(named: Weights, names: Sequence[str], width: int) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
    """Layers side by side, [member, layer, width + 1, width], the bias in the last row; and pairs of part and own."""
    first = named[f"{names[0]}.weight"]
    whole = torch.zeros(len(first), len(names), width + 1, width, dtype=first.dtype)
    pairs = []
    for layer, name in enumerate(names):
        weight, bias = named[f"{name}.weight"].detach(), named[f"{name}.bias"].detach()
        pairs += [(whole[:, layer, : weight.shape[1], : weight.shape[2]], weight)]
        pairs += [(whole[:, layer, -1, : bias.shape[1]], bias)]
    for part, own in pairs:
        part.copy_(own)
    return whole, pairs
