"""What the study of the binarised digits asserts (Philion 2018)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from curvae.claims.claim import Claim, Evidence, NotTestable, judge_all, one_a_seed, require
from curvae.claims.neighbours import neighbour_accuracy

SOURCE = "Philion 2018"
EPOCHS = 40

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


def _distance(summary: pd.DataFrame, column: str, target: float) -> Evidence:
    rows = summary[summary["split"] == "validation"]
    if rows.empty:
        raise NotTestable("no validation losses")
    if "epoch" in rows and (rows["epoch"] != EPOCHS).any():
        raise NotTestable(f"the claim is about {EPOCHS} epochs, these are losses after {rows['epoch'].iloc[0]}")
    values = one_a_seed("summary", rows, column)
    return Evidence(np.abs(values - target), f"the figure itself: {', '.join(f'{value:.2f}' for value in values)} nats")


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
    (
        Claim(
            *("digits.separation", SOURCE),
            "The digits separate in latent space though no label is ever seen.",
            "accuracy of 7 nearest neighbours on the test means, each point left out; chance is 0.1",
            *("1", ">=", 0.6),
        ),
        separation,
    ),
)
