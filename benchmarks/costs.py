"""What a finished study cost, as a Markdown table made from its benchmark files.

python benchmarks/costs.py [results]
"""

import sys
from pathlib import Path

import pandas as pd


def costs(results: Path) -> pd.DataFrame:
    """One row a rule: jobs, seconds in all and of the longest job, largest memory of a job.

    Args:
        results: folder of a finished study.
    """
    files = sorted((results / "benchmarks").rglob("*.tsv"))
    if not files:
        raise SystemExit(f"{results}: no benchmark files; allowed: the results folder of a finished study")
    rule = [path.relative_to(results / "benchmarks").parts[:-1] or (path.stem,) for path in files]
    names = ["figures" if parts[0] == "figures" else parts[0] for parts in rule]
    runs = pd.concat([pd.read_csv(path, sep="\t", na_values="-") for path in files]).assign(rule=names)
    grouped = runs.groupby("rule")
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


if __name__ == "__main__":
    table = costs(Path(sys.argv[1] if len(sys.argv) > 1 else "results"))
    print("| rule | " + " | ".join(table.columns) + " |")
    print("|---" * (len(table.columns) + 1) + "|")
    for name, row in table.iterrows():
        print(f"| {name} | " + " | ".join("" if pd.isna(value) else f"{value:g}" for value in row) + " |")
