"""Samples in a row become trajectories, and trajectories become training sequences."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from jaxtyping import Float, Int


def by_trajectory(
    values: Float[np.ndarray, "sample *shape"], trajectory: Int[np.ndarray, " sample"]
) -> Float[np.ndarray, "trajectory frame *shape"]:
    """Cut samples, frame after frame, into trajectories of equal length.

    Args:
        values: one entry a sample.
        trajectory: the trajectory of each sample; samples of one lie together.

    Raises:
        ValueError: trajectories of different lengths, or samples of one that do not lie together.
    """
    starts = np.flatnonzero(np.r_[True, trajectory[1:] != trajectory[:-1]])
    if len(starts) != len(np.unique(trajectory)):
        raise ValueError("trajectory: samples of one trajectory are scattered; allowed: they lie together")
    lengths = np.diff(np.r_[starts, len(trajectory)])
    if len(set(lengths)) > 1:
        raise ValueError(f"trajectory: lengths from {lengths.min()} to {lengths.max()}; allowed: all equal")
    return values.reshape(len(starts), lengths[0], *values.shape[1:])


def windows(
    sequences: Float[np.ndarray, "trajectory frame state"], length: int, stride: int
) -> Float[np.ndarray, "window length state"]:
    """Overlapping parts of every trajectory.

    Args:
        sequences: trajectories.
        length: frames of a part.
        stride: frames between the starts of two parts.

    Raises:
        ValueError: a part longer than the trajectories.
    """
    frames = sequences.shape[1]
    if length > frames:
        raise ValueError(f"length = {length}: allowed: at most {frames}, the frames of a trajectory")
    starts = range(0, frames - length + 1, stride)
    return np.concatenate([sequences[:, start : start + length] for start in starts])


@dataclass(frozen=True)
class Scale:
    """Mean and standard deviation of each entry of the state, to standardise and to undo it."""

    mean: Float[np.ndarray, " state"]
    deviation: Float[np.ndarray, " state"]

    @classmethod
    def of(cls, sequences: Float[np.ndarray, "trajectory frame state"]) -> "Scale":
        """The scale of some trajectories; an entry that never changes keeps a deviation of 1."""
        mean, deviation = sequences.mean((0, 1)), sequences.std((0, 1))
        return cls(mean, np.where(deviation > 1e-6, deviation, 1.0))

    def apply(self, x):
        """Standardised states."""
        return (x - self.mean) / self.deviation

    def undo(self, x):
        """States of standardised ones."""
        return x * self.deviation + self.mean


def latent_states(
    codes: xr.Dataset, trajectory: Int[np.ndarray, " sample"], inputs: str
) -> Float[np.ndarray, "trajectory frame state"]:
    """What a predictor sees of each frame: the latent means first, then the log-variances if asked for.

    Args:
        codes: ``mean`` and ``logvar`` (sample, latent) of one member.
        trajectory: the trajectory of each sample.
        inputs: ``statistics`` or ``means``.

    Raises:
        ValueError: another name for the inputs, or codes that are not finite.
    """
    kinds = {"statistics": ("mean", "logvar"), "means": ("mean",)}
    if inputs not in kinds:
        raise ValueError(f"inputs = {inputs!r}: allowed: {', '.join(kinds)}")
    states = np.concatenate([codes[name].values for name in kinds[inputs]], axis=-1)
    if not np.isfinite(states).all():
        raise ValueError("codes: NaN or infinite; allowed: the codes of a member that did not diverge")
    return by_trajectory(states, trajectory)
