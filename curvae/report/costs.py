"""What a study's jobs cost, from its benchmark files and logs."""

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd


def read_benchmarks(folder: Path) -> pd.DataFrame:
    """One row a job: job (its path without the ending), rule, s (elapsed), cpu_time [s], max_rss [MB].

    Snakemake looks at a job twice a second at first and then every 30 s. The last line of the job's log
    (`curvae.job.start`) knows better, where there is one.

    Args:
        folder: of benchmark files, one folder a rule; a rule of one job has its file there. The logs lie beside it.
    """
    files = sorted(folder.rglob("*.tsv"))
    if not files:  # on a machine that ran none of the jobs
        return pd.DataFrame({"job": [], "rule": [], **{name: np.empty(0) for name in ("s", "cpu_time", "max_rss")}})
    jobs = [path.relative_to(folder).with_suffix("") for path in files]
    table = pd.concat([pd.read_csv(path, sep="\t", na_values="-") for path in files], ignore_index=True)
    last = [_last_line(folder.parent / "logs" / f"{job}.log") for job in jobs]
    seen = pd.DataFrame(last, columns=["cpu_time", "max_rss"], dtype=float)
    table[seen.columns] = np.fmax(table[seen.columns], seen)
    return table.assign(job=[str(job) for job in jobs], rule=[job.parts[0] for job in jobs])


def _last_line(log: Path) -> tuple[float, float]:
    """CPU seconds and MB that a job says it took."""
    found = re.search(r"finished: ([\d.]+) CPU seconds, (\d+) MB", log.read_text()) if log.exists() else None
    return (float(found[1]), float(found[2])) if found else (np.nan, np.nan)


def costs(benchmarks: pd.DataFrame) -> pd.DataFrame:
    """One row a rule and one of all: jobs, seconds in all and of the longest job, CPU seconds, largest memory of a job.

    Args:
        benchmarks: of `read_benchmarks`.
    """
    grouped = benchmarks.groupby("rule")
    table = pd.DataFrame(
        {
            "jobs": grouped.size(),
            "seconds in all": grouped["s"].sum().round(1),
            "longest [s]": grouped["s"].max().round(1),
            "CPU [s]": grouped["cpu_time"].sum().round(1),
            "largest [MB]": grouped["max_rss"].max().round(0),
        }
    ).sort_values("seconds in all", ascending=False)
    total = table[["jobs", "seconds in all", "CPU [s]"]].sum()
    return pd.concat([table, total.to_frame("all").T])


def jobs_of(benchmarks: pd.DataFrame, prefixes: Iterable[str]) -> pd.DataFrame:
    """The rows of jobs that are named by one of some prefixes, or lie in a folder of that name."""
    wanted = set(prefixes)
    parents = [
        {job, *("/".join(job.split("/")[:k]) for k in range(1, job.count("/") + 1))} for job in benchmarks["job"]
    ]
    return benchmarks[np.array([bool(names & wanted) for names in parents], dtype=bool)]
