"""A trained stack on disk and in hand: its weights, what they are of, and its members as functions."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from pydantic import TypeAdapter
from torch import Tensor

from curvae import store
from curvae.models import build
from curvae.nets.linear import initial_weights
from curvae.settings.base import Settings
from curvae.sweep.streams import Purpose, normals, stream
from curvae.types import Weights


@dataclass(frozen=True)
class Stack:
    """Networks of one shape: equations, weights with a leading member axis, and the members' axes."""

    model: Any
    weights: Weights
    members: list[dict[str, Any]]

    @classmethod
    def untrained(cls, model: Any, seeds: Sequence[int]) -> "Stack":
        """The networks that training starts from.

        Args:
            model: equations.
            seeds: one a member.
        """
        drawn = [initial_weights(model.shapes, stream(seed, Purpose.WEIGHTS)) for seed in seeds]
        weights = {name: torch.stack([own[name] for own in drawn]) for name in model.shapes}
        return cls(model, weights, [{"seed": seed} for seed in seeds])

    @property
    def dtype(self) -> torch.dtype:
        """Of the weights, and so of all that is computed with them."""
        return next(iter(self.weights.values())).dtype

    def only(self, member: int, dtype: torch.dtype | None = None) -> "Stack":
        """The stack of one member.

        Args:
            member: place in the stack.
            dtype: of the weights; unchanged by default.
        """
        weights = {name: w[member : member + 1].to(dtype or w.dtype) for name, w in self.weights.items()}
        return Stack(self.model, weights, [self.members[member]])

    def having(self, **axes: Any) -> "Stack":
        """The stack of the members with these values; one that lacks an axis counts as having any.

        Args:
            axes: values by axis.

        Raises:
            ValueError: no member has them.
        """
        places = [
            place for place, own in enumerate(self.members) if all(own.get(axis, v) == v for axis, v in axes.items())
        ]
        if not places:
            raise ValueError(f"{axes}: allowed: those of a member of {self.members}")
        weights = {name: w[places] for name, w in self.weights.items()}
        return Stack(self.model, weights, [self.members[place] for place in places])

    def decoder(self, member: int, dtype: torch.dtype | None = None) -> Callable[[Tensor], Tensor]:
        """A member's decoder as a plain function from codes [point, latent] to means [point, feature]."""
        one = self.only(member, dtype)
        return lambda z: one.model.decode(one.weights, z.unsqueeze(0)).squeeze(0)

    def closed_loop(self) -> tuple[Callable[[Any, Tensor], tuple[Any, Tensor]], Callable[[int], Any]]:
        """A predictor's step and its state before the first frame, in float64, all members side by side."""
        weights = {name: w.double() for name, w in self.weights.items()}
        return (
            lambda state, x: self.model.step(weights, state, x),
            lambda starts: self.model.start(weights, starts),
        )

    def decoder_layers(self, member: int) -> list[tuple[Tensor, Tensor]]:
        """Weight [out, in] and bias [out] of each layer of a member's fully connected decoder, in float64."""
        weights, layers = self.only(member, torch.float64).weights, []
        while (name := f"decoder.{len(layers)}") + ".weight" in weights:
            layers.append((weights[f"{name}.weight"][0].T, weights[f"{name}.bias"][0]))
        return layers

    @torch.no_grad()
    def encode(self, images: np.ndarray, batch: int = 2000) -> tuple[np.ndarray, np.ndarray]:
        """Posterior mean and log-variance under every member.

        Args:
            images: [sample, *shape].
            batch: samples at a time.

        Returns:
            Two arrays [member, sample, latent].
        """
        flat = torch.as_tensor(images, dtype=self.dtype).flatten(1)
        parts = [self.model.encode(self.weights, x.expand(len(self.members), *x.shape)) for x in flat.split(batch)]
        mean, logvar = (torch.cat(side, dim=1).numpy() for side in zip(*parts, strict=True))
        return mean, logvar

    @torch.no_grad()
    def decode(self, codes: np.ndarray, batch: int = 2000) -> np.ndarray:
        """Decoded means [member, sample, *shape] of codes [member, sample, latent]."""
        z = torch.as_tensor(codes, dtype=self.dtype)
        parts = [self.model.decode(self.weights, part) for part in z.split(batch, dim=1)]
        return torch.cat(parts, dim=1).unflatten(-1, self.model.shape).numpy()

    def sample(self, count: int, seed: int = 0, temperature: float = 1.0) -> np.ndarray:
        """Decoded draws of the prior, [member, sample, *shape].

        Args:
            count: of draws, the same for every member.
            seed: of the draws.
            temperature: that the draws are multiplied with.
        """
        return self.decode(temperature * self.draws(count, seed))

    @torch.no_grad()
    def draws(self, count: int, seed: int = 0) -> np.ndarray:
        """Draws of the prior [member, sample, latent], of the same normal numbers for every member."""
        noise = normals([seed], Purpose.NOISE, 0, (count, *self.model.noise))
        return self.model.prior(self.weights, noise.expand(len(self.members), -1, -1)).numpy()

    @torch.no_grad()
    def draw_codes(self, images: np.ndarray, seed: int = 0) -> np.ndarray | None:
        """One draw of every posterior, [member, sample, latent]; None where an observation has none.

        With a flow as prior they are where the flow takes them, so that N(0, I) is the prior of what is returned.

        Args:
            images: [sample, *shape].
            seed: of the draws.
        """
        if not self.model.settings.encodes:
            return None
        mean, logvar = self.encode(images)
        noise = normals([seed], Purpose.EVALUATION, 0, mean.shape[1:], dtype=self.dtype)[0].numpy()
        codes = mean + np.exp(0.5 * logvar) * noise
        flow = getattr(self.model, "flow", None)
        return flow.forward(self.weights, torch.as_tensor(codes))[0].numpy() if flow else codes


def save_stack(path: str | os.PathLike, settings: Settings, stack: Stack, **about: Any) -> None:
    """Write a stack as safetensors with all that `open_stack` needs in its header.

    Args:
        path: ends in ``.safetensors``.
        settings: of the model.
        stack: to write.
        about: further JSON to keep.
    """
    header = {
        "model": settings.model_dump(),
        "shape": list(stack.model.shape),
        "members": stack.members,
        **about,
    }
    store.write_weights(path, stack.weights, header)


def open_stack(path: str | os.PathLike, kind: type[Settings]) -> tuple[Stack, dict[str, Any]]:
    """Read a stack and the further JSON kept with it.

    Args:
        path: written by `save_stack`.
        kind: settings class of the model.
    """
    weights, about = store.read_weights(path)
    settings = TypeAdapter(kind).validate_python(about.pop("model"))
    model = build(settings, tuple(about.pop("shape")))
    return Stack(model, weights, about.pop("members")), about
