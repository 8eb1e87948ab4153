"""What the study of the binarised digits asserts (Philion 2018)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from curvae.claims.claim import Claim, Evidence, NotTestable, judge_all, one_a_seed, require
from curvae.claims.neighbours import arrangement, crossings, neighbour_accuracy
from curvae.claims.points import normal_distance

SOURCE = "Philion 2018"
EPOCHS = 40
PAIRS, STEPS = 500, 10  # interpolations, and the codes of one

Codes = Sequence[Float[np.ndarray, "sample latent"]]
Digits = Int[np.ndarray, " sample"]


def digits_claims(summary: pd.DataFrame, codes: Codes, digit: Digits, seed: int = 0) -> list[dict[str, Any]]:
    """One row a claim about the digits.

    Args:
        summary: one row a member and split: member, split, recon, recon_mean, kl [nats] and seed; with a
            column ``epoch`` the losses are judged only if they are those after 40 epochs.
        codes: posterior means of the test set, one array a seed.
        digit: of each test image, 0 to 9.
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing, a seed has several members, or codes and digits do not agree.
    """
    require("summary", summary, ("member", "split", "recon", "recon_mean", "kl", "seed"))
    return judge_all(CLAIMS, summary, codes, digit, seed=seed)


def cross_entropy_distance(summary: pd.DataFrame, codes: Codes, digit: Digits) -> Evidence:
    """|cross-entropy at z = mu - 139| on the validation set, in nats."""
    return _distance(summary, "recon_mean", 139.0)


def kl_distance(summary: pd.DataFrame, codes: Codes, digit: Digits) -> Evidence:
    """|KL - 6.1| on the validation set, in nats."""
    return _distance(summary, "kl", 6.1)


def separation(summary: pd.DataFrame, codes: Codes, digit: Digits) -> Evidence:
    """Leave-one-out accuracy of 7 nearest neighbours; NaN for a member that diverged."""
    values = [neighbour_accuracy(z, digit, 7) if np.isfinite(z).all() else np.nan for z in codes]
    return Evidence(values, f"{len(digit)} test images; chance is 0.1")


def gaussian(codes: Codes) -> Evidence:
    """Kolmogorov-Smirnov distance of the standardised codes to N(0, 1), the larger latent's; NaN if it diverged."""
    return Evidence([max(map(normal_distance, z.T)) if np.isfinite(z).all() else np.nan for z in codes])


def origin(codes: Codes) -> Evidence:
    """|mean code| in standard deviations of the prior."""
    return Evidence([float(np.linalg.norm(z.mean(0))) for z in codes])


def through(codes: Codes, digit: Digits) -> Evidence:
    """Share of lines between codes of different digits that cross another digit's region and come back to none."""
    values = [crossings(z, digit, PAIRS, STEPS) if np.isfinite(z).all() else np.nan for z in codes]
    return Evidence(values, f"{PAIRS} pairs of test images, {STEPS} codes between them, 7 nearest neighbours")


def arranged(codes: Codes, digit: Digits, beside: tuple[Codes, Digits] | None) -> Evidence:
    """Share of random names of the mean codes that fit those of another network as well, each pair of members.

    The p-value of a permutation test: a small one says that the likeness is no chance, not how great it is.
    """
    if beside is None:
        raise NotTestable("no codes of a fully connected network beside it")
    sides = (codes, digit), beside
    if not all(np.isin(range(10), names).all() for _, names in sides):
        raise NotTestable("a digit is not among the test images")
    widths = [z.shape[1] for each, _ in sides for z in each]
    if len(set(widths)) > 1:
        raise NotTestable(f"the networks have {' and '.join(map(str, sorted(set(widths))))} latents")
    places, others = ([np.stack([z[names == one].mean(0) for one in range(10)]) for z in each] for each, names in sides)
    found = [arrangement(one, other) for one in others for other in places]
    among = [arrangement(others[0], other, draws=0)[0] for other in others[1:]]
    said = f"Procrustes disparity {pd.Series([apart for apart, _ in found]).median():.2f}"
    said += f"; {pd.Series(among).median():.2f} among the fully connected ones" if among else ""
    return Evidence([share for _, share in found], said, "pair")


