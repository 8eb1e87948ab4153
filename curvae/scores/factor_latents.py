"""What every latent knows of every factor."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from curvae.scores.information import InformationSettings, bin_latents, binned_information
from curvae.scores.result import stream
from curvae.scores.sample import prepare


def factor_latents(
    codes: ArrayLike, factors: ArrayLike, *, seed: int = 0, factor_names: Sequence[str] | None = None, bootstrap: int
) -> pd.DataFrame:
    """The share I(z_j; v_k) / H(v_k) of a factor's entropy that one latent tells, for each latent and factor.

    Plug-in estimates from counts, latents in 20 bins of equal frequency, as in `mig`. The bootstrap keeps the bins;
    its percentiles are moved so that their median is the share, for resampling adds the estimator's bias once more.

    Args:
        codes: [n, d] array or CPU tensor.
        factors: [n, k] discrete or continuous; constant ones are left out.
        seed: of the thinning to 50,000 samples, the bootstrap and the permutations.
        factor_names: k names.
        bootstrap: resamples of the interval.

    Returns:
        One row a latent (from 1) and factor: latent, factor, share, low and high (95 % interval), floor (mean of 5
        permutations of the codes against the factors).

    Raises:
        ValueError: codes or factors that are not allowed.
    """
    chosen = InformationSettings()
    sample = prepare(
        codes,
        factors,
        factor_names,
        max_levels=chosen.max_levels,
        factor_bins=chosen.factor_bins,
        points=chosen.points,
        rng=stream(seed, "sample"),
    )
    bins, labels = bin_latents(sample.codes, chosen.binning, chosen.bins), sample.labels
    share = binned_information(bins, labels).share()
    rng, shuffle = stream(seed, "bootstrap"), stream(seed, "floor")
    draws = [rng.integers(len(bins), size=len(bins)) for _ in range(bootstrap)]
    resampled = np.stack([binned_information(bins[rows], labels[rows]).share() for rows in draws])
    low, middle, high = np.quantile(resampled, [0.025, 0.5, 0.975], axis=0)
    floors = [binned_information(shuffle.permutation(bins), labels).share() for _ in range(chosen.permutations)]
    latents, names = share.shape[0], sample.names
    return pd.DataFrame(
        {
            "latent": np.repeat(np.arange(1, latents + 1), len(names)),
            "factor": np.tile(names, latents),
            "share": share.ravel(),
            "low": np.maximum(0, share + low - middle).ravel(),
            "high": np.minimum(1, share + high - middle).ravel(),
            "floor": np.mean(floors, axis=0).ravel(),
        }
    )
