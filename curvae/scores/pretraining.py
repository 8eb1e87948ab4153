"""Networks with and without pretraining: their misfit after as many epochs, and after as many passes in all."""

import pandas as pd

from curvae.intervals import mean_interval

FINE_TUNING, PASSES = "same epochs of fine-tuning", "same passes in all"


def compare_pretraining(pretrained: pd.DataFrame, scratch: pd.DataFrame, passes: int) -> pd.DataFrame:
    """Reconstruction of the validation set with pretraining beside that of the same seed without it.

    Args:
        pretrained: history of training after pretraining, one row a member, epoch and split: seed, epoch, split, recon.
        scratch: the same of networks with random initial weights, of as many epochs or more.
        passes: through the training set that the pretraining took of each layer; if `scratch` lasts that much longer,
            both are also compared after as many passes in all.

    Returns:
        One row a comparison and seed: comparison, seed, epoch (of the fine-tuning), scratch_epoch, pretrained, scratch
        and difference [nats/sample]; with mean, low, high of the difference over seeds (95 %, Student's t). A member
        that diverged makes its difference NaN, and these with it.

    Raises:
        ValueError: the seeds differ, or `scratch` has fewer epochs.
    """
    last = int(pretrained["epoch"].max())
    first, second = (_by_seed(table) for table in (pretrained, scratch))
    if list(first.columns) != list(second.columns):
        raise ValueError(f"seeds {list(first.columns)} and {list(second.columns)}: allowed: the same")
    if second.index.max() < last:
        raise ValueError(f"scratch: {second.index.max()} epochs; allowed: at least {last}")
    rows = []
    for comparison, epoch in ((FINE_TUNING, last), (PASSES, last + passes)):
        if epoch not in second.index:
            continue
        difference = first.loc[last] - second.loc[epoch]
        about = mean_interval(difference.to_numpy())
        for seed in difference.index:
            values = (first.loc[last, seed], second.loc[epoch, seed], difference[seed])
            rows.append((comparison, seed, last, epoch, *values, *about))
    columns = [
        "comparison",
        "seed",
        "epoch",
        "scratch_epoch",
        "pretrained",
        "scratch",
        "difference",
        "mean",
        "low",
        "high",
    ]
    return pd.DataFrame(rows, columns=columns)


def _by_seed(history: pd.DataFrame) -> pd.DataFrame:
    """Validation misfit [epoch, seed]."""
    return history[history["split"] == "validation"].pivot_table("recon", "epoch", "seed", dropna=False)
