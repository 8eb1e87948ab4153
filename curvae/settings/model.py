"""Settings of the models, one class a kind."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, Strict, ValidationInfo, field_validator, model_validator

from curvae.settings.base import Count, Fraction, NonNegative, Positive, Settings, Whole

Activation = Literal["relu", "leaky_relu", "elu", "softplus", "tanh", "sigmoid"]
Cell = Literal["elman", "gru", "lstm"]
Widths = Annotated[tuple[Count, ...], Field(min_length=1)]
SIDES = (28, 32, 64)  # of the images that convolutional networks take [px]
SMALL = 64  # units of a layer that compiled code takes: beyond, batched matrix products are as fast
KINKED = ("relu", "leaky_relu")  # activations that are straight but for a kink


class IAF(Settings):
    """An inverse autoregressive flow that bends the posterior away from a Gaussian (Kingma et al. 2016)."""

    kind: Literal["iaf"]
    steps: Count = Field(4, description="masked autoregressive nets one after the other, the order reversed each time")
    hidden: Widths = Field((64,), description="widths of the hidden layers of each net")
    context: Count = Field(32, description="numbers that the encoder hands to every net, beside mean and log-variance")

    def draws(self, latent: int) -> int:
        """Of each posterior, for its variance: enough for a covariance of 1 in all latents, and 32 at least."""
        return max(32, 4 * latent)


class Point(Settings):
    """One code for an observation: with the objective `elbo` a plain autoencoder."""

    kind: Literal["point"]


class FlowPrior(Settings):
    """Coupling layers from the latents to normal numbers, a prior that is trained along (Dinh et al. 2015, 2017)."""

    kind: Literal["realnvp", "nice"]
    layers: Count = Field(4, description="couplings one after the other, the order of the latents reversed each time")
    units: Count = Field(32, description="units of each of the two hidden layers of a coupling's net")


class Rbm(Settings):
    """Initial weights from stacked restricted Boltzmann machines, unrolled (Hinton & Salakhutdinov 2006)."""

    kind: Literal["rbm"]
    epochs: Count = Field(10, description="passes over the training set of each machine")
    lr: Positive = Field(0.1, description="learning rate of the machines whose hidden units are binary")
    code_lr: Positive = Field(1e-3, description="learning rate of the last machine, whose hidden units are Gaussian")
    momentum: Fraction = Field(
        0.9, description="share of the last step that the next one keeps; 0.5 in the first epoch"
    )
    decay: NonNegative = Field(2e-4, description="what a step takes from the weights, times the learning rate")
    steps: Count = Field(1, description="steps k of Gibbs sampling of contrastive divergence (CD-k)")


class VAE(Settings):
    """A variational autoencoder: fully connected layers of any widths, or a published convolutional network."""

    kind: Literal["vae"]
    network: Literal["mlp", "burgess", "locatello", "philion"] = Field(
        "mlp",
        description="mlp: fully connected layers; burgess, locatello: the convolutional networks of Burgess et al. "
        "(2018) and Locatello et al. (2019), for images of 64, 32 or 28 px with one channel; philion: the small one of "
        "Philion (2018), for 28 px",
    )
    hidden: Widths | None = Field((50, 50), description="widths of an mlp's hidden layers, in the encoder")
    decoder_hidden: Widths | None = Field(
        None, description="widths of an mlp's hidden layers, in the decoder; without it the encoder's reversed"
    )
    latent: Count = Field(2, description="number of latents")
    activation: Activation = Field("relu", description="after every hidden layer")
    decoder_activation: Activation | None = Field(None, description="activation in the decoder, where it differs")
    posterior: Annotated[IAF | Point, Field(discriminator="kind")] | None = Field(
        None, description="a flow after the diagonal Gaussian, or a point; without it the Gaussian alone"
    )
    likelihood: Literal["bernoulli", "gaussian"] = Field(
        "bernoulli",
        description="bernoulli: cross-entropy summed over pixels; gaussian: squared error summed over pixels",
    )
    prior: FlowPrior | None = Field(
        None, description="a flow as prior, trained together with the networks; without it N(0, I)"
    )
    pretrain: Rbm | None = Field(
        None, description="where initial weights come from: restricted Boltzmann machines; without it they are random"
    )

    encodes: ClassVar[bool] = True  # an observation has codes

    @model_validator(mode="before")
    @classmethod
    def _no_default_widths(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("network", "mlp") != "mlp":
            return {"hidden": None, **values}
        return values

    @field_validator("hidden", "decoder_hidden")
    @classmethod
    def _widths_of_an_mlp(cls, widths: tuple[int, ...] | None, info: ValidationInfo) -> tuple[int, ...] | None:
        network = info.data.get("network", "mlp")
        if network != "mlp" and widths is not None:
            raise ValueError(f"allowed with network = mlp only; the widths of {network} are fixed")
        if network == "mlp" and info.field_name == "hidden" and widths is None:
            raise ValueError("allowed with network = mlp: one width or more")
        return widths

    @field_validator("prior")
    @classmethod
    def _densities_to_compare(cls, prior: FlowPrior | None, info: ValidationInfo) -> FlowPrior | None:
        if prior and isinstance(info.data.get("posterior"), Point):
            raise ValueError("allowed with a posterior that has a density, not a point")
        if prior and info.data.get("latent") == 1:
            raise ValueError("allowed with 2 latents or more")
        return prior

    @field_validator("pretrain")
    @classmethod
    def _unrolled_machines(cls, pretrain: Rbm | None, info: ValidationInfo) -> Rbm | None:
        given = info.data
        fits = (
            given.get("network") == "mlp"
            and given.get("decoder_hidden") is None
            and given.get("activation") == "sigmoid"
        )
        fits &= given.get("decoder_activation") in (None, "sigmoid") and given.get("likelihood") == "bernoulli"
        if pretrain and not (fits and isinstance(given.get("posterior"), Point)):
            raise ValueError(
                "allowed with network mlp, no decoder_hidden, activation sigmoid, posterior point, likelihood bernoulli"
            )
        return pretrain

    def small(self, features: int) -> bool:
        """Whether it is of few units, with kinks, a Gaussian likelihood and no flow: what compiled code takes.

        Args:
            features: numbers of an observation.
        """
        plain = self.network == "mlp" and self.likelihood == "gaussian" and not (self.posterior or self.prior)
        kinked = {self.activation, self.decoder_activation or self.activation} <= set(KINKED)
        return plain and kinked and max(features, 2 * self.latent, *self.hidden, *(self.decoder_hidden or ())) <= SMALL


class Layered(Settings):
    """Gaussians of layers, each given the draws of the layers above: the posterior of a ladder."""

    kind: Literal["layered"] = "layered"


class Ladder(Settings):
    """A ladder variational autoencoder: layers of latents, the first the nearest to the data (Sonderby et al. 2016)."""

    kind: Literal["ladder"]
    latents: Widths = Field((64, 32, 16, 8, 4), description="number of latents of each layer, the bottom one first")
    hidden: Widths = Field(
        (512, 256, 128, 64, 64), description="width of the hidden layers below each layer of latents"
    )
    depth: Count = Field(2, description="how many hidden layers each net between layers of latents has")
    activation: Activation = Field("leaky_relu", description="after every hidden layer")
    likelihood: Literal["bernoulli", "gaussian"] = Field("bernoulli", description="as of a vae")

    encodes: ClassVar[bool] = True
    decoder_activation: ClassVar[None] = None
    posterior: ClassVar[Layered] = Layered()
    network: ClassVar[str] = "ladder"

    @field_validator("hidden")
    @classmethod
    def _a_width_a_layer(cls, hidden: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        if len(hidden) != len(info.data.get("latents", hidden)):
            raise ValueError(f"allowed: one width a layer of latents, {len(info.data['latents'])} of them")
        return hidden

    @property
    def latent(self) -> int:
        """Number of latents of all layers together."""
        return sum(self.latents)

    def widths(self, features: int) -> dict[str, list[int]]:
        """Widths of every net, from its input to its output.

        Args:
            features: numbers of an observation.
        """
        below, above = (features, *self.hidden), (features, *(2 * count for count in self.latents))
        nets: dict[str, list[int]] = {}
        for layer, (latents, hidden) in enumerate(zip(self.latents, self.hidden, strict=True)):
            between = [hidden] * self.depth
            nets[f"encoder.{layer}"] = [below[layer], *between, 2 * latents]
            nets[f"decoder.{layer}"] = [latents, *between, above[layer]]
        return nets


class Generator(Settings):
    """A generator of observations from numbers that are drawn; a network that tells its codes, but no encoder."""

    kind: Literal["generator"]
    hidden: Widths = Field((50, 50), description="widths of the hidden layers")
    latent: Count = Field(150, description="numbers drawn for an observation: its codes and standard normal ones")
    codes: Whole = Field(
        0, description="how many of them are uniform in (-1, 1) and told by an inference network (InfoGAN)"
    )
    inference_hidden: Widths | None = Field(
        None, description="widths of the inference network's hidden layers; without it the generator's reversed"
    )
    activation: Activation = Field("leaky_relu", description="after every hidden layer")
    decoder_activation: ClassVar[None] = None
    posterior: ClassVar[None] = None
    network: ClassVar[str] = "generator"
    output: Literal["tanh", "linear"] = Field(
        "tanh", description="tanh: of data in [0, 1], which the networks see scaled to [-1, 1]; linear: as they are"
    )

    @field_validator("codes")
    @classmethod
    def _codes_are_latents(cls, codes: int, info: ValidationInfo) -> int:
        if codes > info.data.get("latent", codes):
            raise ValueError(f"allowed: at most {info.data['latent']}, the latents")
        return codes

    @property
    def encodes(self) -> bool:
        """Whether an observation has codes."""
        return self.codes > 0


class Interpolator(Settings):
    """A plain autoencoder that also decodes points between codes, for a critic (GAIA, Sainburg et al. 2018)."""

    kind: Literal["interpolator"]
    hidden: Widths = Field((50, 50), description="widths of the hidden layers, in the encoder")
    decoder_hidden: Widths | None = Field(
        None, description="widths of the hidden layers, in the decoder; without it the encoder's reversed"
    )
    latent: Count = Field(2, description="number of latents")
    activation: Activation = Field("relu", description="after every hidden layer")

    encodes: ClassVar[bool] = True
    decoder_activation: ClassVar[None] = None
    posterior: ClassVar[Point] = Point(kind="point")
    network: ClassVar[str] = "mlp"
    likelihood: ClassVar[str] = "gaussian"  # the output is linear


class Glow(Settings):
    """A normalising flow of images (Kingma & Dhariwal 2018): an exact likelihood, as many codes as pixels."""

    kind: Literal["glow"]
    levels: Count = Field(1, description="times that 2 x 2 pixels become channels; 2^levels divides the images' sides")
    depth: Count = Field(8, description="steps of a level: actnorm, 1x1 convolution, affine coupling")
    width: Count = Field(32, description="channels of the couplings' hidden layers")
    grey: Annotated[int, Strict(), Field(ge=2)] = Field(
        256, description="levels of grey; images are rounded to them and noise within a level's cell is added"
    )
    cells: Literal["equal", "normal"] = Field(
        "equal", description="the levels' places on a line: equally wide, or such that pixels become standard normal"
    )

    encodes: ClassVar[bool] = False  # codes as wide as the images are no latents
    latent: ClassVar[int] = 0
    posterior: ClassVar[None] = None
    network: ClassVar[str] = "glow"


class Predictor(Settings):
    """A recurrent network that predicts the next latent statistics."""

    kind: Literal["predictor"] = "predictor"
    cell: Cell
    hidden: Count = Field(64, description="units of the recurrent state")
    mixtures: Whole = Field(0, description="Gaussians of a mixture density; 0 is the squared error")
    warmup: Count = Field(10, description="frames seen before the closed loop starts")
    rollout: Count = Field(1, description="frames of closed loop in the training loss; 1 is one-step prediction")
    curriculum: Fraction = Field(0.0, description="share of the training in which the closed loop grows from 2 frames")
    sampling: bool = Field(False, description="scheduled sampling: true frames give way to predictions in training")
    noise: NonNegative = Field(0.0, description="noise added to the inputs in training [standard deviations]")


ModelSettings = Annotated[VAE | Ladder | Generator | Interpolator | Glow, Field(discriminator="kind")]
POSTERIOR_KINDS = ("iaf", "point")
MODEL_KINDS = ("vae", "ladder", "generator", "interpolator", "glow")
