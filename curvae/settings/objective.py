"""Settings of the objectives, one class a kind."""

from typing import Literal

from curvae.settings.base import Settings


class Elbo(Settings):
    """The evidence lower bound with its KL divergence weighed by beta: VAE and beta-VAE."""

    kind: Literal["elbo"] = "elbo"


ObjectiveSettings = Elbo
