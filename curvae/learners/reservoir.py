"""Reservoirs: drawn at random, fitted by ridge regression."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd
import torch

from curvae import device, store
from curvae.dynamics.reservoir import Reservoir, draw_reservoirs
from curvae.learners import Files, System
from curvae.settings import climate

PARTS = ("recurrent", "entry", "bias", "leak", "readout")


def learn(
    settings: climate.Reservoir,
    sequences: Mapping[str, np.ndarray],
    seeds: Sequence[int],
    files: Files,
    place: str = "cpu",
    **said: Any,
) -> None:
    """Fit the read-outs of all seeds; the history has one-step errors. Arguments as in `curvae.learners.learn`."""
    train = sequences["train"][: settings.trajectories]
    drawn = draw_reservoirs(
        seeds,
        train.shape[2],
        **settings.model_dump(include={"units", "degree", "radius", "input_scale", "bias_scale", "leak", "squares"}),
    )
    fitted = drawn.fit(train, settings.washout, settings.penalty)
    rows = [
        {"epoch": 1, "split": split, "member": member, "seed": seed, "loss": loss}
        for split, known in (("train", train), ("validation", sequences["validation"]))
        for member, (seed, loss) in enumerate(zip(seeds, _errors(fitted, known, settings.washout), strict=True))
    ]
    tensors = {part: tensor for part in PARTS if (tensor := getattr(fitted, part)) is not None}
    about = {"settings": settings.model_dump(), "seeds": list(seeds)}
    store.write_weights(files["weights"], tensors, about)
    store.write_table(files["history"], pd.DataFrame(rows))
    store.write_json(files["manifest"], {**about, "environment": device.environment("cpu")})


def opened(path: str | PathLike) -> System:
    """The reservoirs in closed loop."""
    tensors, about = store.read_weights(path)
    reservoirs = Reservoir(**tensors, squares=about["settings"]["squares"])
    return System(reservoirs.step, reservoirs.start, about["seeds"])


def _errors(fitted: Reservoir, known: np.ndarray, washout: int) -> list[float]:
    """Mean over frames of |W g(r_t) - x_{t+1}|^2, a member each."""
    x = torch.as_tensor(known, dtype=torch.float64)
    states = fitted.states(x[:, :-1])[:, :, washout:]
    predicted = fitted.read(states.flatten(1, 2)).view(len(states), *x[:, washout + 1 :].shape)
    return (predicted - x[:, washout + 1 :]).square().sum(-1).mean((1, 2)).tolist()
