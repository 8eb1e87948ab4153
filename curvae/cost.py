"""What jobs ask of a machine: seconds and memory from the settings alone, before anything is made.

On one core a sample passes forward and backward through a member in about 16 us (W / 84,000)^.8, where W is the number
of multiplications of one forward pass: fitted to measured jobs from 2,000 to 14 million multiplications, within a
factor of two of each (docs/benchmarks.md). Larger matrices use a core better, hence the exponent. A step costs a
millisecond or two however small it is, and so does every frame of a batch of sequences. Small networks, which are
compiled (`curvae.sweep.compiled`), take .2 ns a multiplication and sample instead.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import ceil, prod
from typing import Any

from curvae.settings.checks.observations import shape_of, splits_of

PASS = 16e-6  # seconds of a sample through a network of REFERENCE multiplications, forward and backward
REFERENCE = 84_000
EXPONENT = 0.8
START = 4  # seconds until Python and PyTorch are there
STEP = 1.2e-3  # seconds of a step of no size
COMPILED = 0.2e-9  # seconds of a sample and multiplication, forward and backward, where small networks are compiled
COMPILER = 120  # MB of what compiles them
FRAME = 0.42e-3  # seconds of a frame of a batch of sequences
FLOW = 4  # times as long as that: the small convolutions of a flow of images
PROGRAM = 380  # MB of Python and PyTorch before any data
NODE = 400  # MB of the two Snakemakes that run a job inside an allocation
FLOOR = 2  # minutes that every job asks for at least
# Multiplications of the published convolutional networks on images of 64 px, encoder and decoder; of philion, whose
# few channels use a core badly, as many as would take its time.
CONVOLUTIONS = {"burgess": 12_500_000, "locatello": 12_000_000, "philion": 30_000_000}


@dataclass(frozen=True)
class Size:
    """Of a data set: numbers of an observation, training samples, samples in all, bytes that a number is held in."""

    features: int
    train: int
    samples: int
    bytes: int = 4

    @property
    def megabytes(self) -> float:
        """As 32-bit numbers."""
        return 4 * self.samples * self.features / 2**20

    @property
    def held(self) -> float:
        """MB as they are held."""
        return self.megabytes * self.bytes / 4


def size_of(study: Any, name: str) -> Size:
    """The size of a data set, before it is made.

    Args:
        study: all settings.
        name: of the data set.
    """
    data = study.data[name]
    splits, features = splits_of(study, data), prod(shape_of(study, data))
    small = data.kind == "sprites" or (data.kind == "mnist" and data.binarize)
    return Size(features, splits[0], sum(splits), bytes=1 if small else 4)


def multiplications(model: Any, objective: Any, features: int) -> int:
    """Of one forward pass of a sample through a member and its adversary.

    Args:
        model: settings of the model.
        objective: settings of the objective.
        features: numbers of an observation.
    """
    if model.kind == "generator":
        return _game(model, objective, features)
    return _network(model, features) + _adversary(model, objective, features)


def with_pretraining(model: Any, budget: Any) -> Any:
    """What is spent on a member, and on its machines before: a pass of all of them costs about one of the network."""
    pretrain = getattr(model, "pretrain", None)
    return budget.model_copy(update={"epochs": budget.epochs + pretrain.epochs}) if pretrain else budget


def training_seconds(multiplications: int, members: int, budget: Any, samples: int, compiled: bool = False) -> float:
    """On one core of a current server processor.

    Args:
        multiplications: of one forward pass.
        members: trained in the job.
        budget: epochs and batch size.
        samples: for training.
        compiled: whether small networks are; steps count all the same, for where they are not, and for validation.
    """
    steps = budget.epochs * ceil(samples / budget.batch)
    passed = members * budget.epochs * samples
    each = COMPILED * multiplications if compiled else PASS * (multiplications / REFERENCE) ** EXPONENT
    return START + STEP * steps + passed * each


def training_memory(multiplications: int, members: int, size: Size) -> float:
    """MB: the program, the data with its copies, and twelve numbers a weight.

    Those are the weight, its gradient and moments, their last sound state, and what a step makes of them.
    """
    return PROGRAM + 2.5 * size.held + 12 * 4 * members * multiplications / 2**20


def training(size: Size, model: Any, objective: Any, members: int, budget: Any) -> tuple[float, float]:
    """Seconds and MB of one training job.

    Args:
        size: of the data set.
        model: settings of the model.
        objective: settings of the objective.
        members: trained in the job.
        budget: what is spent on each.
    """
    count = multiplications(model, objective, size.features)
    compiled = model.kind == "vae" and model.small(size.features) and objective.kind == "elbo" and not budget.clip
    seconds = training_seconds(count, members, with_pretraining(model, budget), size.train, compiled)
    memory = training_memory(count, members, size) + (COMPILER if compiled else 0)
    return seconds * (FLOW if model.kind == "glow" else 1), memory


def encoding(size: Size, model: Any, members: int) -> tuple[float, float]:
    """Seconds and MB of encoding a whole data set with every member of a stack: half a pass forward, none back.

    Where the posterior is a flow it is passed forward again for every draw that its variance is taken of.
    """
    sixth = (_network(model, size.features) / REFERENCE) ** EXPONENT / 6
    if flow := _posterior(model):
        sixth += model.posterior.draws(model.latent) * (flow / REFERENCE) ** EXPONENT / 3
    seconds = members * size.samples * PASS * sixth
    return START + seconds, PROGRAM + 1.2 * size.megabytes + 32 * members * size.samples / 2**20


def bounding(features: int, model: Any, draws: int) -> float:
    """Seconds of weighing draws from posteriors: a third of a pass each, most of it the decoder and its likelihood."""
    return START + draws * PASS / 3 * (_network(model, features) / REFERENCE) ** EXPONENT


def sequence_seconds(films: int, frames: int, settings: Any) -> float:
    """On one core, of recurrent networks trained on parts of films; seeds side by side cost little more than one.

    Args:
        films: for training.
        frames: of a film.
        settings: window, stride and the budget `train`; rollouts cost as much again, a Gaussian of a mixture a fifth.
    """
    parts = films * ((frames - settings.window) // settings.stride + 1)
    batches = settings.train.epochs * ceil(parts / settings.train.batch)
    times = 1 + (getattr(settings, "rollout", 1) > 1) + getattr(settings, "mixtures", 0) / 5
    return START + FRAME * times * batches * settings.window


def _network(model: Any, features: int) -> int:
    """Of a member alone."""
    if model.kind == "glow":
        return _flow(model, features)
    if getattr(model, "network", "mlp") in CONVOLUTIONS:
        return CONVOLUTIONS[model.network] * features // 64**2 + _posterior(model)
    if model.kind == "ladder":
        return sum(_chain(*widths) for widths in model.widths(features).values())
    if model.kind == "generator":
        return sum(_generator(model, features))
    back = getattr(model, "decoder_hidden", None) or model.hidden[::-1]
    there = _chain(features, *model.hidden, 2 * model.latent + getattr(model.posterior, "context", 0))
    return there + _posterior(model) + _chain(model.latent, *back, features)


def _posterior(model: Any) -> int:
    """Of the nets of a flow as posterior; none where it is a Gaussian or a point."""
    flow = model.posterior
    if not hasattr(flow, "context"):
        return 0
    return flow.steps * _chain(model.latent + flow.context, *flow.hidden, 2 * model.latent)


def _adversary(model: Any, objective: Any, features: int) -> int:
    """Of the critic that a member is trained against; none where the objective has none."""
    critic = getattr(objective, "critic", None)
    if objective.kind == "gaia":  # three kinds of images go through its critic
        return 6 * _chain(features, *[critic.width] * critic.depth, critic.code)
    return _chain(model.latent, *[critic.width] * critic.depth, 2) if hasattr(critic, "depth") else 0


def _generator(model: Any, features: int) -> tuple[int, int]:
    """Of what draws, and of the network that tells its codes, where it has some."""
    told = model.inference_hidden or model.hidden[::-1]
    return (
        _chain(model.latent, *model.hidden, features),
        _chain(features, *told, 2 * model.codes) if model.codes else 0,
    )


def _game(model: Any, objective: Any, features: int) -> int:
    """Of a generator and its critic, which step in turn.

    At every batch samples are drawn, forward alone, a third of a pass, and the critic judges them and the real ones; a
    penalty on its slope costs three passes more. After every few batches all networks are passed once.
    """
    draws, tells = _generator(model, features)
    critic, turns = objective.critic, 1 / objective.steps
    judges = _chain(features, *[critic.width] * critic.depth, 1)
    passes = 5 if getattr(objective, "penalty", 0) else 2
    return round(draws / 3 + passes * judges + turns * (draws + tells + judges))


def _flow(model: Any, features: int) -> int:
    """Of a Glow on square images: three convolutions a step, with half of the channels at both ends."""
    places = [(features // 4 ** (n + 1), 2 ** (n + 2)) for n in range(model.levels)]  # splits leave half the channels
    return sum(model.depth * area * model.width * (9 * c // 2 + model.width + 9 * c) for area, c in places)


def _chain(*widths: int) -> int:
    return sum(prod(pair) for pair in pairwise(widths))
