"""What is asserted of digits that generators and autoencoders draw (Philion 2018, Konuk 2018)."""

from typing import Any

import pandas as pd

from curvae.claims.claim import Claim, Evidence, NotTestable, judge_all, require
from curvae.words import counted

SOURCE, SLIDES = "Philion 2018", "Konuk 2018"
COLUMNS = ("network", "epochs", "sharpness", "evenness", "frechet", "leap", "confidence", "classes")


def generation_claims(table: pd.DataFrame, seed: int = 0) -> list[dict[str, Any]]:
    """One row a claim about generated digits.

    Args:
        table: of `curvae.generation.generation_table`, with the columns ``network`` (``generator``, ``mlp`` or
            ``philion``; none of training images), ``epochs`` of training, and ``leap``: median of
            `curvae.generation.leaps` on straight ways between two draws.
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing.
    """
    require("table", table, COLUMNS)
    return judge_all(CLAIMS, table, seed=seed)


def smoother(table: pd.DataFrame) -> Evidence:
    """Evenness of every autoencoder that was trained longest less that of the best generator."""
    autoencoders, generators = _longest(_parts(table, "mlp", "generator"))
    difference = autoencoders["evenness"] - generators["evenness"].max()
    return Evidence(difference, _said(autoencoders, generators, "evenness"))


def sharper(table: pd.DataFrame) -> Evidence:
    """Sharpness of every generator less that of the sharpest autoencoder that was trained longest."""
    autoencoders, generators = _longest(_parts(table, "mlp", "generator"))
    difference = generators["sharpness"] - autoencoders["sharpness"].max()
    return Evidence(difference, _said(autoencoders, generators, "sharpness"))


def without_leaps(table: pd.DataFrame) -> Evidence:
    """Share of the decoded way between two draws that the largest of nine steps takes, of every generator."""
    autoencoders, generators = _longest(_parts(table, "mlp", "generator"))
    return Evidence(generators["leap"], f"{_said(autoencoders, generators, 'leap')}; 0.111 if all steps are even")


def alike(table: pd.DataFrame) -> Evidence:
    """|Frechet distance of convolutional samples / that of fully connected ones after as many epochs - 1|."""
    dense, convolutional = _parts(table, "mlp", "philion")
    epochs = convolutional["epochs"].max()
    if epochs not in set(dense["epochs"]):
        trained = (f"{part['network'].iloc[0]} for {part['epochs'].max():g}" for part in (dense, convolutional))
        raise NotTestable(f"trained for different numbers of epochs: {', '.join(trained)}")
    dense, convolutional = (part[part["epochs"] == epochs] for part in (dense, convolutional))
    ratio = convolutional["frechet"] / dense["frechet"].median()
    return Evidence(
        (ratio - 1).abs(), f"{_said(dense, convolutional, 'frechet')}; {counted(int(epochs), 'epoch')} each"
    )


def of_real(column: str) -> Any:
    """Measure of the draws of every autoencoder that was trained longest over the same of training images."""

    def measure(table: pd.DataFrame) -> Evidence:
        (autoencoders,) = _longest(_parts(table, "mlp"))
        real = table.loc[table["network"].isna(), column]
        if real.empty:
            raise NotTestable("no real images were measured")
        said = f"{column} of mlp: {autoencoders[column].median():.3g}, of training images: {real.iloc[0]:.3g}"
        return Evidence(autoencoders[column] / real.iloc[0], said)

    return measure


def _longest(parts: list[pd.DataFrame]) -> list[pd.DataFrame]:
    return [part[part["epochs"] == part["epochs"].max()] for part in parts]


def _parts(table: pd.DataFrame, *networks: str) -> list[pd.DataFrame]:
    parts = [table[table["network"] == network] for network in networks]
    for part, network in zip(parts, networks, strict=True):
        if part.empty:
            raise NotTestable(f"no samples of a network {network}")
    return parts


def _said(first: pd.DataFrame, second: pd.DataFrame, column: str) -> str:
    names = (f"{part['network'].iloc[0]}: {part[column].median():.3g}" for part in (first, second))
    return f"{column} of {', '.join(names)}"


CLAIMS = (
    (
        Claim(
            *("generation.smooth", SOURCE),
            "Digits of the adversarial network are not as smooth as those of the autoencoder.",
            "correlation of neighbouring pixels, autoencoder less adversarial network",
            *("1", ">=", 0.0),
        ),
        smoother,
    ),
    (
        Claim(
            *("generation.fuzzy", SOURCE),
            "Digits of the adversarial network are less fuzzy than those of the autoencoder.",
            "sharpness, adversarial network less autoencoder",
            *("1", ">=", 0.0),
        ),
        sharper,
    ),
    (
        Claim(
            *("generation.somewhat", SOURCE),
            "The latent space of the adversarial network is at least somewhat smooth.",
            "largest of nine decoded steps between two draws as a share of the way, median over pairs; a leap has 1",
            *("1", "<=", 1 / 3),
        ),
        without_leaps,
    ),
    (
        Claim(
            *("generation.alike", SOURCE),
            "Digits of the convolutional autoencoder look about identical to those of the fully connected one.",
            "distance of the ratio of their Frechet distances to test images from 1",
            *("1", "<=", 0.25),
        ),
        alike,
    ),
    *(
        (
            Claim(
                *(f"generation.{key}", SLIDES),
                "Decoded draws of the Gaussian prior are reasonable images.",
                f"{said}, draws of the autoencoder over training images",
                *("1", ">=", 0.9),
            ),
            of_real(key),
        )
        for key, said in (
            ("confidence", "mean probability that a classifier gives the likeliest digit"),
            ("classes", "exp of the entropy of the mean probabilities of the digits"),
        )
    ),
)
