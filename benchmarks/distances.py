"""All distances between test codes of a finished study, by the table of a decoder's metric: what they cost.

    PYTHONPATH=. python benchmarks/distances.py [--results results] [--count 1000] [--threads 2] [--write]

The statistics are those of the study's own ``distances.csv``. Seconds of the processor are of all threads.
"""

import argparse
import logging
import sys
from pathlib import Path

import torch
from geodesics import timed
from page import put

from curvae import data, store
from curvae.geometry import compare_distances, open_table


def main() -> None:
    """Print the table of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=Path("results"), help="of a study (default: results)")
    parser.add_argument("--geometry", default="digits", help="whose table (default: digits)")
    parser.add_argument("--experiment", default="digits_smooth", help="whose codes (default: digits_smooth)")
    parser.add_argument("--count", type=int, default=1000, help="of codes (default: 1000)")
    parser.add_argument("--threads", type=int, default=2, help="default: 2")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    logging.disable(logging.INFO)
    table = open_table(store.open_arrays(arguments.results / "geometry" / arguments.geometry / "space.zarr"))
    latents = store.open_arrays(arguments.results / "encode" / arguments.experiment / "stack~all/latents.zarr")
    codes = torch.as_tensor(data.split(latents.isel(member=0), "test")["mean"].values, dtype=torch.float64)
    (_, found), processor, clock, grown = timed(
        lambda: compare_distances(table, codes, None, count=arguments.count, table=table)
    )
    value = found.set_index("statistic")["value"]
    lines = [
        f"{arguments.threads} threads; `PYTHONPATH=. python {' '.join(['benchmarks/distances.py', *sys.argv[1:]])}`",
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
    ]
    print("\n".join(lines))
    if arguments.write:
        put(lines, "benchmarks.md", "benchmarks/distances.py")


if __name__ == "__main__":
    main()
