"""What a study's jobs cost, added up."""

import pandas as pd


def costs(benchmarks: pd.DataFrame) -> pd.DataFrame:
    """One row a rule and one of all: jobs, seconds in all and of the longest job, CPU seconds, largest memory of a job.

    Args:
        benchmarks: of `curvae.spent.read_benchmarks`.
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
