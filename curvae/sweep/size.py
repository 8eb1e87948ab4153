"""How many networks fit side by side: enough to keep the machine busy, and never more than its memory holds."""

import logging
from math import prod
from pathlib import Path
from typing import Any

import psutil
import torch

from curvae.words import counted

log = logging.getLogger(__name__)

BUSY = {"cpu": 64 * 2**20, "cuda": 8 * 2**30}  # bytes of activations beyond which more members save no time
SHARE = 0.5  # of the free memory that a stack may take


def stack_size(
    model: Any, objective: Any, samples: int, batch: int, members: int, device: torch.device, itemsize: int, free: int
) -> int:
    """Number of members to train side by side, from 1 to `members`.

    The first bound depends on the settings alone, so that a sweep is cut the same way on every machine that has the
    memory; only where that is short do fewer members go together, and the log says so.

    Args:
        model: equations, with `shapes`, `noise` and `activations`.
        objective: what is minimised, with `shapes`, `noise` and `pairs`.
        samples: of all splits.
        batch: samples a step.
        members: in the sweep.
        device: where it is trained.
        itemsize: bytes of one number.
        free: bytes that are free there.

    Raises:
        MemoryError: not even one member fits.
    """
    critic = sum(shape[0] for shape in objective.shapes.values() if len(shape) == 1)
    activations = itemsize * batch * (model.activations + critic + batch * objective.pairs)
    weights = itemsize * sum(prod(shape) for part in (model, objective) for shape in part.shapes.values())
    draws = samples * (itemsize * sum(prod(shape) for shape in (model.noise, objective.noise) if shape) + 8)
    steps = 2 if device.type == "cuda" else 1  # one that runs as it is written, and the record of one
    member = 7 * weights + 5 * steps * activations + 2 * draws
    fit = int(SHARE * free / member)
    if fit < 1:
        raise MemoryError(
            f"a network and its activations take {member / 2**20:.0f} MB; allowed: {SHARE:.0%} of the free memory of "
            f"{device}, {free / 2**20:.0f} MB. A smaller `batch` needs less"
        )
    size = min(members, max(1, BUSY[device.type] // activations))
    if fit < size:
        log.warning("memory of %s holds %s side by side, not %d", device, counted(fit, "network"), size)
    return min(size, fit)


def free_bytes(device: torch.device) -> int:
    """Memory that a job may still take: of the device, or of the host and of its control group.

    Of a device also what torch has reserved there and holds no tensor.
    """
    if device.type == "cuda":
        idle = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + idle
    return min(psutil.virtual_memory().available, *_group_rooms())


def _group_rooms(root: str = "/sys/fs/cgroup") -> list[int]:
    """Bytes left under the memory limits of this process's control group and the groups around it (version 2)."""
    rooms = []
    try:
        own = Path("/proc/self/cgroup").read_text().rpartition("::")[2].strip().lstrip("/")
    except OSError:
        return [2**62]
    for folder in (Path(root, own), *Path(root, own).parents):
        try:
            limit = (folder / "memory.max").read_text().strip()
            if limit != "max":
                kept = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
                used = int((folder / "memory.current").read_text()) - int(kept["inactive_file"])
                rooms.append(int(limit) - used)
        except (OSError, KeyError, ValueError):
            continue
    return rooms or [2**62]
