"""What a system's own orbits show, started where its prediction of the truth has failed."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from curvae.dynamics import climate
from curvae.dynamics.lyapunov import Spectrum, closed_loop, lyapunov_spectrum
from curvae.dynamics.rollout import BOUND, Step, divergence, rollout
from curvae.intervals import mean_interval

log = logging.getLogger(__name__)

TRUTH = "truth"


@torch.no_grad()
def measure_orbits(
    step: Step,
    start: Callable[[int], Any],
    known: Float[Tensor, "start frame width"],
    members: int,
    dt: float,
    *,
    warmup: int,
    horizon: int,
    free: int,
    exponents: int,
    orbits: int,
    **spectrum: int,
) -> xr.Dataset:
    """Predictions of the truth, orbits of the system's own after them, and the exponents of these.

    Args:
        step: of all members, as `curvae.dynamics.rollout` takes it.
        start: number of starts -> the state before the first frame.
        known: true, standardised films of at least warmup + horizon frames.
        members: number of systems side by side.
        dt: time between frames.
        warmup: frames seen.
        horizon: frames predicted and compared.
        free: frames after them.
        exponents: how many, from the largest down; all of a system with fewer.
        orbits: starts whose exponents are measured.
        spectrum: steps, discard and every of `lyapunov_spectrum`.

    Returns:
        ``valid`` (member, start), frames before the prediction is lost; ``orbit`` (member, start, frame, entry), the
        free frames in float32; ``exponent``, ``low`` and ``high`` (member, orbit, number); ``diverged`` (member,
        start), the frame of the film at which an orbit is not finite or more than `BOUND` deviations from the mean
        or, while its exponents are measured, not finite, -1 if none. Where it was not finite its exponents are NaN. The
        log says how many diverged and when.
    """
    inputs = known[:, :warmup].expand(members, len(known), warmup, -1)
    paths, state = rollout(step, start(len(known)), inputs, horizon + free)
    future = known[:, warmup : warmup + horizon].numpy()
    valid = np.stack([climate.valid_frames(path, future) for path in paths[:, :, :horizon].numpy()])
    found = _spectrum(step, _first(state, orbits), paths[:, :orbits, -1], exponents, dt, **spectrum)
    diverged = _diverged(paths, found.diverged, warmup)
    frames = ("member", "start", "frame", "entry")
    rates = ("member", "orbit", "number")
    return xr.Dataset(
        {
            "valid": (frames[:2], valid),
            "orbit": (frames, paths[:, :, horizon:].numpy().astype(np.float32)),
            "exponent": (rates, found.exponents),
            "low": (rates, found.low),
            "high": (rates, found.high),
            "diverged": (frames[:2], diverged, {"long_name": "frame of divergence, -1 if none"}),
        },
        coords={"number": np.arange(1, found.exponents.shape[-1] + 1)},
        attrs={"dt": dt},
    )


@torch.no_grad()
def whole_spectrum(
    step: Step,
    start: Callable[[int], Any],
    known: Float[Tensor, "1 frame width"],
    members: int,
    dt: float,
    settle: int = 100,
    **spectrum: int,
) -> Float[np.ndarray, "member number"]:
    """All exponents of systems in closed loop, those of their hidden states included, from one start.

    Args:
        step: of all members.
        start: number of starts -> the state before the first frame.
        known: frames of the warm-up.
        members: number of systems side by side.
        dt: time between frames.
        settle: frames of closed loop before the discarded ones.
        spectrum: steps, discard and every of `lyapunov_spectrum`.

    Returns:
        From the largest down; NaN for a member that diverged.
    """
    paths, state = rollout(step, start(1), known.expand(members, *known.shape), settle)
    return _spectrum(step, state, paths[:, :, -1], None, dt, **spectrum).exponents[:, 0]


def whole_table(systems: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """All exponents of learned systems, means over members, beside those of the truth, means over orbits.

    Args:
        systems: name -> what `measure_orbits` returned; of learned systems with `whole_spectrum` as ``whole`` (member,
            rank).

    Returns:
        system, exponent, value, low and high (95 % interval), cases (members or orbits that stayed finite).
    """
    tables = []
    for name, found in systems.items():
        values = found["exponent"].values[0] if name == TRUTH else found["whole"].values
        sound = values[~np.isnan(values).any(1)]
        mean, low, high = mean_interval(sound)
        columns = {"exponent": np.arange(1, len(mean) + 1), "value": mean, "low": low, "high": high}
        tables.append(pd.DataFrame({"system": name, **columns, "cases": len(sound)}))
    return pd.concat(tables, ignore_index=True)


def climate_tables(
    systems: Mapping[str, xr.Dataset],
    test: Float[np.ndarray, "start frame width"],
    coordinate: int,
    segment: int,
    published: Mapping[str, tuple[float, ...]],
    trace: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Exponents of every system, and the climate of every member of it.

    Args:
        systems: name -> what `measure_orbits` returned; `truth` is the system's own equation.
        test: standardised true films; against these the truth's own orbits give the floor of the distances.
        coordinate: entry whose maxima and power spectrum are taken.
        segment: frames of a segment of the power spectrum.
        published: name -> exponents to put beside.
        trace: mean trace of the equation's Jacobian.

    Returns:
        Exponents: system, exponent, value, low and high (mean over members and its 95 % interval; of the truth over
        orbits), members, published. Climate: system, seed, largest, sum, trace, dimension, exponents (distance of all
        from the true ones), valid time with its interval over starts in Lyapunov times, distances of return map,
        spectrum [dB] and measure, lost (share of orbits that diverged).
    """
    truth = systems[TRUTH]
    rate = float(truth["exponent"][0].mean("orbit")[0])
    reference = truth["orbit"].values[0]
    known = _means(truth["exponent"].values)[0]
    exponents, rows = [], []
    for name, found in systems.items():
        values = found["exponent"].values
        spread = values[0] if name == TRUTH else _means(values)
        for number, reached in enumerate(zip(*mean_interval(spread), strict=True)):
            beside = published.get(name, ())
            told = beside[number] if number < len(beside) else np.nan
            exponents.append((name, number + 1, *reached, len(spread), told))
        for member, seed in enumerate(found["seed"].values):
            mean, own = _means(values)[member], test if name == TRUTH else found["orbit"].values[member]
            lost = float((found["diverged"].values[member] >= 0).mean())
            valid = found["valid"].values[member] * found.attrs["dt"] * rate
            reached = (np.nan,) * 3 if name == TRUTH else mean_interval(valid)
            place = (name, int(seed), mean[0], mean.sum(), trace if name == TRUTH else np.nan)
            distances = _distances(own, reference, coordinate, segment, found.attrs["dt"])
            shape = (float(climate.kaplan_yorke(mean)), climate.exponents_distance(mean, known))
            rows.append((*place, *shape, *reached, *distances, lost))
    columns = ("system", "exponent", "value", "low", "high", "members", "published")
    of_climate = ("system", "seed", "largest", "sum", "trace", "dimension", "exponents")
    of_climate += ("valid_time", "valid_low", "valid_high", "return_map", "spectrum", "measure", "lost")
    return pd.DataFrame(exponents, columns=columns), pd.DataFrame(rows, columns=of_climate)


