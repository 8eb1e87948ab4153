"""The history of a run: means per sample of every term, a row a member, epoch and split."""

import io
from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor

COLUMNS = ("member", "epoch", "split", "frozen", "loss")  # beside the terms; no axes of members


class History:
    """Rows gathered an epoch and split at a time.

    Args:
        members: axes of every member; they become columns.
    """

    def __init__(self, members: list[dict[str, Any]]):
        self.members, self.parts, self.last = members, [], pd.DataFrame()

    def add(self, epoch: int, split: str, totals: dict[str, Tensor], samples: Any, frozen: Tensor) -> None:
        """Add one row a member.

        Args:
            epoch: from 1.
            split: ``train`` or ``validation``.
            totals: sums over samples, [member] or, for ``kl``, which a generator lacks, [member, latent].
            samples: number of samples in the sums, or name -> number where the sums differ in it.
            frozen: which members are trained no more.
        """
        counts = samples if isinstance(samples, dict) else dict.fromkeys(totals, samples)
        means = {name: (total / counts[name]).cpu() for name, total in totals.items()}
        latents = means.pop("kl", None)
        columns = {name: means[name].numpy() for name in sorted(means)}
        if latents is not None:
            columns |= {"kl": latents.sum(-1).numpy()}
            columns |= {f"kl_{j}": latents[:, j].numpy() for j in range(latents.shape[-1])}
        place = {"member": range(len(self.members)), "epoch": epoch, "split": split}
        self.last = pd.DataFrame({**place, **columns, "frozen": frozen.cpu().numpy()})
        self.parts.append(self.last)

    def newest(self) -> pd.DataFrame:
        """Both splits of the last epoch."""
        return pd.concat(self.parts[-2:], ignore_index=True)

    def summary(self) -> str:
        """The validation loss of the members that are still trained."""
        losses = self.last.loc[~self.last["frozen"] & np.isfinite(self.last["loss"]), "loss"]
        if losses.empty:
            return "no member left"
        low, middle, high = losses.quantile([0, 0.5, 1])
        return f"validation loss {middle:.4g} ({low:.4g} to {high:.4g})"

    def table(self) -> pd.DataFrame:
        """All rows, with the members' axes."""
        coordinates = pd.DataFrame(self.members).rename_axis("member").reset_index()
        return coordinates.merge(pd.concat(self.parts, ignore_index=True), on="member")

    def to_bytes(self) -> bytes:
        """All rows so far, exactly."""
        room = io.BytesIO()
        (pd.concat(self.parts, ignore_index=True) if self.parts else self.last).to_parquet(room)
        return room.getvalue()

    def from_bytes(self, content: bytes) -> None:
        """Go on from rows that `to_bytes` gave."""
        rows = pd.read_parquet(io.BytesIO(content))
        self.parts = [] if rows.empty else [rows]
