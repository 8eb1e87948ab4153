"""Members of a sweep as plain JSON: their decoders' weights in as few bits as the images allow, and their codes."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from curvae.nets.linear import ACTIVATIONS, multilayer

BITS = (16, 20)  # of a weight in a page, tried in this order
CLOSE = 5e-5  # largest difference of a pixel that they may make

Layers = list[tuple[Float[np.ndarray, "fan_in fan_out"], Float[np.ndarray, " fan_out"]]]


@dataclass(frozen=True)
class Member:
    """One member's decoder and codes.

    Attributes:
        axes: its place in the sweep.
        layers: weight and bias of each layer of the decoder, a multilayer perceptron.
        activation: a key of `curvae.nets.linear.ACTIVATIONS`, after every layer but the last.
        likelihood: ``bernoulli``, whose mean is the sigmoid of the last layer, or ``gaussian``.
        codes: of the samples that all members share.
    """

    axes: dict[str, Any]
    layers: Layers
    activation: str
    likelihood: str
    codes: Float[np.ndarray, "sample latent"]

    def __post_init__(self):
        latents = self.codes.shape[1]
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"activation = {self.activation!r}: allowed: {', '.join(ACTIVATIONS)}")
        if latents < 2 or self.layers[0][0].shape[0] != latents:
            raise ValueError(f"codes of {latents} latents: allowed: two or more, as many as the decoder takes")
        if not all(
            np.isfinite(array).all() for array in (self.codes, *(part for layer in self.layers for part in layer))
        ):
            raise ValueError(f"member {self.axes}: NaN or infinite; allowed: finite weights and codes")

    @classmethod
    def of(
        cls, axes: dict[str, Any], weights: Mapping[str, torch.Tensor], settings: Any, codes: np.ndarray
    ) -> "Member":
        """A member from the weights of one autoencoder.

        Args:
            axes: its place in the sweep.
            weights: ``decoder.{layer}.weight`` [in, out] and ``decoder.{layer}.bias`` [out], among others.
            settings: of the autoencoder, with ``activation``, ``decoder_activation`` and ``likelihood``.
            codes: [sample, latent].
        """
        count = sum(name.startswith("decoder.") and name.endswith(".weight") for name in weights)
        layers = [tuple(weights[f"decoder.{k}.{part}"].numpy() for part in ("weight", "bias")) for k in range(count)]
        return cls(axes, layers, settings.decoder_activation or settings.activation, settings.likelihood, codes)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Mean images [sample, pixel] of codes."""
        return _decode(self.layers, self.activation, self.likelihood, codes)


def packed(member: Member) -> dict[str, Any]:
    """A member as JSON.

    Weights W become whole numbers of 16 or 20 bits in units of a step for each output, step_j = max_i |W_ij| /
    (2^(bits - 1) - 1), where that changes no pixel by more than 5e-5 at the codes and halfway between random pairs of
    them; else they are float32.

    Args:
        member: to pack.
    """
    mixed = (member.codes + np.random.default_rng(0).permutation(member.codes)) / 2
    places = np.concatenate([member.codes, mixed])
    exact = member.decode(places)
    layers = [{"weight": text(weight, "<f4"), "bias": text(bias, "<f4")} for weight, bias in member.layers]
    for bits in BITS:
        whole = [_whole(weight, bits) for weight, _ in member.layers]
        rounded = [(n * step, bias) for (n, step), (_, bias) in zip(whole, member.layers, strict=True)]
        gap = np.abs(_decode(rounded, member.activation, member.likelihood, places) - exact).max()
        if gap <= CLOSE:
            layers = [layer | _in_bits(*one, bits) for layer, one in zip(layers, whole, strict=True)]
            break
    return {
        "axes": member.axes,
        "latents": member.codes.shape[1],
        "activation": member.activation,
        "output": "sigmoid" if member.likelihood == "bernoulli" else "identity",
        "layers": layers,
        "codes": text(member.codes, "<f4"),
    }


def _whole(weight: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers, and the step of each output."""
    most = 2 ** (bits - 1) - 1
    step = (np.abs(weight).max(0).clip(np.finfo(np.float32).tiny) / most).astype(np.float32)
    return np.rint(weight / step).clip(-most, most).astype(np.int32), step


def _in_bits(whole: np.ndarray, step: np.ndarray, bits: int) -> dict[str, str]:
    """The upper 16 bits, and the lower 4 of two numbers a byte."""
    lower = bits - 16
    found = {"weight": text(whole >> lower, "<i2"), "step": text(step, "<f4")}
    if lower:
        rest = np.resize((whole & 15).ravel(), whole.size + whole.size % 2)
        found["lower"] = text(rest[::2] | rest[1::2] << 4, "u1")
    return found


def text(values: np.ndarray, kind: str) -> str:
    """Numbers of a little-endian kind as base64."""
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode()


def _decode(layers: Layers, activation: str, likelihood: str, codes: np.ndarray) -> np.ndarray:
    weights = {}
    for k, parts in enumerate(layers):
        for name, part in zip(("weight", "bias"), parts, strict=True):
            weights[f"decoder.{k}.{name}"] = torch.as_tensor(np.asarray(part, dtype=np.float32))[None]
    with torch.no_grad():
        output = multilayer(weights, "decoder", torch.as_tensor(codes, dtype=torch.float32)[None], activation)[0]
        return (torch.sigmoid(output) if likelihood == "bernoulli" else output).numpy()
