"""Who learns a chaotic system, one a file, and the system's own equation: all as steps in closed loop.

Each module has `learn(settings, sequences, seeds, files, ...)`, which writes what was learned, and `opened(path)`,
which gives it back as a `System`; `truth` has `system(settings)`.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from os import PathLike
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from curvae.dynamics.rollout import Step

Files = Mapping[str, str | PathLike]  # weights (.safetensors), history (.parquet), manifest (.json)


class System(NamedTuple):
    """Systems side by side, in float64 on standardised states.

    Attributes:
        step: state and frame [member, start, width] in, next state and next frame out.
        start: number of starts -> the state before the first frame.
        seeds: one a member.
    """

    step: Step
    start: Callable[[int], Any]
    seeds: Sequence[int]


def module(kind: str) -> str:
    """Dotted name of the module that learns as some settings say."""
    return f"{__name__}.{kind}"


def learn(
    settings: Any,
    sequences: Mapping[str, Float[np.ndarray, "trajectory frame width"]],
    seeds: Sequence[int],
    files: Files,
    place: str = "cpu",
    **said: Any,
) -> None:
    """Learn a system with every seed, and write what was learned.

    Args:
        settings: of `curvae.settings.climate`; `kind` names the module.
        sequences: standardised trajectories, ``train`` and ``validation``.
        seeds: one a member.
        files: where weights, history and manifest go.
        place: device that recurrent networks are trained on.
        said: title, scratch, identity and board, as `curvae.sweep.train` takes them.
    """
    import_module(module(settings.kind)).learn(settings, sequences, seeds, files, place, **said)


def opened(kind: str, path: str | PathLike) -> System:
    """What was learned, in closed loop.

    Args:
        kind: of the learner's settings.
        path: its weights.
    """
    return import_module(module(kind)).opened(path)
