"""The page: a template, its style, and what a study found, in one file that needs no network."""

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from curvae.claims.account import SAID, SEE, VERDICTS
from curvae.claims.claim import COLUMNS
from curvae.words import counted

STATIC = Path(__file__).parent / "static"
SYMBOLS = dict(zip(VERDICTS, "✓◐✗○", strict=True))  # a verdict is said by word, symbol and colour
RUNS = {"climate": 1, "experiment": 2}  # what a row can be measured on, the last before others of its name
FILES = ("everything asked for", "research object")  # what is said of a run and is the path of a file
WIDEST = 1000  # of a preview [px]


@dataclass(frozen=True)
class Figure:
    """A picture of the page.

    Attributes:
        title: of it.
        picture: a file's bytes; a preview of it goes into the page.
        caption: HTML.
        links: what to call a file, and its path beside the page; the first is what the preview leads to.
    """

    title: str
    picture: bytes
    caption: str
    links: Mapping[str, str]


@dataclass(frozen=True)
class Part:
    """What the study found about one of its subjects.

    Attributes:
        name: of an experiment, a climate or a data set.
        kind: which of them.
        figures: of it.
        settings: YAML.
        jobs: of `curvae.spent.read_benchmarks`.
        environment: where it was trained.
        links: to pages and films of its own: name, path beside the page.
    """

    name: str
    kind: str
    figures: Sequence[Figure] = ()
    settings: str = ""
    jobs: pd.DataFrame = field(default_factory=pd.DataFrame)
    environment: str = ""
    links: Mapping[str, str] = field(default_factory=dict)


def page(
    account: pd.DataFrame | None,
    parts: Sequence[Part],
    costs: pd.DataFrame,
    troubles: pd.DataFrame,
    about: Mapping[str, Any],
) -> str:
    """A page that needs no other file; its pictures are previews that lead to the files beside it.

    Args:
        account: every sentence with its rows, as `curvae.claims.account` gives it; None leaves the claims out.
        parts: in their order.
        costs: of `curvae.report.costs.costs`.
        troubles: of `curvae.report.troubles.troubles`.
        about: the run: name and value, shown as they are.
    """
    jinja = Environment(
        loader=FileSystemLoader(STATIC),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters |= {"counted": counted, "number": number, "preview": preview, "seconds": seconds}
    account = pd.DataFrame(columns=[*SAID, *COLUMNS]) if account is None else account
    sentences = account.drop_duplicates("assertion")
    return jinja.get_template("page.html").render(
        style=(STATIC / "page.css").read_text(),
        symbols=SYMBOLS,
        counts=_counts(sentences["answer"]),
        measured=_counts(account.loc[account["seeds"] > 0, "verdict"]),
        said=dict(zip(sentences["assertion"], sentences["said"], strict=True)),
        documents=[_document(*one) for one in account.groupby("document", sort=False)],
        parts=parts,
        open={f"{kind}: {p.name}": path for p in parts for kind, path in p.links.items()},
        files=FILES,
        anchors={p.name: f"{p.kind}-{p.name}" for p in sorted(parts, key=lambda p: RUNS.get(p.kind, 0))},
        costs=costs,
        troubles=troubles.to_dict("records"),
        about=about,
    )


def number(value: Any) -> str:
    """Three digits that matter; nothing for no number."""
    if value is None or np.isnan(value):
        return ""
    if np.isinf(value):
        return "∞" if value > 0 else "\u2212∞"
    plain = f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return (f"{value:.1e}" if "e" in plain else plain).replace("-", "\u2212")


def seconds(value: float) -> str:
    """Minutes where there are many seconds."""
    return f"{value:.1f} s" if value < 120 else f"{value / 60:.1f} min"


def preview(picture: bytes) -> str:
    """A picture, no wider than `WIDEST`, as a data URI."""
    image, small = Image.open(BytesIO(picture)).convert("RGB"), BytesIO()
    image.thumbnail((WIDEST, 4 * WIDEST), Image.Resampling.LANCZOS)
    image.save(small, "WEBP", quality=80, method=2)
    return "data:image/webp;base64," + base64.b64encode(small.getvalue()).decode()


def strip(row: Mapping[str, Any]) -> dict[str, float] | None:
    """Where value and interval lie from the threshold, in -1 to 1, infinity at an end, positive where it holds."""
    if np.isnan(row["value"]):
        return None
    sign = 1 if row["comparison"] == ">=" else -1
    value, low, high = (sign * (float(row[name]) - row["threshold"]) for name in ("value", "low", "high"))
    reach = max([abs(x) for x in (value, low, high) if np.isfinite(x)], default=1.0) or 1.0
    value, low, high = (float(np.clip(x / reach, -1, 1)) for x in (value, min(low, high), max(low, high)))
    return {"value": value, "low": low, "high": high}


def _counts(verdicts: pd.Series) -> dict[str, int]:
    found = Counter(verdicts)
    return {verdict: found[verdict] for verdict in VERDICTS}


def _document(name: str, rows: pd.DataFrame) -> dict[str, Any]:
    sentences = [
        {
            **{key: group.iloc[0][key] for key in ("assertion", "place", "said", "answer")},
            **_unmeasured(group.iloc[0]),
            "rows": [
                row | {"strip": strip(row), "runs": _names(row["runs"])}
                for row in group.to_dict("records")
                if row["claim"] != row["assertion"]
            ],
        }
        for _, group in rows.groupby("assertion", sort=False)
    ]
    return {"name": name, "sentences": sentences, "counts": _counts([s["answer"] for s in sentences])}


def _names(runs: Any) -> list[str]:
    """Names of a list that a table holds; an empty one comes back from a file as no number."""
    return runs.split(", ") if isinstance(runs, str) and runs else []


def _unmeasured(row: pd.Series) -> dict[str, str]:
    """Why a sentence has no rows, or the key of that which has them."""
    note = str(row["note"]) if row["claim"] == row["assertion"] else ""
    see = note.removeprefix(SEE) if note.startswith(SEE) else ""
    return {"see": see, "reason": "" if see else note}
