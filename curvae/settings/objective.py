"""Settings of the objectives, one class a kind; those of generators are in `curvae.settings.adversarial`.

What `beta`, an axis of the grid, weighs is in docs/objectives.md.
"""

from typing import Annotated, Literal

from pydantic import Field

from curvae.settings.adversarial import GAIA, GAN, WGAN, WGANGP, AdversarySettings, InfoGAN
from curvae.settings.base import Count, Fraction, NonNegative, Positive, Real, Settings, axis
from curvae.settings.model import Activation

Scales = Annotated[tuple[Positive, ...], Field(min_length=1)]


class Elbo(Settings):
    """VAE and beta-VAE: beta weighs the KL divergence."""

    kind: Literal["elbo"] = "elbo"


class Capacity(Settings):
    """Controlled capacity: beta weighs the distance of the KL divergence from a growing target."""

    kind: Literal["capacity"]
    capacity: NonNegative = Field(25.0, description="the target at the end [nats]")
    capacity_epochs: Positive = Field(10.0, description="epochs in which the target grows from 0 in a line")


class BetaTCVAE(Settings):
    """beta-TCVAE: beta weighs the total correlation alone."""

    kind: Literal["beta_tcvae"]
    alpha: NonNegative = Field(1.0, description="weight of the index-code mutual information")
    gamma: NonNegative = Field(1.0, description="weight of the dimension-wise KL divergence")
    estimator: Literal["weighted", "stratified"] = Field(
        "weighted", description="of the aggregate posterior from a batch: as in the paper, or without its bias"
    )


class FactorCritic(AdversarySettings):
    """Tells codes from codes whose latents were permuted over the batch."""

    width: Count = Field(1000, description="units of a hidden layer")
    depth: Count = Field(6, description="hidden layers")
    activation: Activation = "leaky_relu"
    lr: Positive = Field(1e-4, description="Adam's learning rate")
    betas: tuple[Fraction, Fraction] = Field((0.5, 0.9), description="decay of Adam's two moments")


class FactorVAE(Settings):
    """FactorVAE: beta weighs the total correlation, told by a critic."""

    kind: Literal["factorvae"]
    critic: FactorCritic = FactorCritic()


class DIPVAE(Settings):
    """DIP-VAE: beta weighs the squared covariances of different latents."""

    kind: Literal["dip_vae"]
    variant: Literal["I", "II"] = Field("II", description="covariance of the posterior means, or of the codes")
    ratio: NonNegative | None = Field(
        None, description="weight of the variances' distance from 1 [beta]; without it 10 for I, 1 for II"
    )


class InfoVAE(Settings):
    """InfoVAE, and with alpha 1 MMD-VAE: beta is lambda, the weight of the aggregate posterior's divergence."""

    kind: Literal["infovae"]
    alpha: Annotated[Real, Field(le=1)] = Field(
        1.0, description="1 - alpha weighs the KL divergence, alpha + beta - 1 the maximum mean discrepancy"
    )
    kernel: Literal["rbf", "imq"] = Field("rbf", description="Gaussian, or inverse multiquadratic")
    scales: Scales = Field((1.0,), description="variances of the kernels that are added [variance of the prior]")


class WAEMMD(Settings):
    """Wasserstein autoencoder: beta weighs the maximum mean discrepancy of codes and prior."""

    kind: Literal["wae_mmd"]
    scales: Scales = Field(
        (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
        description="scales of the inverse multiquadratic kernels that are added [variance of the prior]",
    )


class PriorCritic(AdversarySettings):
    """Tells codes from draws of the prior."""

    width: Count = Field(512, description="units of a hidden layer")
    depth: Count = Field(4, description="hidden layers")
    activation: Activation = "relu"
    lr: Positive = Field(5e-4, description="Adam's learning rate")
    betas: tuple[Fraction, Fraction] = Field((0.5, 0.999), description="decay of Adam's two moments")


class DCIGN(Settings):
    """DC-IGN: batches vary one factor, and only its latent may follow; beta weighs the KL divergence."""

    kind: Literal["dc_ign"]
    factors: axis(str) = Field(
        description="factors with a latent of their own, in this order; the further latents belong to all other factors"
    )


class Smooth(Settings):
    """Evidence lower bound and a smooth path of codes: batches hold runs of frames; beta weighs the KL divergence."""

    kind: Literal["smooth"]
    weight: NonNegative = Field(30.0, description="of the squared error of predicting the next code")
    weight_epochs: NonNegative = Field(0.0, description="epochs in which the weight grows from 0 in a line")
    order: Literal[1, 2] = Field(2, description="predicted is the code before (1), or the line through two codes (2)")
    frames: Annotated[Count, Field(ge=3)] = Field(10, description="consecutive frames side by side in a batch")


class WAEGAN(Settings):
    """Wasserstein or adversarial autoencoder with an adversary on the codes: beta weighs the adversary."""

    kind: Literal["wae_gan"]
    critic: PriorCritic = PriorCritic()


ObjectiveSettings = Annotated[
    Elbo
    | Capacity
    | BetaTCVAE
    | FactorVAE
    | DIPVAE
    | InfoVAE
    | WAEMMD
    | WAEGAN
    | DCIGN
    | Smooth
    | GAN
    | WGAN
    | WGANGP
    | InfoGAN
    | GAIA,
    Field(discriminator="kind"),
]
OF_GENERATORS = ("gan", "wgan", "wgan_gp", "infogan")
OBJECTIVE_KINDS = (
    *("elbo", "capacity", "beta_tcvae", "factorvae", "dip_vae", "infovae", "wae_mmd", "wae_gan", "dc_ign", "smooth"),
    *OF_GENERATORS,
    "gaia",
)
