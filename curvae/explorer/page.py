"""The page: HTML, CSS and JavaScript as they lie in `static`, and the data as JSON, in one file."""

import html
import json
import logging
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import xarray as xr

from curvae.explorer import members as sweep
from curvae.explorer import rollouts as dynamics
from curvae.explorer.members import Member, text
from curvae.explorer.rollouts import Rollouts
from curvae.figures.style import TEN, colours, evenly

logger = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
SCRIPTS = ("decoder.js", "geometry.js", "map.js", "panel.js", "rollouts.js", "page.js")
LIMIT = 3_000_000  # bytes of a page
MOST = 24  # members in a page
SHADES = 64  # of the colour map of numbers


def page(
    title: str,
    about: str,
    members: Sequence[Member],
    factors: xr.DataArray,
    *,
    shape: tuple[int, ...],
    span: tuple[float, float] = (0.0, 1.0),
    shown: int = 0,
    rollouts: Rollouts | None = None,
    limit: int = LIMIT,
) -> str:
    """A page that needs no other file, no server and no network.

    Members are left out, evenly, until the page is small enough; it says so. The shown one always stays.

    Args:
        title: of the page.
        about: one line about data and model.
        members: decoders and codes of the same samples.
        factors: true factors (sample, factor) with their names as coordinate and the attribute ``units``, "1" for
            none; those of few whole numbers are labels.
        shape: of an image [px].
        span: values drawn as paper and as ink.
        shown: place of the member that the page opens with, whose latents the rollouts are.
        rollouts: predicted and true films.
        limit: of the page [bytes].

    Raises:
        ValueError: no member, images that are no matrix, or arrays of different lengths.
    """
    if not members or len(shape) != 2:
        raise ValueError(f"{len(members)} members, images of shape {shape}: allowed: one or more, (height, width)")
    for member in members:
        if len(member.codes) != len(factors) or member.layers[-1][0].shape[1] != shape[0] * shape[1]:
            raise ValueError(
                f"member {member.axes}: {len(member.codes)} codes, {member.layers[-1][0].shape[1]} pixels; "
                f"allowed: {len(factors)}, as there are factors, and {shape[0] * shape[1]}"
            )
    data = {
        "about": about,
        "shape": list(shape),
        "span": list(span),
        "factors": [
            _factor(*one)
            for one in zip(factors["factor"].values, factors.values.T, factors.attrs["units"], strict=True)
        ],
        "shades": [_hex(colour) for colour in matplotlib.colormaps["viridis"](np.linspace(0, 1, SHADES))],
        "all": len(members),
        "rollouts": dynamics.packed(rollouts) if rollouts else None,
    }
    room = limit - len(_join(title, data))
    chosen, packed = _fitting(members, shown, room)
    return _join(title, data | {"members": packed, "shown": chosen.index(shown)})


def _fitting(members: Sequence[Member], shown: int, room: int) -> tuple[list[int], list[dict[str, Any]]]:
    """Places and JSON of as many members as there is room for."""
    packed = cache(lambda place: sweep.packed(members[place]))
    size = cache(lambda place: len(json.dumps(packed(place))) + 2)
    for most in range(min(len(members), MOST), 0, -1):
        chosen = sorted({shown, *evenly(len(members), most).tolist()} if most > 1 else {shown})
        if sum(map(size, chosen)) <= room or most == 1:
            break
    if size(shown) > room:
        logger.warning("the page has %d bytes more than it should: its decoder is large", size(shown) - room)
    return chosen, [packed(place) for place in chosen]


def _factor(name: str, values: np.ndarray, unit: str) -> dict[str, Any]:
    distinct = np.unique(values)
    labelled = len(distinct) <= len(TEN) and (distinct == np.rint(distinct)).all()
    label = {"values": distinct.tolist(), "colours": list(colours(len(distinct)))} if labelled else None
    return {"name": str(name), "unit": "" if unit == "1" else unit, "values": text(values, "<f4"), "labels": label}


def _hex(colour: np.ndarray) -> str:
    return matplotlib.colors.to_hex(colour)


def _join(title: str, data: dict[str, Any]) -> str:
    """The files of `static` and the data in one document; nothing in the data can end its element."""
    parts = {
        "title": html.escape(title),
        "style": (STATIC / "page.css").read_text(),
        "script": "\n".join((STATIC / name).read_text() for name in SCRIPTS),
        "data": json.dumps(data, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c"),
    }
    whole = (STATIC / "page.html").read_text()
    for name, part in parts.items():
        whole = whole.replace(f"<!-- {name} -->", part)
    return whole
