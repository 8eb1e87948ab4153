"""What a finished study cost, as a Markdown table made from its benchmark files.

PYTHONPATH=. python benchmarks/costs.py [results]
"""

import sys
from pathlib import Path

import pandas as pd

from curvae.report import costs, read_benchmarks

if __name__ == "__main__":
    table = costs(read_benchmarks(Path(sys.argv[1] if len(sys.argv) > 1 else "results") / "benchmarks"))
    print("| rule | " + " | ".join(table.columns) + " |")
    print("|---" * (len(table.columns) + 1) + "|")
    for name, row in table.iterrows():
        print(f"| {name} | " + " | ".join("" if pd.isna(value) else f"{value:g}" for value in row) + " |")
