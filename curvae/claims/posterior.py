"""What the study of flows as posteriors asserts (Pyle 2019, after Kingma et al. 2016)."""

from typing import Any

import pandas as pd

from curvae.claims.claim import Claim, Evidence, gains, judge_all, one_a_seed, require

SOURCE = "Kingma et al. 2016"


def posterior_claims(plain: pd.DataFrame, flow: pd.DataFrame, seed: int = 0) -> list[dict[str, Any]]:
    """One row a claim about flows as posteriors.

    Args:
        plain: bounds with a Gaussian posterior, one row a member and count: draws, bound [nats], seed.
        flow: the same with a flow.
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing, or a seed has several members.
    """
    for name, table in (("plain", plain), ("flow", flow)):
        require(name, table, ("draws", "bound", "seed"))
    return judge_all(CLAIMS, plain, flow, seed=seed)


def evidence_gain(plain: pd.DataFrame, flow: pd.DataFrame) -> Evidence:
    """The flow's evidence lower bound less the Gaussian's, nats a seed."""
    return _gain(plain, flow, plain["draws"].min())


def tight_gain(plain: pd.DataFrame, flow: pd.DataFrame) -> Evidence:
    """The same of the bounds with most draws."""
    return _gain(plain, flow, plain["draws"].max())


def _gain(plain: pd.DataFrame, flow: pd.DataFrame, draws: int) -> Evidence:
    before, after = (
        one_a_seed(name, table[table["draws"] == draws], "bound") for name, table in (("plain", plain), ("flow", flow))
    )
    said = [f"{values.mean():.2f}" for values in (before, after)]
    return Evidence(
        gains(after, before), f"K = {draws}; mean bound {said[0]} nats with a Gaussian, {said[1]} with the flow"
    )


CLAIMS = (
    (
        Claim(
            *("posterior.bound", SOURCE),
            "An inverse autoregressive flow as posterior raises the evidence lower bound over a diagonal Gaussian's.",
            "evidence lower bound of test images with the flow, less that with the Gaussian, same seed",
            *("nats", ">=", 0.0),
        ),
        evidence_gain,
    ),
    (
        Claim(
            *("posterior.likelihood", SOURCE),
            "The model that it trains is better too: so is the bound that many draws make tight.",
            "importance-weighted bound of test images with the flow, less that with the Gaussian, same seed",
            *("nats", ">=", 0.0),
        ),
        tight_gain,
    ),
)
