"""Learners write what they learned, and give it back as steps in closed loop."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from curvae import learners
from curvae.data import lorenz
from curvae.dynamics import Scale, rollout
from curvae.learners import truth
from curvae.settings.climate import Recurrent, Reservoir
from curvae.settings.data import Lorenz, Sizes

SYSTEM = Lorenz(
    kind="lorenz", transient=500, trajectories=Sizes(train=2, validation=1, test=2), frames=400, test_frames=200
)
SETTINGS = {
    "reservoir": Reservoir(kind="reservoir", units=60),
    "recurrent": Recurrent(kind="recurrent", cell="lstm", hidden=6, stride=40, train={"epochs": 2, "batch": 8}),
}


@pytest.fixture(scope="module")
def films():
    raw = {
        name: lorenz.trajectories(SYSTEM, *run)
        for name, run in zip(("train", "validation", "test"), SYSTEM.runs(), strict=True)
    }
    scale = Scale.of(raw["train"])
    return {name: scale.apply(path) for name, path in raw.items()}, scale


@pytest.mark.parametrize("kind", SETTINGS)
def test_what_was_learned_is_there_again(kind, films, tmp_path):
    sequences, _ = films
    endings = {"weights": "safetensors", "history": "parquet", "manifest": "json"}
    files = {name: tmp_path / f"{name}.{ending}" for name, ending in endings.items()}
    opened = []
    for seeds in ([1], [3, 1]):
        learners.learn(SETTINGS[kind], sequences, seeds, files)
        opened.append(learners.opened(kind, files["weights"]))
    second, both = opened
    assert (list(both.seeds), list(second.seeds)) == ([3, 1], [1])
    known = torch.as_tensor(sequences["test"][:, :50])
    outputs = [
        rollout(system.step, system.start(2), known.expand(len(system.seeds), *known.shape), 20)[0]
        for system in (both, second)
    ]
    assert outputs[0].shape == (2, 2, 20, 3)
    assert outputs[0].dtype == torch.float64
    torch.testing.assert_close(outputs[0][1:], outputs[1], rtol=1e-9, atol=1e-9)
    assert not torch.allclose(outputs[0][0], outputs[0][1])
    history = pd.read_parquet(files["history"])
    assert set(history["split"]) == {"train", "validation"}
    assert set(history["seed"]) == {1, 3}
    assert {"environment"} <= json.loads(files["manifest"].read_text()).keys()


def test_a_reservoirs_history_is_its_one_step_error(films, tmp_path):
    sequences, _ = films
    files = {"weights": tmp_path / "w.safetensors", "history": tmp_path / "h.parquet", "manifest": tmp_path / "m.json"}
    learners.learn(SETTINGS["reservoir"], sequences, [0], files)
    system = learners.opened("reservoir", files["weights"])
    known, state, errors = torch.as_tensor(sequences["validation"])[None], system.start(1), []
    for frame in range(399):
        state, predicted = system.step(state, known[:, :, frame])
        errors.append((predicted - known[:, :, frame + 1]).square().sum(-1).item())
    history = pd.read_parquet(files["history"]).set_index("split")
    assert history.loc["validation", "loss"] == pytest.approx(np.mean(errors[100:]), rel=1e-9)


def test_the_truth_goes_on_as_the_data_do(films):
    sequences, scale = films
    system = truth.system(SYSTEM, scale.mean, scale.deviation)
    known = torch.as_tensor(sequences["test"])[None]
    ahead, state = rollout(system.step, system.start(2), known[:, :, :1], 50)
    assert state is None
    np.testing.assert_allclose(ahead, known[:, :, 1:51], atol=1e-9)
