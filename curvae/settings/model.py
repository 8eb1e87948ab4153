"""Settings of the models, one class a kind."""

from typing import Annotated, Literal

from pydantic import Field

from curvae.settings.base import Count, NonNegative, Settings

Activation = Literal["relu", "leaky_relu", "elu", "softplus", "tanh", "sigmoid"]
Cell = Literal["elman", "gru", "lstm"]


class VAE(Settings):
    """A variational autoencoder of fully connected layers."""

    kind: Literal["vae"]
    hidden: Annotated[tuple[Count, ...], Field(min_length=1)] = Field(
        (50, 50), description="widths of the encoder's hidden layers; the decoder has them reversed"
    )
    latent: Count = Field(2, description="number of latents")
    activation: Activation = "relu"
    likelihood: Literal["bernoulli", "gaussian"] = Field(
        "bernoulli",
        description="bernoulli: cross-entropy summed over pixels; gaussian: squared error summed over pixels",
    )


class Predictor(Settings):
    """A recurrent network that predicts the next latent statistics."""

    kind: Literal["predictor"] = "predictor"
    cell: Cell
    hidden: Count = Field(64, description="units of the recurrent state")
    warmup: Count = Field(10, description="frames seen before the closed loop starts")
    rollout: Count = Field(1, description="frames of closed loop in the training loss; 1 is one-step prediction")
    noise: NonNegative = Field(0.0, description="noise added to the inputs in training [standard deviations]")


ModelSettings = VAE
