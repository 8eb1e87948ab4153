"""What failed, diverged or did not converge in a study: listed, never hidden."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from curvae import store
from curvae.words import counted

REPEATED = ["claims.csv", "figures"]  # tables that say again what others say
NAMED = 3  # such members of one training as are named one by one
DRAW = ["subset", "draw", "distance"]  # a draw of codes, of which every score is a row


def read_tables(results: Path, paths: Iterable[str]) -> dict[str, pd.DataFrame]:
    """The tables that troubles are looked for in, by their place in the results, and no others.

    Args:
        results: folder of a study.
        paths: of some of its results.
    """
    places = {path: Path(path).relative_to(results) for path in paths if path.endswith(".csv")}
    return {str(place): store.read_table(path) for path, place in places.items() if place.parts[0] not in REPEATED}


def troubles(manifests: Mapping[str, Mapping[str, Any]], tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a trouble: where, what.

    Args:
        manifests: of what was trained, by name: ``diverged`` and ``collapsed``, such members as they say themselves,
            and in ``settings`` the axes of all ``members``. Those that have no such thing have no trouble.
        tables: by name; counted are rows whose columns ``converged`` or ``rest`` are less than true or 1, once a draw
            of codes, whose ``status`` is not "converged", whose ``value`` is no number, that ``refused`` more than
            half of their steps, and those of the ``statistic`` "converged" that are less than 1.
    """
    rows = []
    for name, manifest in sorted(manifests.items()):
        for kind in ("diverged", "collapsed"):
            found = manifest.get(kind, ())
            axes = manifest.get("settings", {}).get("members", [])
            rows += [(name, f"{kind}: {_said(member, axes)}") for member in found[:NAMED]]
            rows += [(name, f"{kind}: {len(found)} members in all")] * (len(found) > NAMED)
    for name, table in sorted(tables.items()):
        for column, said in (("converged", "not converged"), ("rest", "not at rest")):
            if column in table:
                sure = _once(table.dropna(subset=column))[column].astype(float)
                rows += [(name, f"{(sure < 1).sum()} of {len(sure)} {said}")] * bool((sure < 1).any())
        if "statistic" in table:
            shares = table.loc[table["statistic"] == "converged", "value"]
            rows += [
                (name, f"{100 * (1 - share):.2g} % of the distances not converged") for share in shares if share < 1
            ]
        if "status" in table:
            counts = table.loc[table["status"] != "converged", "status"].value_counts()
            rows += [(name, f"{count} of {len(table)}: {status}") for status, count in counts.items()]
        if "refused" in table and (stuck := (table["refused"] > 0.5).sum()):
            rows.append((name, f"{stuck} of {counted(len(table), 'walk')}: most steps refused"))
        if "value" in table and (bare := table["value"].isna().sum()):
            rows.append((name, f"{bare} of {counted(len(table), 'value')} {'is' if bare == 1 else 'are'} no number"))
    return pd.DataFrame(rows, columns=["where", "what"])


def _once(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop_duplicates(DRAW) if set(DRAW) <= set(table) else table


def _said(member: Mapping[str, Any], axes: Sequence[Mapping[str, Any]]) -> str:
    """What a member says of itself, with its axes, where they are known, in the place of its number."""
    known = axes[member["member"]] if member["member"] < len(axes) else {"member": member["member"]}
    said = {**known, **{name: value for name, value in member.items() if name != "member"}}
    return ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}" for name, value in said.items()
    )
