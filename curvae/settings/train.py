"""Settings of training: what is spent on every member of a stack."""

from typing import Literal

from pydantic import Field

from curvae.settings.base import Count, Fraction, NonNegative, Positive, Settings

Anneal = Literal["none", "linear", "sigmoid"]
Optimiser = Literal["adam", "rmsprop"]


class Budget(Settings):
    """Passes over the data, batch size and optimiser of a stack."""

    epochs: Count = 40
    batch: Count = Field(100, description="samples a step")
    lr: Positive = Field(1e-3, description="learning rate")
    optimiser: Optimiser = Field("adam", description="Adam, or RMSProp with the second of `betas` for its decay")
    betas: tuple[Fraction, Fraction] = Field((0.9, 0.999), description="decay of Adam's two moments")
    schedule: Literal["constant", "cosine"] = Field("constant", description="learning rate over the epochs")
    anneal: Anneal = Field("none", description="how beta grows from 0 at the start: not, in a line, or along a sigmoid")
    anneal_epochs: Count = Field(10, description="epochs until beta has its value (a sigmoid: .25 % off)")
    clip: NonNegative = Field(0.0, description="largest norm of a member's gradient; 0 leaves it alone")