def exponent_table(name: str, found: xr.Dataset, seeds: Sequence[int]) -> pd.DataFrame:
    """Exponents of every member of a system, with 95 % intervals over orbits.

    Args:
        name: of the system, for the column predictor.
        found: what `measure_orbits` returned.
        seeds: one a member.

    Returns:
        predictor, seed, exponent, value, low, high, lost (share of orbits without exponents), diverged (share that
        left the data, as `measure_orbits` says).
    """
    rows = []
    for seed, values, frames in zip(seeds, found["exponent"].values, found["diverged"].values, strict=True):
        sound = values[~np.isnan(values).any(1)]
        shares = 1 - len(sound) / len(values), float((frames >= 0).mean())
        rows += [
            (name, seed, number + 1, *reached, *shares)
            for number, reached in enumerate(zip(*mean_interval(sound), strict=True))
        ]
    return pd.DataFrame(rows, columns=[*("predictor", "seed", "exponent", "value", "low", "high"), "lost", "diverged"])


def coordinates(
    found: xr.Dataset, scale: Mapping[str, Any], member: int = 0, finite: bool = False
) -> Float[np.ndarray, "start frame entry"]:
    """One member's orbits in the units of the equation.

    Args:
        found: what `measure_orbits` returned.
        scale: mean and deviation of the training split.
        member: whose.
        finite: leave orbits out that are not finite.

    Raises:
        ValueError: none is left.
    """
    paths = found["orbit"].values[member].astype(np.float64) * scale["deviation"] + scale["mean"]
    kept = paths[np.isfinite(paths).all((1, 2))] if finite else paths
    if not len(kept):
        raise ValueError(f"found: none of {len(paths)} orbits stayed finite; allowed: one that did")
    return kept


