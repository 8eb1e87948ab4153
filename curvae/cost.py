"""What training asks of a machine: seconds and memory from the settings alone, before anything is made.

On one core a sample passes forward and backward through a member in about 19 us (W / 84,000)^.8, where W is the number
of multiplications of one forward pass: fitted to measured jobs from 2,000 to 14 million multiplications, within a
factor of two of each (docs/benchmarks.md). Larger matrices use a core better, hence the exponent.
"""

from itertools import pairwise
from math import prod
from typing import Any

PASS = 19e-6  # seconds of a sample through a network of REFERENCE multiplications, forward and backward
REFERENCE = 84_000
EXPONENT = 0.8
PROGRAM = 450  # MB of Python and PyTorch before any data
# Multiplications of the published convolutional networks on images of 64 px, encoder and decoder; of philion, whose
# few channels use a core badly, as many as would take its time.
CONVOLUTIONS = {"burgess": 12_500_000, "locatello": 12_000_000, "philion": 15_000_000}
UNKNOWN = (4096, 50_000, 70_000)  # features, training samples, samples of data that are not read yet
GATES = {"elman": 1, "gru": 3, "lstm": 4}


def multiplications(model: Any, objective: Any, features: int) -> int:
    """Of one forward pass of a sample through a member and its adversary.

    Args:
        model: settings of the model.
        objective: settings of the objective.
        features: numbers of an observation.
    """
    critic = getattr(objective, "critic", None)
    adversary = _chain(model.latent, *[critic.width] * critic.depth, 2) if hasattr(critic, "depth") else 0
    if getattr(model, "network", "mlp") in CONVOLUTIONS:
        return adversary + CONVOLUTIONS[model.network] * features // 64**2
    hidden = model.hidden
    back = getattr(model, "decoder_hidden", None) or hidden[::-1]
    return adversary + _chain(features, *hidden, 2 * model.latent) + _chain(model.latent, *back, features)


def recurrent_multiplications(cell: str, hidden: int, features: int) -> int:
    """Of one step of a recurrent network and its readout."""
    return GATES.get(cell, max(GATES.values())) * hidden * (hidden + features) + hidden * features


def training_seconds(multiplications: int, members: int, epochs: int, samples: int) -> float:
    """On one core of a current server processor."""
    return members * epochs * samples * PASS * (multiplications / REFERENCE) ** EXPONENT


def training_memory(multiplications: int, members: int, samples: int, features: int) -> float:
    """MB: the program, the data with its copies, and weights with gradient, moments and last sound state."""
    return PROGRAM + (2.5 * 4 * samples * features + 6 * 4 * members * multiplications) / 2**20


def training(data: Any, model: Any, objective: Any, members: int, epochs: int) -> tuple[float, float]:
    """Seconds and MB of one training job.

    Args:
        data: settings of the data set; of a kind whose size is known before it is made, else `UNKNOWN` stands in.
        model: settings of the model.
        objective: settings of the objective.
        members: trained in the job.
        epochs: of each.
    """
    features, samples, every = observations(data)
    count = multiplications(model, objective, features)
    return training_seconds(count, members, epochs, samples), training_memory(count, members, every, features)


def observations(data: Any) -> tuple[int, int, int]:
    """Numbers of an observation, training samples and samples in all."""
    match data.kind:
        case "mnist":
            return 784, data.train, data.train + data.validation + data.test
        case "bouncing_ball":
            films = data.trajectories
            frames = films.train * data.frames, films.validation * data.frames, films.test * data.test_frames
            return data.size**2, frames[0], sum(frames)
        case "uniform" | "ring" | "one_hot" | "sprites":
            sizes = data.samples.train, data.samples.validation, data.samples.test
            features = {"sprites": 4096, "one_hot": getattr(data, "points", 0)}.get(data.kind, 2)
            return features, sizes[0], sum(sizes)
    return UNKNOWN


def _chain(*widths: int) -> int:
    return sum(prod(pair) for pair in pairwise(widths))
