"""How weird and how sparse codes are: what a Gaussian misses of them, and how empty it is where it draws."""

import numpy as np
import pandas as pd
import torch
from scipy.spatial import cKDTree
from scipy.stats import entropy
from torch.distributions import MultivariateNormal

from curvae.flows.coupling import Points
from curvae.flows.density import fit_flow

USUAL = 0.95  # share of held-out codes that have a training code within reach
CELLS = 8  # principal directions that are cut in halves, at most


def code_shape(train: Points, test: Points, *, steps: int = 1000, draws: int = 2000, seed: int = 0) -> pd.DataFrame:
    """Measures of a cloud of codes in which, but for ``empty_prior``, a Gaussian cloud has 0, 0.05, or 1.

    Codes are whitened by mean and covariance of the training codes. A point is *empty* if its nearest training code is
    farther than that of 95 % of the test codes.

    Args:
        train: codes [point, latent] that all is fitted to.
        test: held-out codes.
        steps: of the flow's optimiser.
        draws: points drawn.
        seed: of flow and draws.

    Returns:
        One row a measure: measure, value, low, high (95 %, normal approximation; NaN without), n. ``gain``: nats of a
        test code by which a flow (RealNVP) exceeds a Gaussian, both fitted. ``empty_gaussian``, ``empty_prior``: share
        of the draws of that Gaussian, and of N(0, I), that are empty. ``cells``: exp(H) over the number of orthants of
        the first 8 principal directions, at most 1, with their entropy H from m orthants that hold n codes, to which
        (m - 1) / 2n is added (Miller & Madow). ``kurtosis``: E m^2 / (d (d + 2)) - 1 with the squared
        Mahalanobis norm m of d latents.

    Raises:
        ValueError: codes with one latent.
    """
    train, test = train.double(), test.double()
    mean, dim = train.mean(0), train.shape[1]
    covariance = train.T.cov().reshape(dim, dim)
    spread, axes = torch.linalg.eigh(covariance)
    axes = axes.flip(1) / spread.flip(0).sqrt()
    known, held_out = (((codes - mean) @ axes).numpy() for codes in (train, test))
    gaussian = MultivariateNormal(mean, covariance)
    flow = fit_flow(train.float(), steps=steps, seed=seed)
    with torch.no_grad():
        gain = (flow.log_prob(test.float()).double() - gaussian.log_prob(test)).numpy()
    rows = [("gain", *_interval(gain))]
    tree, random = cKDTree(known), np.random.default_rng(seed)
    reach = np.quantile(tree.query(held_out)[0], USUAL)
    normal = random.standard_normal((draws, dim))
    of_prior = ((torch.as_tensor(normal) - mean) @ axes).numpy()
    for name, drawn in (("empty_gaussian", normal), ("empty_prior", of_prior)):
        rows.append((name, *_interval((tree.query(drawn)[0] > reach).astype(float))))
    signs = held_out[:, :CELLS] > 0
    _, counts = np.unique(signs @ (1 << np.arange(signs.shape[1])), return_counts=True)
    nats = entropy(counts) + (len(counts) - 1) / (2 * len(test))
    rows.append(("cells", min(1.0, np.exp(nats) / 2 ** signs.shape[1]), np.nan, np.nan, len(test)))
    norm = (held_out**2).sum(1)
    rows.append(("kurtosis", *_interval(norm**2 / (dim * (dim + 2)) - 1)))
    return pd.DataFrame(rows, columns=["measure", "value", "low", "high", "n"])


def _interval(values: np.ndarray) -> tuple[float, float, float, int]:
    mean, half = values.mean(), 1.96 * values.std(ddof=1) / np.sqrt(len(values))
    return mean, mean - half, mean + half, len(values)
