"""What a sweep ended with; without torch, for a job an experiment does little else than start."""

from collections.abc import Sequence

import pandas as pd


def final_losses(histories: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One row a member and split: its axes, its last epoch and its losses then.

    Args:
        histories: tables of `train`, one a job; ``job`` numbers them in the result.
    """
    parts = []
    for job, history in enumerate(histories):
        last = history[history["epoch"] == history["epoch"].max()]
        parts.append(last.assign(job=job))
    return pd.concat(parts, ignore_index=True)
