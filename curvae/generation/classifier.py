"""A small classifier, trained here, whose hidden layer is the space that images are compared in."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from curvae.nets.linear import initial_weights, linear_shapes

WIDTHS = (128, 32)  # the last is the number of features


@dataclass(frozen=True)
class Classifier:
    """A perceptron with two hidden layers.

    Attributes:
        weights: name -> tensor, without a member axis.
        accuracy: on the held-out images that it was given.
    """

    weights: dict[str, Tensor]
    accuracy: float

    @torch.no_grad()
    def features(self, images: Float[np.ndarray, "sample *shape"]) -> Float[np.ndarray, "sample feature"]:
        """The last hidden layer, in float64."""
        return _hidden(self.weights, _flat(images)).double().numpy()

    @torch.no_grad()
    def probabilities(self, images: Float[np.ndarray, "sample *shape"]) -> Float[np.ndarray, "sample label"]:
        """Of every class, in float64."""
        return _logits(self.weights, _flat(images)).double().softmax(-1).numpy()


def fit_classifier(
    train: tuple[Float[np.ndarray, "sample *shape"], Int[np.ndarray, " sample"]],
    test: tuple[Float[np.ndarray, "sample *shape"], Int[np.ndarray, " sample"]],
    epochs: int = 5,
    batch: int = 100,
    seed: int = 0,
) -> Classifier:
    """Cross-entropy by Adam (1e-3), on the CPU.

    Args:
        train: images and labels 0, 1, ...
        test: of the same kind, for the accuracy.
        epochs: passes.
        batch: images a step.
        seed: of weights and order.

    Raises:
        ValueError: images and labels of different numbers.
    """
    for name, (images, labels) in (("train", train), ("test", test)):
        if len(images) != len(labels):
            raise ValueError(f"{name} = {len(images)} images and {len(labels)} labels: allowed: as many of both")
    generator = torch.Generator().manual_seed(seed)
    x, y = _flat(train[0]), torch.as_tensor(np.asarray(train[1], dtype=np.int64))
    weights = initial_weights(linear_shapes("layer", [x.shape[1], *WIDTHS, int(y.max()) + 1]), generator)
    optimiser = torch.optim.Adam([w.requires_grad_() for w in weights.values()], 1e-3)
    for _ in range(epochs):
        for chosen in torch.randperm(len(x), generator=generator).split(batch):
            optimiser.zero_grad()
            functional.cross_entropy(_logits(weights, x[chosen]), y[chosen]).backward()
            optimiser.step()
    weights = {name: w.detach() for name, w in weights.items()}
    found = _logits(weights, _flat(test[0])).argmax(-1).numpy()
    return Classifier(weights, float((found == test[1]).mean()))


def _flat(images: np.ndarray) -> Tensor:
    return torch.as_tensor(np.asarray(images, dtype=np.float32)).flatten(1)


def _hidden(weights: dict[str, Tensor], x: Tensor) -> Tensor:
    for layer in range(len(WIDTHS)):
        x = functional.relu(x @ weights[f"layer.{layer}.weight"] + weights[f"layer.{layer}.bias"])
    return x


def _logits(weights: dict[str, Tensor], x: Tensor) -> Tensor:
    last = f"layer.{len(WIDTHS)}"
    return _hidden(weights, x) @ weights[f"{last}.weight"] + weights[f"{last}.bias"]
