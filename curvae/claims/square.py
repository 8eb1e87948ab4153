"""What the study of the uniform square asserts (Idler 2022).

Conventions: squared error summed over both coordinates, plus beta KL, plus lam times the sum of squared
weights. In these the linear-Gaussian theory of a coordinate of variance 1/12 puts the collapse of a
latent at beta* = 2/12 = 1/6 and its KL at ln(beta* / beta) / 2 nats, and the study's
penalty of 0.25 corresponds to a lam of 1e-3 to 2e-3.

Reference: Lucas et al. (2019), "Don't blame the ELBO!", for the linear theory.
"""

from collections.abc import Callable
from math import inf, sqrt
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from curvae.claims.claim import Claim, Evidence, NotTestable, gains, judge_all, one_a_seed, require
from curvae.words import counted

SOURCE, SLIDES = "Idler 2022", "Konuk 2018"
COLLAPSE = 1 / 6  # beta*
ALIVE = 0.1  # nats; a latent with less carries nothing
UNHARMED = 1.1  # times the squared error without a penalty
STATISTICS = (
    *("mse", "low_quantile", "occupied", "purity", "purity_points", "ks", "ks_draws", "kurtosis"),
    *("kl_total", "kl_least", "kl_most"),
)
OF_TWO, OF_A_LINE = ("diamond",), ("arc_length", "turning")

Choice = Callable[[str, NDArray], float]


def square_claims(table: pd.DataFrame, seed: int = 0) -> list[dict[str, Any]]:
    """One row a claim about the uniform square.

    Args:
        table: one row a member: latent (number of latents), beta, lam, seed and what `measure_square`
            returns, for members of one latent with a line, for those of two with the diamond; with the column
            roughness (`roughness`) smoothness is judged too.
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing, or two members have the same axes.
    """
    require("table", table, ("latent", "beta", "lam", "seed", *STATISTICS))
    if (table["latent"] == 2).any():
        require("table", table, OF_TWO)
    if (table["latent"] == 1).any():
        require("table", table, OF_A_LINE)
    return judge_all(CLAIMS, table, seed=seed)


def linear_kl(beta: ArrayLike) -> NDArray:
    """KL of an active latent in nats, ln(beta* / beta) / 2, for 0 < beta < beta*."""
    return 0.5 * np.log(COLLAPSE / np.asarray(beta, dtype=np.float64))


def nearest(wanted: float, factor: float = 1.001) -> Choice:
    """The value of an axis nearest to `wanted` by ratio and at most a factor away; 0 only for 0."""

    def choose(axis: str, values: NDArray) -> float:
        close = values[(values >= wanted / factor) & (values <= wanted * factor)]
        if not close.size:
            raise NotTestable(f"the grid has no {axis} near {wanted:.3g}, only {_listed(values)}")
        return close[np.abs(np.log(close / wanted)).argmin()] if wanted else 0.0

    return choose


def smallest(low: float, high: float) -> Choice:
    """The smallest value of an axis if it lies from `low` to `high`, those below `low` not counted."""

    def choose(axis: str, values: NDArray) -> float:
        least = min(values[values >= low], default=inf)
        if least > high:
            raise NotTestable(f"the grid has no {axis} from {low:.3g} to {high:.3g}, only {_listed(values)}")
        return least

    return choose


def at(statistic: str, *, beta: Choice, lam: Choice | None = None, latent: int = 2) -> Callable:
    """Measure a statistic at one place of the grid; the note says which place."""

    def measure(table: pd.DataFrame) -> Evidence:
        rows, note = _latents(table, latent), [f"{latent} latent{'s' * (latent > 1)}"]
        for axis, choice in (("beta", beta), ("lam", lam or nearest(0))):
            value = choice(axis, np.unique(rows[axis]))
            rows = rows[rows[axis] == value]
            note.append(f"{axis} = {value:.4g}")
        return Evidence(one_a_seed("table", rows, statistic), ", ".join(note))

    return measure


def fall(statistic: str, before: Choice, after: Choice, latent: int = 2) -> Callable:
    """Measure how far a statistic falls from one beta to another, lam = 0, a seed each."""

    def measure(table: pd.DataFrame) -> Evidence:
        if statistic not in table:
            raise NotTestable(f"no {statistic}")
        first, second = (at(statistic, beta=beta, latent=latent)(table) for beta in (before, after))
        high, low = first.values, second.values
        return Evidence(gains(high, low), f"medians {np.median(high):.3f}, {np.median(low):.3f}; {first.note}")

    return measure


def where_raised(statistic: str) -> Callable:
    """Measure a statistic at the first beta that collapses on the way to 1, of members that have it from the start."""
    measure = at(statistic, beta=smallest(COLLAPSE, inf))

    def said(table: pd.DataFrame) -> Evidence:
        found = measure(table)
        return found._replace(note=f"{found.note}, from the start: no square is trained with a beta that is raised")

    return said


