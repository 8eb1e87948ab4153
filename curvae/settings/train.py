"""Settings of training: what is spent on every member of a stack."""

from typing import Literal

from pydantic import Field

from curvae.settings.base import Count, NonNegative, Positive, Settings


class Budget(Settings):
    """Passes over the data, batch size and optimiser of a stack."""

    epochs: Count = 40
    batch: Count = Field(100, description="samples a step")
    lr: Positive = Field(1e-3, description="Adam's learning rate")
    schedule: Literal["constant", "cosine"] = Field("constant", description="learning rate over the epochs")
    clip: NonNegative = Field(0.0, description="largest norm of a member's gradient; 0 leaves it alone")
