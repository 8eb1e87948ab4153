"""Critics of codes: fully connected networks that tell two kinds of codes apart."""

from torch import Tensor

from curvae.nets.fused import perceptron
from curvae.nets.linear import linear_shapes
from curvae.settings.objective import AdversarySettings
from curvae.types import Latents, Weights


def critic_shapes(latent: int, settings: AdversarySettings, outputs: int) -> dict[str, tuple[int, ...]]:
    """Shapes of one member's critic.

    Args:
        latent: number of latents.
        settings: width and depth.
        outputs: number of logits.
    """
    return linear_shapes("critic", [latent, *[settings.width] * settings.depth, outputs])


def logits(weights: Weights, z: Latents, settings: AdversarySettings, learns: bool) -> Tensor:
    """The critic's logits, [member, sample, output].

    Args:
        weights: the critic's among them.
        z: codes.
        settings: the activation.
        learns: whether the gradient goes to the critic and not to the codes, or to the codes and not to the critic.
    """
    if learns:
        return perceptron(weights, "critic", z.detach(), settings.activation)
    fixed = {name: w.detach() for name, w in weights.items() if name.startswith("critic.")}
    return perceptron(fixed, "critic", z, settings.activation)
