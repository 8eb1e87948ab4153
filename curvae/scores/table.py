"""All metrics of one set of codes as a table."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from curvae.scores.dci import dci
from curvae.scores.dcimig import dcimig
from curvae.scores.explicitness import explicitness
from curvae.scores.factorvae import factorvae
from curvae.scores.higgins import higgins
from curvae.scores.infoe import infoe
from curvae.scores.infomec import infoc, infom
from curvae.scores.irs import irs
from curvae.scores.jemmig import jemmig
from curvae.scores.mig import mig
from curvae.scores.migsup import migsup
from curvae.scores.modularity import modularity
from curvae.scores.result import NotApplicable, Score
from curvae.scores.sap import sap

METRICS = {
    "higgins": higgins,
    "factorvae": factorvae,
    "mig": mig,
    "sap": sap,
    "dci": dci,
    "modularity": modularity,
    "explicitness": explicitness,
    "irs": irs,
    "infom": infom,
    "infoe": infoe,
    "infoc": infoc,
    "dcimig": dcimig,
    "jemmig": jemmig,
    "migsup": migsup,
}
TOGETHER = {"infomec": ("infom", "infoe", "infoc")}  # names that stand for several metrics


def evaluate(
    codes: ArrayLike,
    factors: ArrayLike,
    metrics: str | Sequence[str] = "all",
    seed: int = 0,
    factor_names: Sequence[str] | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> pd.DataFrame:
    """Scores of the codes, one row a metric.

    Args:
        codes: [n, d] array or CPU tensor.
        factors: [n, k] discrete or continuous.
        metrics: "all", one name or several; see `METRICS`. "infomec" stands for infom, infoe and infoc.
        seed: of every metric.
        factor_names: k names for the warnings.
        settings: metric -> its settings, `preset` among them; those of "infomec" are those of its three
            that have none of their own.

    Returns:
        Columns metric, value, low, high, floor, ceiling, warnings (joined by "; "), n, d. A metric that does
        not apply to these factors has NaN and the reason as its warning.

    Raises:
        ValueError: unknown metric, or codes, factors or settings that are not allowed.
    """
    asked = list(METRICS) if metrics == "all" else [metrics] if isinstance(metrics, str) else list(metrics)
    allowed = f"allowed: all, {', '.join((*METRICS, *TOGETHER))}"
    for name in (*asked, *(settings or {})):
        if name not in METRICS and name not in TOGETHER:
            raise ValueError(f"metrics: {name!r}: {allowed}")
    if not asked:
        raise ValueError(f"metrics: none: {allowed}")
    names = [one for name in asked for one in TOGETHER.get(name, (name,))]
    told = sorted((settings or {}).items(), key=lambda item: item[0] not in TOGETHER)  # a metric's own come last
    chosen = {one: given for name, given in told for one in TOGETHER.get(name, (name,))}
    rows = []
    for name in names:
        given = {"seed": seed, "factor_names": factor_names} | dict(chosen.get(name, {}))
        try:
            score = METRICS[name](codes, factors, **given)
        except NotApplicable as reason:
            nan = float("nan")
            score = Score(nan, (nan, nan), nan, nan, (str(reason),))
        low, high = score.interval
        rows.append((name, score.value, low, high, score.floor, score.ceiling, "; ".join(score.warnings)))
    table = pd.DataFrame(rows, columns=["metric", "value", "low", "high", "floor", "ceiling", "warnings"])
    n, d = np.shape(codes)
    return table.assign(n=n, d=d)