def convolutional_claims(codes: Codes, digit: Digits, seed: int = 0) -> list[dict[str, Any]]:
    """One row a claim about the codes of the convolutional autoencoder alone.

    Args:
        codes: posterior means of the test set, one array a seed.
        digit: of each test image, 0 to 9.
        seed: of the bootstrap.
    """
    tested = [(_separates("conv_"), lambda z: separation(pd.DataFrame(), z, digit))]
    tested += [(_gaussian("conv_"), gaussian), (_origin("conv_"), origin)]
    return judge_all(tested, codes, seed=seed)


def grid_claims(
    codes: Codes, digit: Digits, beside: tuple[Codes, Digits] | None = None, seed: int = 0
) -> list[dict[str, Any]]:
    """One row: the convolutional autoencoder's codes beside those of the fully connected one.

    Args:
        codes: posterior means of the test set, one array a seed.
        digit: of each test image, 0 to 9.
        beside: the same of the fully connected autoencoder.
        seed: of the bootstrap.
    """
    return judge_all([(GRID, lambda z: arranged(z, digit, beside))], codes, seed=seed)


def _distance(summary: pd.DataFrame, column: str, target: float) -> Evidence:
    rows = summary[summary["split"] == "validation"]
    if rows.empty:
        raise NotTestable("no validation losses")
    if "epoch" in rows and (rows["epoch"] != EPOCHS).any():
        raise NotTestable(f"the claim is about {EPOCHS} epochs, these are losses after {rows['epoch'].iloc[0]}")
    values = one_a_seed("summary", rows, column)
    return Evidence(np.abs(values - target), f"the figure itself: {', '.join(f'{value:.2f}' for value in values)} nats")


def _separates(prefix: str = "") -> Claim:
    return Claim(
        *(f"digits.{prefix}separation", SOURCE),
        "The digits separate in latent space though no label is ever seen.",
        "accuracy of 7 nearest neighbours on the test means, each point left out; chance is 0.1",
        *("1", ">=", 0.6),
    )


def _gaussian(prefix: str = "") -> Claim:
    return Claim(
        *(f"digits.{prefix}gaussian", SOURCE),
        "All codes together are roughly Gaussian.",
        "Kolmogorov-Smirnov distance of the standardised test means to N(0, 1), the larger of the latents",
        *("1", "<=", 0.1),
    )


def _origin(prefix: str = "") -> Claim:
    return Claim(
        *(f"digits.{prefix}origin", SOURCE),
        "They lie about the origin.",
        "distance of their mean from 0 in standard deviations of the prior",
        *("1", "<=", 0.25),
    )


GRID = Claim(
    *("digits.conv_grid", SOURCE),
    "The convolutional network's latent grid looks similar: the digits lie about each other alike, not by chance.",
    "permutation test: share of random names of the ten mean codes that fit the fully connected network's as well, "
    "up to a similarity",
    *("1", "<=", 0.05),
)
CLAIMS = (
    (
        Claim(
            *("digits.cross_entropy", SOURCE),
            "After 40 epochs the validation cross-entropy, decoded from the mean, is about 139 nats.",
            "distance of the cross-entropy at z = mu from 139 nats",
            *("nats", "<=", 3.0),
        ),
        cross_entropy_distance,
    ),
    (
        Claim(
            *("digits.kl", SOURCE),
            "After 40 epochs the validation KL divergence is about 6.1 nats.",
            "distance of the KL from 6.1 nats",
            *("nats", "<=", 0.5),
        ),
        kl_distance,
    ),
    (_separates(), separation),
    (_gaussian(), lambda summary, codes, digit: gaussian(codes)),
    (_origin(), lambda summary, codes, digit: origin(codes)),
    (
        Claim(
            *("digits.through", SOURCE),
            "Between two digits an interpolation passes through the regions of others.",
            "share of straight lines that cross another digit's region and return to none that they left",
            *("1", ">=", 0.5),
        ),
        lambda summary, codes, digit: through(codes, digit),
    ),
)