def between(table: pd.DataFrame) -> Evidence:
    """|kurtosis - 2.4|, the middle of a uniform distribution's 1.8 and a Gaussian's 3."""
    found = at("kurtosis", beta=_LOW)(table)
    return Evidence(np.abs(found.values - 2.4), f"kurtosis {_listed(found.values)}; {found.note}")


def diamond_of_penalty(table: pd.DataFrame) -> Evidence:
    """The diamond's ratio at the largest penalty that leaves the reconstruction as it is.

    That is the largest lam up to 2e-3 whose median squared error is at most `UNHARMED` times that without a penalty;
    the note lists the median ratio at the smaller ones too.
    """
    rows = _latents(table, 2)
    rows = rows[rows["beta"] == _LOW("beta", np.unique(rows["beta"]))]
    errors = rows.groupby("lam")["mse"].median()
    if 0 not in errors.index:
        raise NotTestable("the grid has no lam = 0")
    penalties = [lam for lam in errors.index if 0 < lam <= 2.001e-3 and errors[lam] <= UNHARMED * errors[0]]
    if not penalties:
        raise NotTestable(f"no lam above 0 and up to 2e-3 keeps the squared error within {UNHARMED:g} times")
    medians = rows.groupby("lam")["diamond"].median()
    listed = ", ".join(f"{medians[lam]:.2f} at lam = {lam:.2g}" for lam in penalties)
    return Evidence(one_a_seed("table", rows[rows["lam"] == penalties[-1]], "diamond"), f"medians {listed}")


def quadrant_purity(table: pd.DataFrame) -> Evidence:
    """The least purity of a seed's members whose two latents both live."""
    rows = _latents(table, 2)
    rows = rows[rows["kl_least"] > ALIVE]
    if rows.empty:
        raise NotTestable("no member has two latents alive")
    if (ceiling := rows["purity_points"].min()) < 0.95:
        raise NotTestable(f"too few points: even among the points themselves the purity is {ceiling:.3f}")
    note = f"{counted(len(rows), 'member')} with two latents alive; the points themselves have {ceiling:.3f}"
    return Evidence(-_largest(-rows["purity"], rows["seed"]), note)


def closed_form_deviation(table: pd.DataFrame) -> Evidence:
    """A seed's largest |KL a latent / (ln(beta* / beta) / 2) - 1| over beta from 0 to .03."""
    rows = _latents(table, 2)
    rows = rows[(rows["lam"] == 0) & (rows["beta"] > 0) & (rows["beta"] <= 0.03 * 1.001)]
    if rows.empty:
        raise NotTestable("the grid has no beta up to 0.03 with lam = 0")
    deviation = np.abs(rows["kl_total"] / 2 / linear_kl(rows["beta"]) - 1)
    return Evidence(_largest(deviation, rows["seed"]), f"2 latents, lam = 0, beta = {_listed(np.unique(rows['beta']))}")


def _claim(
    key: str, sentence: str, statistic: str, unit: str, comparison: str, threshold: float, source: str = SOURCE
) -> Claim:
    return Claim(f"square.{key}", source, sentence, statistic, unit, comparison, threshold)


def _latents(table: pd.DataFrame, latent: int) -> pd.DataFrame:
    rows = table[table["latent"] == latent]
    if rows.empty:
        raise NotTestable(f"no member has {latent} latent{'s' * (latent > 1)}")
    return rows


def _largest(values: pd.Series, seeds: pd.Series) -> NDArray:
    """The largest value of each seed; NaN if one of them is."""
    return np.array([values[seeds == seed].max(skipna=False) for seed in np.unique(seeds)])


def _listed(values: NDArray) -> str:
    return ", ".join(f"{value:.3g}" for value in values)


_LOW, _HIGH = nearest(0.01), nearest(0.1)
_PENALTY = nearest(2e-3, 2.001)
_SNAKE = smallest(0, 0.01)

_SEVERE = "Ten times the KL weight already drops the values near 0 and 1 from the reconstruction."
_BANDS = "With a weight penalty the reconstruction breaks down and quadrants become bands in latent space."
_ANNEALED = "Raising beta to 1 leads nowhere: from beta* = 1/6 on nothing passes through the latents."
_SNAKES = "At a low KL weight one latent runs through the square like a snake."
_Q = "0.5 % quantile of the reconstructed coordinates"
_CELLS = "share of the 10 x 10 cells that the reconstruction reaches"
_MSE = "mean squared error per coordinate"
_DIAMOND = (
    "reach of the codes by |u_1| + |u_2| over that by the larger; a diamond has 1, a disc 1.41, a square 2",
    *("1", "<=", 1.2),
)

