"""Restricted Boltzmann machines of many members: energies, conditionals, contrastive divergence, unrolling.

A machine is three tensors: ``weight`` [member, visible, hidden], ``visible`` and ``hidden``, the biases b and c.
Visible units are binary. Hidden ones are binary,

    E(v, h) = -v'W h - b'v - c'h

or Gaussian of variance 1,

    E(v, h) = -v'W h - b'v + ||h - c||^2 / 2.

Reference: Hinton & Salakhutdinov (2006), Reducing the dimensionality of data with neural networks.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from curvae.types import Weights

Machine = dict[str, Tensor]


def hidden_mean(machine: Machine, v: Tensor, gaussian: bool = False) -> Tensor:
    """E[h | v]: a = c + v'W where hidden units are Gaussian, sigmoid(a) where they are binary.

    Args:
        machine: of every member.
        v: [member, sample, visible], in [0, 1].
        gaussian: whether the hidden units are.
    """
    a = torch.baddbmm(machine["hidden"].unsqueeze(1), v, machine["weight"])
    return a if gaussian else torch.sigmoid(a)


def visible_mean(machine: Machine, h: Tensor) -> Tensor:
    """E[v | h] = sigmoid(b + W h), [member, sample, visible]."""
    return torch.sigmoid(torch.baddbmm(machine["visible"].unsqueeze(1), h, machine["weight"].mT))


def free_energy(machine: Machine, v: Tensor, gaussian: bool = False) -> Tensor:
    """F(v) = -ln of the sum (or integral, but for its constant) of exp(-E(v, h)) over h, [member, sample].

    Binary: -b'v - sum_j softplus(c_j + (v'W)_j). Gaussian: -b'v - c'a - ||a||^2 / 2 with a = v'W.
    """
    linear = (v * machine["visible"].unsqueeze(1)).sum(-1)
    a, c = torch.bmm(v, machine["weight"]), machine["hidden"].unsqueeze(1)
    each = c * a + 0.5 * a.square() if gaussian else functional.softplus(c + a)
    return -linear - each.sum(-1)


def statistics(v: Tensor, h: Tensor) -> Machine:
    """Means over samples of v h', v and h: the slope of -E by the parts of a machine, but for constants."""
    return {"weight": torch.bmm(v.mT, h) / v.shape[1], "visible": v.mean(1), "hidden": h.mean(1)}


def contrastive_divergence(
    machine: Machine, v: Tensor, numbers: Sequence[tuple[Tensor, Tensor]], gaussian: bool = False
) -> Machine:
    """An estimate of the slope of the mean log-likelihood of v: statistics of the data less those of k Gibbs steps.

    All units of the chain are drawn; only the last hidden ones enter with their means. As k grows, the mean of the
    estimate becomes the slope itself.

    Args:
        machine: of every member.
        v: data [member, sample, visible], in [0, 1].
        numbers: a pair a step: for the hidden units [member, sample, hidden], uniform in [0, 1) or, where these are
            Gaussian, standard normal; and for the visible ones [member, sample, visible], uniform.
        gaussian: whether the hidden units are.

    Returns:
        One tensor for each of the machine's.

    Reference: Hinton (2002), Training products of experts by minimizing contrastive divergence.
    """
    mean = hidden_mean(machine, v, gaussian)
    data, chain = statistics(v, mean), v
    for of_hidden, of_visible in numbers:
        h = mean + of_hidden if gaussian else (of_hidden < mean).to(v.dtype)
        chain = (of_visible < visible_mean(machine, h)).to(v.dtype)
        mean = hidden_mean(machine, chain, gaussian)
    model = statistics(chain, mean)
    return {name: data[name] - model[name] for name in data}


def unrolled(machines: Sequence[Machine]) -> Weights:
    """Weights of the autoencoder that stacked machines are: up through all of them, and down by the same weights.

    Args:
        machines: from the data to the code.

    Returns:
        ``encoder.{i}.weight`` and ``.bias`` from machine i, ``decoder.{i}`` from the machines in reverse, transposed.
    """
    weights = {}
    for layer, machine in enumerate(machines):
        weights[f"encoder.{layer}.weight"], weights[f"encoder.{layer}.bias"] = machine["weight"], machine["hidden"]
    for layer, machine in enumerate(reversed(machines)):
        weights[f"decoder.{layer}.weight"] = machine["weight"].mT.contiguous()
        weights[f"decoder.{layer}.bias"] = machine["visible"]
    return weights
