"""What bounds a training step: kernels, FLOP and bytes counted, achieved rates beside the ceilings of the machine.

    PYTHONPATH=. python benchmarks/ceilings.py [--device cuda] [--members 1000] [--threads 2] [--write]

Bytes are counted as if every kernel read each input once and wrote each output once. Ceilings are a large product of
matrices in float32 and a large copy. With `--device meta` nothing is run: the counts of a GPU alone, which takes the
misfit of the data in one kernel.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from unittest.mock import patch

import torch
from page import command, processor, put
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from curvae.models import build
from curvae.nets import fused
from curvae.objectives.elbo import Objective
from curvae.settings.model import VAE
from curvae.settings.objective import Elbo
from curvae.settings.train import Budget
from curvae.sweep.loop import Loop

CASES = {"784-50-50-4": ((50, 50), 4, 784, "bernoulli"), "2-30-30-2": ((30, 30), 2, 2, "gaussian")}
STEPS, BATCH = 20, 100
NONE = ("empty", "empty_like", "new_empty", "lift_fresh", "_unsafe_view")  # no kernels
CHOSEN = ("index", "index_select", "gather")  # read of their first argument what they write
FILLED = ("fill_", "zero_", "copy_")  # do not read what they change


class Traffic(TorchDispatchMode):
    """Counts kernels, and bytes by kernel."""

    def __init__(self):
        super().__init__()
        self.kernels, self.bytes = 0, Counter()

    def __torch_dispatch__(self, function, types, arguments=(), named=None):
        found, schema = function(*arguments, **(named or {})), function._schema
        name = schema.name.removeprefix("aten::")
        if function.is_view or name in NONE:
            return found
        given = {a.name: value for a, value in zip(schema.arguments, arguments, strict=False)} | (named or {})
        changed = [a.name for a in schema.arguments if a.alias_info and a.alias_info.is_write and a.name != "grads"]
        kept = [a.name for a in schema.arguments if a.is_out or (name in FILLED and a.name in changed)]
        read = [value for argument, value in given.items() if argument not in kept]
        written = [given[argument] for argument in changed if argument in given] or [found]
        read = [*written, *read[1:]] if name in CHOSEN else read
        self.kernels += 1
        self.bytes[name] += sum(size(x) for x in tree_leaves((read, written)) if isinstance(x, Tensor))
        return found

    def misfit(self, y: Tensor, bias: Tensor, x: Tensor, likelihood: str) -> Tensor:
        """Stands in for `curvae.misfit.misfit`, which no dispatcher sees."""
        nats = y.new_empty(y.shape[:2])
        self.kernels += 1
        self.bytes["misfit"] += sum(map(size, (y, y, bias, x, nats)))
        return nats


def size(x: Tensor) -> int:
    """Bytes in memory, where what is repeated lies once."""
    return x.itemsize * torch.Size(n for n, stride in zip(x.shape, x.stride(), strict=True) if stride).numel()


def loop(case: str, members: int, device: str) -> Loop:
    """A stack in its first epoch, of random images or points of zeros and ones."""
    hidden, latent, features, likelihood = CASES[case]
    model = build(VAE(kind="vae", hidden=hidden, latent=latent, likelihood=likelihood), (features,))
    x = torch.randint(2, ((STEPS + 1) * BATCH, features), dtype=torch.uint8).to(device)
    axes = [{"beta": 1.0, "lam": 0.0, "seed": seed} for seed in range(members)]
    objective, given = Objective(Elbo(), latent, len(x)), {"train": x, "validation": x[:BATCH]}
    stack = Loop(model, objective, given, axes, Budget(batch=BATCH), torch.float32)
    stack.compiled = False  # torch's operations are counted
    return stack


def seconds(run: Callable[[], object]) -> float:
    """Of a run that ends when the device has done it."""
    began = time.perf_counter()
    run()
    if torch.accelerator.is_available():
        torch.accelerator.synchronize()
    return time.perf_counter() - began


def least(run: Callable[[], object]) -> float:
    """Seconds of the fastest of five runs."""
    return min(seconds(run) for _ in range(5))


def measured(case: str, members: int, device: str) -> float:
    """Seconds a step, without what an epoch begins with: the fastest of three epochs."""
    stack, found = loop(case, members, device), []
    for _ in range(3):
        stack.state.first = 0
        steps = stack._steps()
        seconds(lambda steps=steps: next(steps))
        found.append(seconds(lambda steps=steps: list(steps)) / STEPS)
    return min(found)


def main() -> None:
    """Print the table of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu", help="where it runs (default: cpu)")
    parser.add_argument("--members", type=int, default=64, help="networks side by side (default: 64)")
    parser.add_argument("--threads", type=int, default=2, help="of the host (default: 2)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    where = f"{given.threads} threads of {processor()}, torch {torch.__version__}"
    if given.device.startswith("cuda"):
        where = f"{torch.cuda.get_device_name(given.device)}, {where}"
    lines = [f"{where}, {date.today()}; float32, batch {BATCH}; {command('benchmarks/ceilings.py')}"]
    if given.device != "meta":
        side = 2048 if given.device == "cpu" else 8192
        square, room = torch.rand(side, side, device=given.device), torch.rand(2, 2**26, device=given.device)
        flops = 2 * side**3 / least(lambda: square @ square)
        rate = 2 * room[0].nbytes / least(lambda: room[0].copy_(room[1]))
        lines += ["", f"Ceilings: {flops / 1e9:.4g} GFLOP/s, {rate / 1e9:.4g} GB/s."]
    lines += ["", "| networks | side by side | kernels | GFLOP | GB | ms | GFLOP/s | GB/s | most bytes |"]
    lines += ["|---|---|---|---|---|---|---|---|---|"]
    for case in CASES:
        steps, traffic, flop = loop(case, given.members, "meta")._steps(), Traffic(), FlopCounterMode(display=False)
        next(steps)
        kernel = None if given.device == "cpu" else traffic.misfit
        with traffic, flop, patch.object(fused, "misfit_kernel", return_value=kernel):
            next(steps)
        work, moved = flop.get_total_flops(), traffic.bytes.total()
        most = ", ".join(f"`{name}` {share / moved:.0%}" for name, share in traffic.bytes.most_common(4))
        row = [case, given.members, traffic.kernels, f"{work / 1e9:.4g}", f"{moved / 1e9:.4g}"]
        if given.device == "meta":
            row += ["", "", ""]
        else:
            took = measured(case, given.members, given.device)
            row += [f"{1e3 * took:.3g}", f"{work / took / 1e9:.4g}, {work / took / flops:.0%}"]
            row += [f"{moved / took / 1e9:.4g}, {moved / took / rate:.0%}"]
        lines.append(f"| {' | '.join(map(str, row))} | {most} |")
    print("\n".join(lines))
    if given.write:
        put(lines, "benchmarks.md", "benchmarks/ceilings.py")


if __name__ == "__main__":
    main()
