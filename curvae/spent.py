"""What jobs took, from their benchmark files and logs."""

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


def jobs_of(benchmarks: pd.DataFrame, prefixes: Iterable[str]) -> pd.DataFrame:
    """The rows of jobs that are named by one of some prefixes, or lie in a folder of that name."""
    wanted = set(prefixes)
    parents = [
        {job, *("/".join(job.split("/")[:k]) for k in range(1, job.count("/") + 1))} for job in benchmarks["job"]
    ]
    return benchmarks[np.array([bool(names & wanted) for names in parents], dtype=bool)]


def _last_line(log: Path) -> tuple[float, float]:
    """CPU seconds and MB that a job says it took."""
    found = re.search(r"finished: ([\d.]+) CPU seconds, (\d+) MB", log.read_text()) if log.exists() else None
    return (float(found[1]), float(found[2])) if found else (np.nan, np.nan)
