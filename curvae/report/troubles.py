"""What failed, diverged or did not converge in a study: listed, never hidden."""

from collections.abc import Mapping
from typing import Any

import pandas as pd


def troubles(manifests: Mapping[str, Mapping[str, Any]], tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a trouble: where, what.

    Args:
        manifests: of what was trained, by name: ``diverged`` and ``collapsed``, such members as they say themselves.
            Those that have no such thing have no trouble.
        tables: by name; counted are rows whose column ``converged`` is false or 0, whose ``status`` is not
            "converged", and whose ``value`` is no number.
    """
    rows = []
    for name, manifest in sorted(manifests.items()):
        for kind in ("diverged", "collapsed"):
            rows += [(name, f"{kind}: {_said(member)}") for member in manifest.get(kind, ())]
    for name, table in sorted(tables.items()):
        if "converged" in table and (lost := (table["converged"].dropna().astype(float) < 1).sum()):
            rows.append((name, f"{lost} of {table['converged'].notna().sum()} not converged"))
        if "status" in table:
            counts = table.loc[table["status"] != "converged", "status"].value_counts()
            rows += [(name, f"{count} of {len(table)}: {status}") for status, count in counts.items()]
        if "value" in table and (bare := table["value"].isna().sum()):
            rows.append((name, f"{bare} of {len(table)} values are no number"))
    return pd.DataFrame(rows, columns=["where", "what"])


def _said(member: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}" for name, value in member.items()
    )
