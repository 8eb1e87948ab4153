"""Which density fits the codes of an autoencoder: its prior, a Gaussian, or a flow?"""

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal
from tqdm import tqdm

from curvae.flows.coupling import Flow, Points

FLOWS = ("nice", "realnvp", "spline")


def fit_flow(
    points: Points,
    *,
    kind: str = "realnvp",
    steps: int = 1000,
    batch: int = 1000,
    lr: float = 5e-3,
    seed: int = 0,
) -> Flow:
    """The flow of greatest likelihood, by Adam on random batches with a cosine learning rate.

    Args:
        points: to fit, finite.
        kind: nice or realnvp (eight couplings), or spline (two autoregressive splines).
        steps: of the optimiser.
        batch: points a step.
        lr: learning rate at the start.
        seed: of initial weights and batches.

    Raises:
        ValueError: another kind, or points that are not finite or do not vary in some dimension.
    """
    if kind not in FLOWS:
        raise ValueError(f"kind = {kind!r}: allowed: {', '.join(FLOWS)}")
    if not points.isfinite().all() or not (points.std(0) > 0).all():
        raise ValueError("points: NaN, infinite or constant; allowed: finite and varying in every dimension")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        flow = _start(kind, points.mean(0), points.std(0)).to(points.dtype)
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(flow.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in tqdm(range(steps), desc="flow", unit="step", disable=None):
        chosen = torch.randint(len(points), (min(batch, len(points)),), generator=generator)
        optimiser.zero_grad()
        (-flow.log_prob(points[chosen]).mean()).backward()
        optimiser.step()
        schedule.step()
    return flow


def _start(kind: str, mean: Tensor, deviation: Tensor) -> Flow:
    if kind == "spline":
        from curvae.flows.spline import SplineFlow  # the only one that asks for zuko

        return SplineFlow(mean, deviation)
    return Flow(mean, deviation, additive=kind == "nice")


def densities(train: Points, test: Points, *, steps: int = 1000, seed: int = 0) -> pd.DataFrame:
    """Mean log-density of held-out points under the prior N(0, I), a fitted Gaussian and fitted flows.

    Args:
        train: points that the densities are fitted to.
        test: points that they are judged on.
        steps: of the flows' optimiser.
        seed: of the flows.

    Returns:
        One row a density: density, nats (mean over the test points), low, high (95 % interval of the
        mean, normal approximation), n, and of flows f ``expansion``: mean log |det df/dx| at the test points, less that
        at as many points drawn evenly from the box around them [nats].
    """
    dim = train.shape[1]
    gaussian = MultivariateNormal(train.mean(0), train.T.cov())
    prior = MultivariateNormal(torch.zeros(dim, dtype=train.dtype), torch.eye(dim, dtype=train.dtype))
    flows = {kind: fit_flow(train, kind=kind, steps=steps, seed=seed) for kind in FLOWS}
    fitted = {"prior": prior, "gaussian": gaussian, **flows}
    rows, low, high = [], test.min(0).values, test.max(0).values
    box = low + (high - low) * torch.rand(test.shape, generator=torch.Generator().manual_seed(seed), dtype=test.dtype)
    for name, density in fitted.items():
        expansion = np.nan
        with torch.no_grad():
            values = density.log_prob(test).double().numpy()
            if isinstance(density, Flow):
                expansion = (density(test)[1].mean() - density(box)[1].mean()).item()
        middle, half = values.mean(), 1.96 * values.std(ddof=1) / np.sqrt(len(values))
        rows.append((name, middle, middle - half, middle + half, len(values), expansion))
    return pd.DataFrame(rows, columns=["density", "nats", "low", "high", "n", "expansion"])