CLAIMS = (
    (_claim("range_before", _SEVERE, f"{_Q} before", "1", "<=", 0.1), at("low_quantile", beta=_LOW)),
    (_claim("range_after", _SEVERE, f"{_Q} after", "1", ">=", 0.2), at("low_quantile", beta=_HIGH)),
    (_claim("cells_before", _SEVERE, f"{_CELLS} before", "1", ">=", 0.95), at("occupied", beta=_LOW)),
    (_claim("cells_after", _SEVERE, f"{_CELLS} after", "1", "<=", 0.5), at("occupied", beta=_HIGH)),
    (
        _claim(
            "between",
            "Without a penalty the codes fall halfway between a uniform and a Gaussian distribution.",
            "distance of their kurtosis from 2.4; 1.8 is uniform, 3 Gaussian",
            *("1", "<=", 0.3),
        ),
        between,
    ),
    (
        _claim(
            "diamond",
            "A growing weight penalty makes a diamond of the codes, before it affects the reconstruction.",
            *_DIAMOND,
        ),
        diamond_of_penalty,
    ),
    (
        _claim("diamond_penalty", "A penalty of 0.25 makes a diamond of the codes.", *_DIAMOND),
        at("diamond", beta=_LOW, lam=nearest(1.4e-3, sqrt(2.05))),
    ),
    *(
        (
            _claim(
                key,
                "A ten times larger KL weight makes the codes look more Gaussian.",
                f"Kolmogorov-Smirnov distance of the posterior's {what} to a Gaussian lost, mean over latents",
                *("1", ">=", 0.0),
            ),
            fall(statistic, _LOW, _HIGH),
        )
        for key, what, statistic in (
            ("gaussian", "means", "ks"),
            ("gaussian_draws", "draws, largely noise,", "ks_draws"),
        )
    ),
    (
        _claim("penalty_range", "At a penalty of 0.25 no values close to zero are left.", _Q, "1", ">=", 0.1),
        at("low_quantile", beta=_LOW, lam=nearest(1.4e-3, sqrt(2.05))),
    ),
    (
        _claim("latent_dies", _BANDS, "KL of the lesser latent", "nats", "<=", 0.01),
        at("kl_least", beta=_LOW, lam=_PENALTY),
    ),
    (
        _claim("latent_lives", _BANDS, "KL of the other latent", "nats", ">=", ALIVE),
        at("kl_most", beta=_LOW, lam=_PENALTY),
    ),
    (
        _claim("bands", _BANDS, "share of a code's 10 neighbours in its quadrant", "1", "<=", 0.6),
        at("purity", beta=_LOW, lam=_PENALTY),
    ),
    (
        _claim(
            "quadrants",
            "Points stay grouped by quadrant, up to a rotation or reflection.",
            "share of a code's 10 neighbours in its quadrant, least over members with two latents alive",
            *("1", ">=", 0.95),
        ),
        quadrant_purity,
    ),
    (
        _claim("collapse_kl", _ANNEALED, "KL over all latents", "nats", "<=", 0.01),
        where_raised("kl_total"),
    ),
    (
        _claim("collapse_mse", _ANNEALED, f"{_MSE}; the mean alone gives 1/12", "1", ">=", 0.08),
        where_raised("mse"),
    ),
    (
        _claim(
            "closed_form",
            "Up to beta = 0.03 each latent carries ln(beta* / beta) / 2 nats, as linear theory says.",
            "largest relative deviation of the KL a latent over the grid",
            *("1", "<=", 0.15, "Lucas 2019"),
        ),
        closed_form_deviation,
    ),
    (
        _claim("snake_mse", _SNAKES, f"{_MSE}; a straight line gives 1/24", "1", "<=", 0.02),
        at("mse", beta=_SNAKE, latent=1),
    ),
    (
        _claim("snake_turns", _SNAKES, "total turning of the decoded line over z in [-3, 3]", "degree", ">=", 360),
        at("turning", beta=_SNAKE, latent=1),
    ),
    (
        _claim("snake_length", _SNAKES, "length of the decoded line over z in [-3, 3]", "side", ">=", 2),
        at("arc_length", beta=_SNAKE, latent=1),
    ),
    (
        _claim("snake_beta", "A KL weight of 0.1 ends the snake.", _MSE, "1", ">=", 0.03),
        at("mse", beta=_HIGH, latent=1),
    ),
    (
        _claim("snake_lam", "A weight penalty of 1e-3 ends the snake.", _MSE, "1", ">=", 0.03),
        at("mse", beta=_SNAKE, lam=nearest(1e-3), latent=1),
    ),
    *(
        (
            _claim(
                key,
                "A larger weight of the KL divergence makes the latent space smoother.",
                f"roughness of the decoder lost to a ten times larger beta, {said}; an affine one has 1, the least",
                *("1", ">=", 0.0, SLIDES),
            ),
            fall("roughness", _LOW, _HIGH, latent),
        )
        for key, said, latent in (("smooth", "two latents", 2), ("smooth_line", "one latent", 1))
    ),
)
