"""Recurrent networks: trained side by side, frame after frame of short sequences."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np
import torch

from curvae import device
from curvae.dynamics.sequences import windows
from curvae.learners import Files, System
from curvae.models import build
from curvae.settings import climate
from curvae.settings.model import Predictor
from curvae.sweep import Stack, open_stack, record, train


def learn(
    settings: climate.Recurrent,
    sequences: Mapping[str, np.ndarray],
    seeds: Sequence[int],
    files: Files,
    place: str = "cpu",
    **said: Any,
) -> None:
    """Train the networks of all seeds. Arguments as in `curvae.learners.learn`."""
    model_settings = Predictor(**settings.model_dump(include={"cell", "hidden", "warmup", "rollout", "noise"}))
    cut = {name: torch.as_tensor(windows(x, settings.window, settings.stride)) for name, x in sequences.items()}
    model = build(model_settings, cut["train"].shape[1:])
    members = [{"beta": 0.0, "lam": 0.0, "seed": seed} for seed in seeds]
    trained = train(model, cut, members, settings.train, place, images=0, **said)
    stack = Stack(model, trained.weights, members)
    record(trained, model_settings, settings.train, stack, device.environment(place), **files)


def opened(path: str | PathLike) -> System:
    """The networks in closed loop."""
    stack, _ = open_stack(path, Predictor)
    return System(*stack.closed_loop(), [about["seed"] for about in stack.members])
