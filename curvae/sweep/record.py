"""What a finished training run leaves on disk."""

import os
from typing import Any

from curvae import store
from curvae.settings.base import Settings
from curvae.settings.train import Budget
from curvae.sweep.stack import Stack, save_stack
from curvae.sweep.train import Trained


def record(
    trained: Trained,
    settings: Settings,
    budget: Budget,
    stack: Stack,
    environment: dict[str, Any],
    *,
    weights: str | os.PathLike,
    history: str | os.PathLike,
    manifest: str | os.PathLike,
    **about: Any,
) -> None:
    """Write weights, history and a manifest of how they came about, then forget the kept state.

    Args:
        trained: what `train` returned.
        settings: of the model.
        budget: of the run.
        stack: model, weights and members.
        environment: versions and device.
        weights: path that ends in ``.safetensors``.
        history: path that ends in ``.parquet``.
        manifest: path that ends in ``.json``.
        about: further JSON, kept with the weights and in the manifest.
    """
    save_stack(weights, settings, stack, **about)
    store.write_table(history, trained.history)
    said = {"model": settings.model_dump(), "train": budget.model_dump(), "members": stack.members}
    ran = {
        name: [{key: value for key, value in vars(member).items() if value is not None} for member in found]
        for name, found in (("diverged", trained.diverged), ("collapsed", trained.collapsed))
    }
    ran["seconds"] = trained.seconds
    store.write_json(manifest, {"settings": said, **ran, "environment": environment, **about})
    trained.discard()
