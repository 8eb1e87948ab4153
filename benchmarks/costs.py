"""What a finished study cost, or what its jobs ask for beside what they used, as a Markdown table.

PYTHONPATH=. python benchmarks/costs.py [results] [--requests] [--write]

Made from benchmark files and logs. Requests are those of the rules as they stand now, for the study's own config.
"""

import argparse
from pathlib import Path

import pandas as pd
import yaml
from page import put
from planned import ROOT, named, planned

from curvae.cost import FLOOR, NODE
from curvae.report import costs, read_benchmarks


def used(results: Path) -> pd.DataFrame:
    """One row a job: its rule, CPU seconds and MB."""
    jobs = read_benchmarks(results / "benchmarks").set_index("job")
    figure = "figure_" + jobs.index.str.split("/").str[1]
    jobs["rule"] = jobs["rule"].where(jobs["rule"] != "figures", figure)
    return jobs.rename(columns={"cpu_time": "cpu", "max_rss": "memory"})[["rule", "cpu", "memory"]]


def asked(config: Path) -> pd.DataFrame:
    """One row a job of a study: MB and minutes that its first attempt asks for, from a dry run."""
    with planned(yaml.safe_load(config.read_text())) as workflow:
        jobs = {
            name: {kind: int(job.resources[kind]) for kind in ("mem_mb", "runtime")}
            for name, job in named(workflow).items()
        }
    return pd.DataFrame.from_dict(jobs, orient="index")


def beside(jobs: pd.DataFrame, requested: pd.DataFrame) -> pd.DataFrame:
    """What every job asked for beside what it used, and the ratios space and time.

    Memory counts without the `NODE` of an allocation: what is asked for the job's own process. Time is the processor's.
    """
    both = jobs.join(requested, how="inner")
    both["mem_mb"] -= NODE
    both["space"] = both["mem_mb"] / both["memory"]
    both["time"] = both["runtime"] * 60 / both["cpu"]
    return both


def requests(both: pd.DataFrame) -> pd.DataFrame:
    """One row a rule: what its largest job asks for and uses, and the least and largest ratio of any job.

    The ratio of time is given of jobs that ask for more than `FLOOR` minutes.
    """
    rows = {}
    for rule, group in both.groupby("rule"):
        time = group.loc[group["runtime"] > FLOOR, "time"]
        rows[rule] = {
            "jobs": len(group),
            "asked [MB]": group["mem_mb"].max(),
            "used [MB]": round(group["memory"].max()),
            "asked / used": f"{group['space'].min():.1f} to {group['space'].max():.1f}",
            "asked [min]": group["runtime"].max(),
            "used [CPU min]": round(group["cpu"].max() / 60, 2),
            "asked / used, time": f"{time.min():.1f} to {time.max():.1f}" if len(time) else "",
        }
    return pd.DataFrame(rows).T


def summary(both: pd.DataFrame, factor: float = 3) -> list[str]:
    """How many jobs asked for between what they used and some times that, and which did not.

    At the floor, less than was used is a miss, and more is none.
    """
    low = both["runtime"] <= FLOOR
    space = both["space"].between(1, factor)
    time = (both["time"] >= 1) & (low | (both["time"] <= factor))
    return [
        f"{space.sum()} of {len(both)} jobs asked for 1 to {factor} times the memory that they used.",
        f"{(~low & time).sum()} of the {(~low).sum()} that asked for more than {FLOOR} minutes, the least, asked for "
        f"1 to {factor} times the time that they used; the others used {both.loc[low, 'cpu'].median():.0f} s of these "
        f"in the median and {both.loc[low, 'cpu'].max():.0f} s at most.",
        *(
            f"- {job}: {row.space:.2f} of its memory, {row.time:.1f} of its time"
            for job, row in both[~(space & time)].iterrows()
        ),
    ]


def markdown(table: pd.DataFrame) -> list[str]:
    lines = ["| rule | " + " | ".join(table.columns) + " |", "|---" * (len(table.columns) + 1) + "|"]
    for name, row in table.iterrows():
        cells = (value if isinstance(value, str) else "" if pd.isna(value) else f"{value:g}" for value in row)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, nargs="?", default=ROOT / "results")
    parser.add_argument("--requests", action="store_true", help="what was asked for beside what was used")
    parser.add_argument("--write", action="store_true", help="put the table into docs: benchmarks.md, or cluster.md")
    chosen = parser.parse_args()
    if not any((chosen.results / "benchmarks").rglob("*.tsv")):
        raise SystemExit(f"{chosen.results}/benchmarks: no benchmark files; allowed: results of a finished study")
    if chosen.requests:
        jobs = used(chosen.results)
        both = beside(jobs, asked(chosen.results / "run/config.yaml"))
        lines = [*markdown(requests(both)), "", *summary(both)]
    else:
        lines = markdown(costs(read_benchmarks(chosen.results / "benchmarks")))
    print("\n".join(lines))
    if chosen.write:
        page, mark = ("cluster.md", " --requests") if chosen.requests else ("benchmarks.md", "")
        put(lines, page, f"benchmarks/costs.py{mark}")


if __name__ == "__main__":
    main()