def _distances(
    own: np.ndarray, reference: np.ndarray, coordinate: int, segment: int, dt: float
) -> tuple[float, float, float]:
    """Return map, power spectrum and measure of the finite orbits against the reference; NaN where there is none."""
    own = own[np.isfinite(own).all((1, 2))]
    if not len(own):
        return (np.nan,) * 3
    sides = [paths[..., coordinate] for paths in (own, reference)]
    try:
        maps = climate.return_map_distance(*map(climate.return_map, sides))
    except ValueError:  # an orbit at rest has no maxima
        maps = np.nan
    spectra = climate.spectrum_distance(*(climate.power_spectrum(side, dt, segment) for side in sides))
    clouds = (paths.reshape(-1, paths.shape[-1])[::10] for paths in (own, reference))
    return maps, spectra, climate.measure_distance(*clouds)


def _diverged(paths: Tensor, later: np.ndarray, warmup: int) -> np.ndarray:
    """The frame at which every orbit diverged, in its path or, of the first starts, in the steps after it."""
    left = divergence(paths, BOUND).numpy()
    first = left[:, : later.shape[1]]
    first[:] = np.where((first < 0) & (later >= 0), paths.shape[2] + later - 1, first)
    diverged = np.where(left >= 0, warmup + left, -1).astype(np.int32)
    if (left >= 0).any():
        said = f"the first at frame {diverged[left >= 0].min()}"
        log.warning("%d of %d orbits diverged, %s", (left >= 0).sum(), left.size, said)
    return diverged


def _spectrum(step: Step, state: Any, x: Tensor, count: int | None, dt: float, **spectrum: int) -> Spectrum:
    """Exponents of orbits, all without a count; orbits that are not finite stand still at zero and come out as NaN."""
    advance, vector = closed_loop(step, state, x)
    sound = vector.isfinite().all(-1)
    count = min(count or vector.shape[-1], vector.shape[-1])
    found = lyapunov_spectrum(advance, torch.where(sound[..., None], vector, 0), count, dt, **spectrum)
    for values in (found.exponents, found.low, found.high):
        values[~sound.numpy()] = np.nan
    return found


def _first(state: Any, count: int) -> Any:
    """The states of the first starts."""
    if state is None:
        return None
    return tuple(part[:, :count] for part in state) if isinstance(state, tuple) else state[:, :count]


def _means(values: Float[np.ndarray, "member orbit number"]) -> Float[np.ndarray, "member number"]:
    """Means over the orbits that stayed finite."""
    sound = np.isfinite(values) | np.isneginf(values)
    total, count = np.where(sound, values, 0).sum(1), sound.sum(1)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
