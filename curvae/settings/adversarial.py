"""Settings of objectives under which a generator and a critic of its observations step in turn, one class a kind."""

from typing import Literal

from pydantic import Field

from curvae.settings.base import Count, Fraction, NonNegative, Positive, Settings
from curvae.settings.model import Activation
from curvae.settings.train import Optimiser


class AdversarySettings(Settings):
    """A critic of fully connected layers, trained by an optimiser of its own."""

    width: Count
    depth: Count
    activation: Activation
    lr: Positive
    betas: tuple[Fraction, Fraction]
    optimiser: Optimiser = Field("adam", description="Adam, or RMSProp with the second of `betas` for its decay")


class Discriminator(AdversarySettings):
    """Tells observations from those of a generator."""

    width: Count = Field(50, description="units of a hidden layer")
    depth: Count = Field(2, description="hidden layers")
    activation: Activation = "leaky_relu"
    lr: Positive = Field(1e-3, description="learning rate")
    betas: tuple[Fraction, Fraction] = Field((0.9, 0.999), description="decay of Adam's two moments")


class ClippedCritic(Discriminator):
    """A critic whose weights are clipped."""

    lr: Positive = Field(5e-5, description="learning rate")
    betas: tuple[Fraction, Fraction] = Field((0.0, 0.99), description="decay of Adam's two moments")
    optimiser: Optimiser = Field("rmsprop", description="Adam, or RMSProp with the second of `betas` for its decay")


class SmoothCritic(Discriminator):
    """A critic with a penalty on its slope."""

    lr: Positive = Field(1e-4, description="learning rate")
    betas: tuple[Fraction, Fraction] = Field((0.0, 0.9), description="decay of Adam's two moments")


class GAN(Settings):
    """Generative adversarial network with noisy labels: a discriminator's cross-entropy; beta is not read."""

    kind: Literal["gan"]
    critic: Discriminator = Discriminator()
    steps: Count = Field(1, description="steps of the critic for each of the generator")
    label_noise: Fraction = Field(
        0.2, description="a: the discriminator's labels are uniform in [0, a] and in [1 - a, 1]"
    )
    target_noise: Fraction = Field(0.8, description="b: the generator's are uniform in [1 - b, 1]")


class AutoencodingCritic(Discriminator):
    """A critic that is an autoencoder of observations."""

    width: Count = Field(128, description="units of a hidden layer")
    depth: Count = Field(1, description="hidden layers on each side of its code")
    code: Count = Field(32, description="numbers in its code")


class GAIA(Settings):
    """An autoencoder and, as its critic, another one, which judges what is decoded between codes.

    beta weighs the first one's own error of reconstruction.
    """

    kind: Literal["gaia"]
    critic: AutoencodingCritic = AutoencodingCritic()
    steps: Count = Field(1, description="steps of the critic for each of the autoencoder")
    slope: NonNegative = Field(100.0, description="of the sigmoids that balance errors [1 / intensity]")


class InfoCritic(Discriminator):
    """Tells observations from those of a generator, both with noise on them."""

    lr: Positive = Field(2e-4, description="learning rate")
    betas: tuple[Fraction, Fraction] = Field((0.5, 0.999), description="decay of Adam's two moments")


class InfoGAN(Settings):
    """InfoGAN: beta weighs the information about the codes."""

    kind: Literal["infogan"]
    critic: InfoCritic = InfoCritic()
    steps: Count = Field(1, description="steps of the critic for each of the generator")
    instance_noise: NonNegative = Field(0.2, description="deviation of the noise on what the critic sees [1]")
    penalty: NonNegative = Field(
        0.0, description="0: cross-entropy; else the Wasserstein distance, this the weight of the penalty on the slope"
    )


class WGAN(Settings):
    """Wasserstein GAN: a critic whose weights are clipped; beta is not read."""

    kind: Literal["wgan"]
    critic: ClippedCritic = ClippedCritic()
    steps: Count = Field(5, description="steps of the critic for each of the generator")
    clip: Positive = Field(0.01, description="the critic's weights and biases stay within this distance of 0")


class WGANGP(Settings):
    """Wasserstein GAN whose critic has a gradient penalty; beta is not read."""

    kind: Literal["wgan_gp"]
    critic: SmoothCritic = SmoothCritic()
    steps: Count = Field(5, description="steps of the critic for each of the generator")
    penalty: NonNegative = Field(10.0, description="weight of the squared distance of the slope from 1")
