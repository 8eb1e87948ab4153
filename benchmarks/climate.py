"""The climate of Lorenz 63, true and learned by reservoirs: exponents, return map, spectrum, measure, valid time.

    PYTHONPATH=. python benchmarks/climate.py [--seeds 5] [--starts 40] [--steps 1500] [--out results/climate]
    PYTHONPATH=. python benchmarks/climate.py --speed

Exponents and statistics of a learned system are those of its own orbits, after `--free` frames in closed loop.
`--out` writes the two figures with their numbers. `--speed` measures one thing alone: the time of the spectrum of 300
units over 10,000 steps, 3 exponents and all of them.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from page import processor

from curvae.data import lorenz
from curvae.dynamics import divergence, lyapunov_spectrum, rollout
from curvae.dynamics.climate import (
    kaplan_yorke,
    measure_distance,
    power_spectrum,
    return_map,
    return_map_distance,
    spectrum_distance,
    valid_time,
)
from curvae.dynamics.reservoir import draw_reservoirs
from curvae.figures import exponents as exponent_figure
from curvae.figures import return_map as return_map_figure
from curvae.figures.style import save
from curvae.intervals import mean_interval
from curvae.settings.data import Lorenz

SETTINGS = Lorenz(kind="lorenz")
WARMUP, WASHOUT, FRAMES = 100, 100, 5000
TRUE = (0.9056, 0.0, -14.5723)
# name -> settings, penalty, standardised or raw input, published exponents (Pathak et al. 2017)
PATHAK = {"radius": 1.2, "input_scale": 0.1}
RECIPE = {"radius": 0.1, "input_scale": 0.3, "bias_scale": 0.5}
SYSTEMS = {
    "Pathak, radius 1.2": (PATHAK, 0.0, False, (0.90, 0.0, -10.5)),
    "Pathak, radius 1.45": (PATHAK | {"radius": 1.45}, 0.0, False, (0.01, -0.1, -9.9)),
    "radius 0.1, ridge 1e-6": (RECIPE, 1e-6, True, (np.nan,) * 3),
    "radius 0.1, ridge 1e-8": (RECIPE, 1e-8, True, (np.nan,) * 3),
}


def true_exponents(starts: int) -> pd.DataFrame:
    """The spectrum of the Lorenz system itself, with dt = 0.01, beside the mean trace."""
    begun = time.perf_counter()
    first = torch.from_numpy(lorenz.trajectories(SETTINGS, 0, starts, 1)[:, 0].copy())
    step = lorenz.flow(SETTINGS.model_copy(update={"dt": 0.01, "substeps": 1}))
    found = lyapunov_spectrum(step, first, 3, 0.01, steps=3000, discard=1500, every=10)
    value, low, high = found.pooled()
    trace = -(SETTINGS.sigma + 1 + SETTINGS.beta)
    print(f"true: {value.round(4)} +- {(high - value).round(4)}, sum less mean trace {value.sum() - trace:.1e},")
    print(f"  Kaplan-Yorke {kaplan_yorke(value):.4f}; {starts} starts, {time.perf_counter() - begun:.0f} s")
    return pd.DataFrame({"system": "true", "exponent": (1, 2, 3), "value": value, "low": low, "high": high})


def learn(name: str, train: np.ndarray, test: np.ndarray, options: argparse.Namespace) -> tuple[list, np.ndarray]:
    """Print what one kind of reservoir has learned; exponents and free z of the seed that predicts longest."""
    begun = time.perf_counter()
    kind, penalty, standardised, published = SYSTEMS[name]
    mean, deviation = (train.mean((0, 1)), train.std((0, 1))) if standardised else (0.0, 1.0)
    drawn = draw_reservoirs(range(options.seeds), 3, **kind)
    fitted = drawn.fit((train - mean) / deviation, WASHOUT, penalty)
    inputs = torch.from_numpy((test - mean) / deviation).expand(options.seeds, *test.shape)
    outputs, r = rollout(fitted.step, fitted.start(len(test)), inputs[:, :, :WARMUP], options.free)
    paths = outputs.numpy() * deviation + mean
    found = lyapunov_spectrum(fitted.closed, r[:, : options.starts], 3, SETTINGS.dt, steps=options.steps, discard=500)
    each, low, high = found.pooled()
    value, _, high = mean_interval(each)
    ahead = test.shape[1] - WARMUP
    valid = [valid_time(path[:, :ahead], test[:, WARMUP:], SETTINGS.dt, TRUE[0]).mean for path in paths]
    truth = lorenz.trajectories(SETTINGS, 0, len(test), options.free)
    true_map, true_power = return_map(truth[..., 2]), power_spectrum(truth[..., 2], SETTINGS.dt)
    distances = [
        (
            return_map_distance(return_map(path[..., 2]), true_map),
            spectrum_distance(power_spectrum(path[..., 2], SETTINGS.dt), true_power),
            measure_distance(path.reshape(-1, 3)[::10], truth.reshape(-1, 3)[::10]),
        )
        for path in paths
    ]
    left = divergence(outputs, 100 * float(inputs.abs().max()))
    print(f"{name}: {value.round(3)} +- {(high - value).round(3)} over {options.seeds} seeds, published {published}")
    print(f"  largest, each seed {each[:, 0].round(3)}; error {100 * (value[0] / TRUE[0] - 1):+.1f} %")
    print(f"  Kaplan-Yorke {kaplan_yorke(each).round(3)}; diverged {int((left >= 0).sum())} of {left.numel()}")
    print(f"  valid time [Lyapunov times] {np.round(valid, 2)}")
    print(
        f"  return map, spectrum [dB], measure {np.round(distances, 3).tolist()}; {time.perf_counter() - begun:.0f} s"
    )
    good = np.abs(each[:, 0] / TRUE[0] - 1) < 0.05
    print(f"  largest within 5 %: {good.sum()} of {options.seeds} seeds")
    best = int(np.argmax(valid))
    rows = [(f"{name} (best seed)", k + 1, each[best, k], low[best, k], high[best, k], published[k]) for k in range(3)]
    return rows, paths[best, ..., 2]


def speed(train: np.ndarray) -> None:
    """Seconds of 10,000 steps of one reservoir of 300 units."""
    fitted = draw_reservoirs([0], 3, **RECIPE).fit((train - train.mean((0, 1))) / train.std((0, 1)), WASHOUT, 1e-6)
    for count in (3, 300):
        begun, used = time.perf_counter(), time.process_time()
        found = lyapunov_spectrum(fitted.closed, fitted.start(1), count, SETTINGS.dt, steps=9500, discard=500)
        spent = f"{time.perf_counter() - begun:.1f} s, {time.process_time() - used:.1f} s of processor time"
        print(f"{count} exponents of 300 units, 10,000 steps: {spent}; {found.exponents[0, :3].round(3)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--starts", type=int, default=40, help="of a learned system; ten times as many of the true one")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--free", type=int, default=2500, help="frames in closed loop before exponents are measured")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--speed", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(f"{processor()}, {options.threads} of {os.cpu_count()} threads")

    train = lorenz.trajectories(SETTINGS, 0, 1, FRAMES + WASHOUT + 1)
    if options.speed:
        speed(train)
        return
    test = lorenz.trajectories(SETTINGS, 2, max(50, options.starts), 1000 + WARMUP)
    other = lorenz.trajectories(SETTINGS, 1, len(test), options.free)
    truth = lorenz.trajectories(SETTINGS, 0, len(test), options.free)
    powers = [power_spectrum(path[..., 2], SETTINGS.dt) for path in (other, truth)]
    floor = (
        return_map_distance(return_map(other[..., 2]), return_map(truth[..., 2])),
        spectrum_distance(*powers),
        measure_distance(other.reshape(-1, 3)[::10], truth.reshape(-1, 3)[::10]),
    )
    table = true_exponents(10 * options.starts)
    print(f"floor (truth against truth): return map, spectrum [dB], measure {np.round(floor, 3).tolist()}")
    learned, maps = [], {}
    for name in SYSTEMS:
        rows, z = learn(name, train, test, options)
        learned += rows
        maps[name] = return_map(z)
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        columns = [*table.columns, "published"]
        table = pd.concat([table, pd.DataFrame(learned, columns=columns)], ignore_index=True)
        figures = {
            "exponents": exponent_figure.exponents(table, "true"),
            "return_map": return_map_figure.return_map(return_map(truth[..., 2]), maps),
        }
        for name, (figure, numbers) in figures.items():
            save(figure, numbers, *(options.out / f"{name}.{ending}" for ending in ("png", "pdf", "csv")))


if __name__ == "__main__":
    main()
