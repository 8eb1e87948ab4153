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

from curvae.settings.base import ConfigError

ROUNDING = 1e-6  # of intensities in single precision


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


def require_intensities(settings: Any, low: float, high: float) -> None:
    """Refuse observations outside [0, 1] where a model takes them for intensities.

    Args:
        settings: of `curvae.settings.model`, or any other model's.
        low: least number of all observations.
        high: largest.

    Raises:
        ConfigError: the model's likelihood, output or kind asks for intensities, and these are none.
    """
    asking = {"likelihood": ("bernoulli",), "output": ("tanh",), "kind": ("interpolator", "glow")}
    field = next((name for name, values in asking.items() if getattr(settings, name, None) in values), None)
    if field is not None and not -ROUNDING <= low <= high <= 1 + ROUNDING:
        others = {"likelihood": "; likelihood gaussian takes any", "output": "; output linear takes any"}.get(field, "")
        said = f"the data reach from {low:.4g} to {high:.4g}; allowed: numbers in [0, 1]{others}"
        raise ConfigError(f"model.{field}", getattr(settings, field), said)
