"""Models, one a file. A model owns no weights: it is settings and equations over named tensors.

Every model has `shapes` (of one member's weights), `noise` (normal numbers a sample that a training step consumes),
`activations` (numbers that it keeps of a sample) and `terms(weights, x, noise)`, the terms that its objective reads:
``recon`` [member, sample] and ``kl`` [member, sample, latent] where there is a likelihood, ``real`` and ``fake``
observations [member, sample, feature] where there is a critic of them, and what else either needs. One that starts from
data has `begin(weights, x, noise)`, which changes fresh weights in place; one whose codes have another variance than 1
under the prior has `prior_variance`; one whose members may have settings of their own has
`of(members, device, dtype)`, their model.
"""

from importlib import import_module
from typing import Any


def module(kind: str) -> str:
    """Dotted name of the module that defines a model."""
    return f"curvae.models.{kind}"


def build(settings: Any, shape: tuple[int, ...]) -> Any:
    """The model that some settings describe.

    Args:
        settings: of `curvae.settings.model`; `kind` names the module.
        shape: of one observation.
    """
    return import_module(module(settings.kind)).Model(settings, tuple(shape))
