"""What the codes of every member of a sweep say without factors."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr

from curvae.scores.members import DEAD, nats, single, without_dead
from curvae.scores.result import Score
from curvae.scores.udr import SIMILARITIES, udr
from curvae.scores.unsupervised import (
    gaussian_total_correlation,
    gaussian_wasserstein_correlation,
    mean_mutual_information,
)

# Measures of one member's codes, with their units; the codes have that of the prior, 1.
ALONE: dict[str, tuple[Callable[..., Score], str]] = {
    "gaussian_total_correlation": (gaussian_total_correlation, "nats"),
    "gaussian_wasserstein": (gaussian_wasserstein_correlation, "1"),
    "gaussian_wasserstein_normalised": (partial(gaussian_wasserstein_correlation, normalised=True), "1"),
    "mutual_information": (mean_mutual_information, "nats"),
}
RANKINGS = {f"udr_{similarity}": similarity for similarity in SIMILARITIES}
DIVERGED = "the member diverged: its codes are not finite"


def measure_unlabelled(
    stacks: Sequence[xr.Dataset],
    metrics: Sequence[str],
    *,
    samples: int,
    dead: float = DEAD,
    seed: int = 0,
    bootstrap: int = 100,
) -> pd.DataFrame:
    """Dependence among the latents of every member, and its agreement with members that differ by seed alone.

    Latents with a KL below `dead` are held at their mean, as for `score_members`. The rankings compare the members of
    one setting, all axes but the seed equal; they need two members that did not diverge.

    Args:
        stacks: ``mean`` and ``logvar`` (member, sample, latent) with the members' axes as coordinates.
        metrics: names in `ALONE` and `RANKINGS`.
        samples: number of samples used at most, the first ones.
        dead: nats below which a latent's mean KL makes it dead.
        seed: of the bootstrap.
        bootstrap: resamples of the intervals: samples, of rankings pairs of members.

    Returns:
        One row a member and metric: the member's axes, metric, value, low, high, unit, n, d (samples and latents),
        warnings.

    Raises:
        ValueError: an unknown metric.
    """
    unknown = [name for name in metrics if name not in (*ALONE, *RANKINGS)]
    if unknown:
        raise ValueError(f"metrics: {unknown[0]!r}: allowed: {', '.join((*ALONE, *RANKINGS))}")
    members = [(one.isel(sample=slice(samples)), axes) for one, axes in single(stacks)]
    given = {"seed": seed, "bootstrap": bootstrap}
    ranks = {name: _ranks(members, RANKINGS[name], dead, given) for name in metrics if name in RANKINGS}
    nan = float("nan")
    rows = []
    for place, (member, axes) in enumerate(members):
        n, d = member["mean"].shape
        sound = bool(np.isfinite(member["mean"].values).all())
        codes, said = without_dead(member, dead) if sound else (None, (DIVERGED,))
        for name in metrics:
            unit = ALONE[name][1] if name in ALONE else "1"
            if not sound:
                score = Score(nan, (nan, nan), nan, nan, said)
            elif name in RANKINGS:
                score = ranks[name][place]
            else:
                score = ALONE[name][0](codes, **given)
                score = replace(score, warnings=(*said, *score.warnings))
            low, high = score.interval
            found = {"metric": name, "value": score.value, "low": low, "high": high, "unit": unit}
            rows.append({**axes, **found, "n": n, "d": d, "warnings": "; ".join(score.warnings)})
    return pd.DataFrame(rows)


def _ranks(members: list[tuple[xr.Dataset, dict]], similarity: str, dead: float, given: dict) -> dict[int, Score]:
    """Unsupervised disentanglement ranking of every sound member within its setting; NaN if it is alone there."""
    nan = float("nan")
    alone = Score(nan, (nan, nan), nan, nan, ("no other sound member of this setting: allowed: two seeds or more",))
    settings: dict[tuple, list[int]] = {}
    for place, (member, axes) in enumerate(members):
        if np.isfinite(member["mean"].values).all():
            settings.setdefault(tuple(value for name, value in axes.items() if name != "seed"), []).append(place)
    found = {}
    for places in settings.values():
        if len(places) < 2:
            found[places[0]] = alone
            continue
        codes = [members[place][0]["mean"].values for place in places]
        kl = [nats(members[place][0]) for place in places]
        ranking = udr(codes, kl, similarity=similarity, threshold=dead, **given)
        each = zip(places, ranking.value.tolist(), ranking.interval.tolist(), ranking.warnings, strict=True)
        found |= {place: Score(value, tuple(ends), nan, nan, doubts) for place, value, ends, doubts in each}
    return found
