"""Distances between test codes of a finished study, by the table of a decoder's metric: what they cost, and how right.

    PYTHONPATH=. python benchmarks/distances.py [--results results] [--count 1000] [--threads 2] [--memory] [--write]

All distances between the codes, whose statistics are those of the study's own ``distances.csv``; the memory of 10,000
pairs beside that of 40,000, both more than a batch, each in a process of its own after a few pairs; and
lengths by the table that `geodesics` makes of the decoder's mean beside those by a finer one, on curves to a smaller
residual. Seconds of the processor are of all threads.
"""

import argparse
import logging
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import torch
from geodesics import timed
from page import command, put

from curvae import data, store
from curvae.geometry import (
    MetricTable,
    PullbackMetric,
    compare_distances,
    geodesics,
    open_table,
    pairwise_distances,
    tabulate,
)
from curvae.settings.model import ModelSettings
from curvae.sweep import open_stack
from curvae.types import Codes

BLOCKS = (100, 200)  # codes on either side of the pairs whose memory is measured


def main() -> None:
    """Print the table of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=Path("results"), help="of a study (default: results)")
    parser.add_argument("--geometry", default="digits", help="whose table (default: digits)")
    parser.add_argument("--experiment", default="digits_smooth", help="whose codes (default: digits_smooth)")
    parser.add_argument("--count", type=int, default=1000, help="of codes (default: 1000)")
    parser.add_argument("--pairs", type=int, default=300, help="beside a finer table (default: 300)")
    parser.add_argument("--threads", type=int, default=2, help="default: 2")
    parser.add_argument("--memory", action="store_true", help="measure that of 10,000 and of 40,000 pairs alone")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    logging.disable(logging.INFO)
    about = arguments.results, arguments.geometry, arguments.experiment, arguments.threads
    blocks = [memory_of_pairs(n, *about) for n in BLOCKS]
    if arguments.memory:
        print("\n".join(memory_rows(blocks)))
        return
    table, codes = opened(*about[:3])
    (_, found), processor, clock, grown = timed(
        lambda: compare_distances(table, codes, None, count=arguments.count, table=table)
    )
    value = found.set_index("statistic")["value"]
    weights = arguments.results / "train" / arguments.experiment / "stack~all/weights.safetensors"
    metric = PullbackMetric(open_stack(weights, ModelSettings)[0].decoder(0, torch.float64))
    lines = [
        f"{arguments.threads} threads; {command('benchmarks/distances.py')}",
        "",
        f"| all distances between {arguments.count} codes | |",
        "|---|---|",
        f"| pairs | {value['pairs']:.0f} |",
        f"| seconds of the processor, and elapsed | {processor:.0f}, {clock:.0f} |",
        f"| CPU ms a pair | {1e3 * processor / value['pairs']:.2f} |",
        f"| memory beyond what was held before, at its peak | {grown:.0f} MB |",
        f"| converged | {value['converged']:.4%} |",
        f"| largest violation of the triangle inequality | {value['triangle violation']:.2%} |",
        f"| rank correlation with the Euclidean distances | {value['rank correlation']:.3f} |",
        *memory_rows(blocks),
        *beside_a_finer_table(metric, codes, arguments.pairs),
    ]
    print("\n".join(lines))
    if arguments.write:
        put(lines, "benchmarks.md", "benchmarks/distances.py")


def opened(results: Path, geometry: str, experiment: str) -> tuple[MetricTable, Codes]:
    """The study's table, and codes of its test images."""
    table = open_table(store.open_arrays(results / "geometry" / geometry / "space.zarr"))
    latents = store.open_arrays(results / "encode" / experiment / "stack~all/latents.zarr")
    codes = data.split(latents.isel(member=0), "test")["mean"].values
    return table, torch.as_tensor(codes, dtype=torch.float64)


def memory_of_pairs(side: int, *about) -> float:
    """MB that side x side distances take beyond what is held after a few, in a process of their own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
        return alone.submit(_memory_of_pairs, side, *about).result()


def _memory_of_pairs(side: int, results: Path, geometry: str, experiment: str, threads: int) -> float:
    torch.set_num_threads(threads)
    table, codes = opened(results, geometry, experiment)
    pairwise_distances(table, codes[:8], codes[-8:], table=table)
    return timed(lambda: pairwise_distances(table, codes[:side], codes[-side:], table=table)).memory


def memory_rows(blocks: list[float]) -> list[str]:
    """Rows of the table."""
    return [
        f"| memory of {n * n} pairs, beyond what was held | {m:.0f} MB |" for n, m in zip(BLOCKS, blocks, strict=True)
    ]


def beside_a_finer_table(metric: PullbackMetric, codes: Codes, pairs: int) -> list[str]:
    """Rows about lengths by the usual table and by one of twice its resolution, both the decoder's own."""
    starts, ends = codes[: 2 * pairs].chunk(2)
    usual = tabulate(metric, codes)
    found = geodesics(metric, starts, ends, table=usual)
    side = 2 * usual.side
    fine = MetricTable(metric, usual.low, usual.high, side=side)
    excess = found.length / geodesics(metric, starts, ends, table=fine, accuracy=1e-3).length - 1
    near = excess.abs() < 1e-3
    small = excess[near].abs()
    return [
        f"| by the mean's table of {usual.side} points a side, of {pairs} pairs within 0.1 % of those by {side} | "
        f"{int(near.sum())} |",
        f"| largest and median difference of these | {small.max():.2g}, {small.median():.2g} |",
        f"| the others: longer, and shorter by the usual table | {int((excess > 1e-3).sum())}, "
        f"{int((excess < -1e-3).sum())}; by {excess.max():.2%} and {-excess.min():.2%} at most |",
    ]


if __name__ == "__main__":
    main()
