"""Predicted films of a few trajectories beside the true ones, as plain JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float, Int

from curvae.dynamics import by_trajectory
from curvae.dynamics.ball import position_error
from curvae.explorer.members import text


@dataclass(frozen=True)
class Rollouts:
    """What predictors say of the shown member's latents, and what is true.

    Attributes:
        names: of the predictors.
        first: frame of the trajectory that the first prediction is of.
        latents: predicted.
        errors: distance of the predicted from the true position [px]; not a number where no ball is seen.
        films: true images in 0..255.
        codes: of the true images.
    """

    names: list[str]
    first: int
    latents: Float[np.ndarray, "name trajectory frame latent"]
    errors: Float[np.ndarray, "name trajectory frame"]
    films: Int[np.ndarray, "trajectory frame height width"]
    codes: Float[np.ndarray, "trajectory frame latent"]

    @classmethod
    def of(cls, films: Mapping[str, xr.Dataset], truth: xr.Dataset, codes: np.ndarray, most: int = 3) -> "Rollouts":
        """The first trajectories under the first seed of every predictor.

        Args:
            films: predictor -> what `curvae.dynamics.films` returns.
            truth: ``images`` and ``factors`` (x, y among them) of the test trajectories.
            codes: of the same samples, [sample, latent].
            most: number of trajectories.
        """
        frames = next(iter(films.values()))["frame"].values
        few = slice(min(most, *(film.sizes["trajectory"] for film in films.values())))
        images, where, known = (
            by_trajectory(values, truth["trajectory"].values)[few, frames]
            for values in (truth["images"].values, truth["factors"].sel(factor=["x", "y"]).values, codes)
        )
        ours = [film.isel(seed=0, trajectory=few) for film in films.values()]
        return cls(
            [name.replace("_", " ") for name in films],
            int(frames[0]),
            np.stack([film["latents"].values for film in ours]),
            np.stack([position_error(film["positions"].values, where) for film in ours]),
            np.rint(255 * images).astype(np.uint8),
            known,
        )


def packed(rollouts: Rollouts) -> dict[str, Any]:
    """Rollouts as JSON."""
    return {
        "names": rollouts.names,
        "first": rollouts.first,
        "shape": list(rollouts.latents.shape),
        "latents": text(rollouts.latents, "<f4"),
        "errors": text(rollouts.errors, "<f4"),
        "films": text(rollouts.films, "u1"),
        "codes": text(rollouts.codes, "<f4"),
    }
