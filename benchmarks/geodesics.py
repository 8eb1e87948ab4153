"""Milliseconds a geodesic on a trained MNIST decoder: curvae beside stochman, singly and batched, in one run.

    PYTHONPATH=. python benchmarks/geodesics.py [--threads 2] [--pairs 10000] [--write]
    PYTHONPATH=. python benchmarks/geodesics.py --device cuda --pairs 1000000 [--count 1024] [--write]

stochman, which is left out where it cannot be imported (``pip install --no-deps stochman==0.3.0``), solves the first
pairs of the same list: some one after the other, more in batches. Lengths of every contestant's curves are measured by
one rule, the decoded polyline of 1,025 points. Times are the processor's (of all threads), which other programs on the
machine disturb less than the clock.

With ``--device`` torch solves half the pairs and then all of them there, on "cpu" as well, where compiled code is left
aside: geodesics a minute, memory, and lengths beside those of the compiled solver in float64. ``--count`` pairs are
then solved once more, as many at once as on a card, and every kernel, byte and wait for the device counted.
"""

import argparse
import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from ceilings import Traffic, least
from page import command, processor, put
from torch import Tensor

from curvae import data
from curvae.geometry import Geodesics, PullbackMetric, Status, geodesic, geodesics, newton, pairwise_distances, tabulate
from curvae.geometry import metric as metric_module
from curvae.geometry import table as table_module
from curvae.geometry.sizes import times
from curvae.models import build
from curvae.settings.data import Mnist
from curvae.settings.model import VAE
from curvae.settings.train import Budget
from curvae.sweep import Stack, train
from curvae.types import Codes, Curves, Decoder
from curvae.words import counted

MODEL = VAE(kind="vae", hidden=(64, 32), latent=2, activation="tanh", likelihood="bernoulli")


def trained(epochs: int, settings: VAE = MODEL, beta: float = 1.0) -> tuple[Decoder, Codes]:
    """The decoder of `fitted` in float64, and the codes."""
    stack, codes = fitted(epochs, settings, beta)
    return stack.decoder(0, torch.float64), codes


def fitted(epochs: int, settings: VAE = MODEL, beta: float = 1.0) -> tuple[Stack, Codes]:
    """A VAE of digits, by default 784-64-32-2-32-64-784, and the codes of the test images in float64."""
    arrays = data.make(Mnist(kind="mnist"))
    split = {name: data.split(arrays, name)["images"].values for name in ("train", "test")}
    flat = {name: torch.as_tensor(x, dtype=torch.float32).flatten(1) for name, x in split.items()}
    member = {"beta": beta, "lam": 0.0, "seed": 0}
    budget = Budget(epochs=epochs, batch=100, lr=1e-3)
    model = build(settings, tuple(split["train"].shape[1:]))
    found = train(model, {"train": flat["train"], "validation": flat["test"][:1000]}, [member], budget)
    stack = Stack(model, found.weights, [member])
    return stack, torch.as_tensor(stack.encode(split["test"])[0][0], dtype=torch.float64)


def decoded_lengths(decoder: Decoder, curves: Curves) -> Tensor:
    """Length of the decoded polylines, [pair]."""
    with torch.no_grad():
        return torch.cat([decoder(curve).diff(dim=0).norm(dim=1).sum()[None] for curve in curves])


def with_stochman(decoder: Decoder, starts: Codes, ends: Codes, batch: int) -> Curves:
    """Curves [pair, 1025, latent] by stochman's own `connecting_geodesic`, in batches."""
    from stochman.manifold import EmbeddedManifold

    class Decoded(EmbeddedManifold):
        def embed(self, points, jacobian=False):
            return decoder(points.flatten(0, -2)).unflatten(0, points.shape[:-1])

    manifold, t = Decoded(), torch.linspace(0, 1, 1025, dtype=starts.dtype)
    curves = []
    for a, b in zip(starts.split(batch), ends.split(batch), strict=True):
        curve, _ = manifold.connecting_geodesic(a, b)
        with torch.no_grad():
            curves.append(curve(t).view(len(a), len(t), -1))
    return torch.cat(curves)


def main() -> None:
    """Print the table of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2, help="threads of every contestant (default: 2)")
    parser.add_argument("--pairs", type=int, default=10000, help="of curvae (default: 10000)")
    parser.add_argument("--peer-pairs", type=int, default=128, help="of stochman in batches (default: 128)")
    parser.add_argument("--peer-batch", type=int, default=64, help="pairs a batch of stochman's (default: 64)")
    parser.add_argument("--peer-singly", type=int, default=16, help="of stochman one by one (default: 16)")
    parser.add_argument("--epochs", type=int, default=20, help="of the decoder's training (default: 20)")
    parser.add_argument("--reference", type=int, default=20, help="pairs solved without a table (default: 20)")
    parser.add_argument("--codes", type=int, nargs=2, default=(64, 142), help="of all distances (default: 64 142)")
    parser.add_argument("--device", help="where torch solves them, without peers, such as cuda")
    parser.add_argument("--count", type=int, default=0, help="pairs whose kernels are counted, with --device")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    logging.disable(logging.INFO)
    if arguments.device:
        stack, codes = fitted(arguments.epochs)
        lines = on_device(stack, codes, arguments)
        print("\n".join(lines))
        if arguments.write:
            put(lines, "benchmarks.md", "benchmarks/geodesics.py --device")
        return
    decoder, codes = trained(arguments.epochs)
    metric = PullbackMetric(decoder)
    starts, ends = drawn_pairs(codes, arguments.pairs)
    table, tabulated = timed(lambda: tabulate(metric, codes))[:2]
    _, compiling = timed(lambda: geodesics(table, starts[:32], ends[:32], table=table))[:2]
    matrices = [timed(lambda n=n: pairwise_distances(table, codes[:n], table=table)) for n in arguments.codes]
    found, solved, clock, grown = timed(lambda: geodesics(metric, starts, ends, table=table))
    ours = (solved + tabulated) / arguments.pairs
    counts = {status.name.lower(): int((found.status == status).sum()) for status in Status}
    share = found.converged.double().mean()
    longest = (found.length / found.straight_length)[~found.length.isnan()].nan_to_num(0).max()

    few = slice(0, arguments.reference)
    t = torch.linspace(0, 1, 65, dtype=starts.dtype)
    initial = found[few](t)
    fine, direct = timed(
        lambda: Geodesics.join(
            [solved_alone(metric, *pair) for pair in zip(starts[few], ends[few], initial, strict=True)]
        )
    )[:2]
    error = (found.length[few] / fine.length - 1).abs()[fine.converged]

    rows = [
        (f"curvae, {arguments.pairs} pairs", ours, None),
        ("curvae, without a table, to a residual of 1e-3", direct / arguments.reference, None),
    ]
    t = torch.linspace(0, 1, 1025, dtype=starts.dtype)
    try:
        name = f"stochman {version('stochman')}"
    except PackageNotFoundError:
        print("stochman is not installed: left out\n")
    else:
        singly, many, batch = arguments.peer_singly, arguments.peer_pairs, arguments.peer_batch
        for how, count, size in (("singly", singly, 1), (f"in batches of {batch}", many, batch)):
            few = starts[:count], ends[:count], size
            curves, seconds = timed(lambda few=few: with_stochman(decoder, *few))[:2]
            excess = decoded_lengths(decoder, curves) / decoded_lengths(decoder, found[:count](t)) - 1
            rows.append((f"{name}, {how}, {count} pairs", seconds / count, excess))
    where = f"{processor()}, torch {torch.__version__}, {date.today()}"
    lines = [
        f"{counted(arguments.threads, 'thread')} of {where}; float64; {command('benchmarks/geodesics.py')}",
        "",
        "| how | CPU ms a geodesic | times curvae's | length over curvae's, median and least |",
        "|---|---|---|---|",
    ]
    for how, seconds, excess in rows:
        longer = "" if excess is None else f"{excess.median():+.2%}, {excess.min():+.2%}"
        lines.append(f"| {how} | {1e3 * seconds:.2f} | {seconds / ours:.0f} | {longer} |")
    lines += [
        "",
        "| of curvae's pairs | |",
        "|---|---|",
        f"| converged | {share:.3%} |",
        f"| by status | {', '.join(f'{name} {n}' for name, n in counts.items() if n)} |",
        f"| largest length over the straight line's | {longest:.6f} |",
        f"| length beside that of curves solved on the decoder to a residual of 1e-3, up to 512 pieces, "
        f"{len(error)} pairs: largest and median difference | {error.max():.2g}, {error.median():.2g} |",
        f"| table of {table.side} points a side, counted in every pair's share | {tabulated:.1f} CPU s |",
        f"| solving, beside the table | {1e3 * solved / arguments.pairs:.2f} CPU ms a pair, {clock:.0f} s elapsed |",
        f"| memory beyond what was held before, at its peak | {grown:.0f} MB |",
        f"| first call, which loads what is compiled, or compiles it | {compiling:.1f} CPU s |",
        *(
            f"| all distances between {n} codes, {n * (n - 1) // 2} pairs, lengths only, by the table | "
            f"{2e3 * seconds / n / (n - 1):.2f} CPU ms a pair, {elapsed:.0f} s elapsed, {more:.0f} MB |"
            for n, (_, seconds, elapsed, more) in zip(arguments.codes, matrices, strict=True)
        ),
    ]
    print("\n".join(lines))
    if arguments.write:
        put(lines, "benchmarks.md", "benchmarks/geodesics.py")


def drawn_pairs(codes: Codes, count: int) -> tuple[Codes, Codes]:
    """Starts and ends, random codes."""
    chosen = np.random.default_rng(0).integers(len(codes), size=(2, count))
    chosen[1] = np.where(chosen[0] == chosen[1], (chosen[1] + 1) % len(codes), chosen[1])
    return codes[chosen[0]], codes[chosen[1]]


def on_device(stack: Stack, codes: Codes, arguments: argparse.Namespace) -> list[str]:
    """The table of a run of torch alone."""
    device, pairs = torch.empty(0, device=arguments.device).device, arguments.pairs  # with its index
    starts, ends = drawn_pairs(codes, pairs)
    own = PullbackMetric(stack.decoder(0, torch.float64))
    placed = Stack(stack.model, {name: w.to(device) for name, w in stack.weights.items()}, stack.members)
    metric = PullbackMetric(placed.decoder(0, torch.float64))
    few = slice(0, arguments.reference)
    with by_torch():
        room = torch.rand(2, 2**24 * times(device), device=device)
        rate = 2 * room[0].nbytes / least(lambda: room[0].copy_(room[1]))
        del room
        if device.type == "cuda":
            torch.cuda.empty_cache()
        table, tabulated, _ = measured(lambda: tabulate(metric, codes.to(device)), device)
        starts, ends = starts.to(device), ends.to(device)
        _, first, _ = measured(lambda: geodesics(metric, starts[:256], ends[:256], table=table), device)
        solved = [
            measured(lambda n=n: geodesics(metric, starts[:n], ends[:n], table=table), device)
            for n in (pairs // 2, pairs)
        ]
    found, seconds, _ = solved[-1]
    held = [more - sum(x.nbytes for x in vars(curves).values()) / 2**20 for curves, _, more in solved]
    counts = {status.name.lower(): int((found.status == status).sum()) for status in Status}
    here = table.to(torch.device("cpu"))
    reference = geodesics(own, starts[few].cpu(), ends[few].cpu(), table=here)
    sure = reference.converged & found.converged[few].cpu()
    error = (found.length[few].cpu() / reference.length - 1).abs()[sure]
    where = f"{counted(arguments.threads, 'thread')} of {processor()}"
    if device.type == "cuda":
        where = f"{torch.cuda.get_device_name(device)}, {where}"
    lines = [
        f"{where}, torch {torch.__version__}, {date.today()}; {command('benchmarks/geodesics.py')}",
        "",
        "| of pairs solved by torch | |",
        "|---|---|",
        f"| pairs, and at a time | {pairs}, {geodesic.BATCH * times(device)} |",
        f"| geodesics a minute, the table apart | {60 * pairs / seconds:.0f} |",
        f"| seconds elapsed: all pairs, the table, a first call with {len(starts[:256])} | "
        f"{seconds:.1f}, {tabulated:.1f}, {first:.1f} |",
        f"| converged | {found.converged.double().mean():.3%} |",
        f"| by status | {', '.join(f'{name} {n}' for name, n in counts.items() if n)} |",
        f"| MB at the peak beyond the curves and what was held before: half the pairs, all | "
        f"{held[0]:.0f}, {held[1]:.0f} |",
        f"| lengths beside the compiled solver's, {len(error)} pairs: largest and median difference | "
        f"{error.max():.2g}, {error.median():.2g} |",
        f"| GB/s of a large copy | {rate / 1e9:.4g} |",
    ]
    if arguments.count:
        traffic, some = Waits(), slice(0, arguments.count)
        with by_torch(larger=64 // min(64, times(device))), traffic:
            geodesics(metric, starts[some], ends[some], table=table)
        lines += [
            f"| kernels, waits for the device, of {arguments.count} pairs in a batch | "
            f"{traffic.kernels}, {traffic.waits} |",
            f"| MB moved a pair | {traffic.bytes.total() / 1e6 / arguments.count:.3g} |",
        ]
    return lines


class Waits(Traffic):
    """Counts what the host waits for, too: numbers and how many there are of something."""

    waits = 0

    def __torch_dispatch__(self, function, types, arguments=(), named=None):
        name = function._schema.name.removeprefix("aten::")
        chosen = arguments[1] if name in ("index", "index_put_") else ()
        by_truth = any(index is not None and index.dtype == torch.bool for index in chosen)
        self.waits += by_truth or name in ("_local_scalar_dense", "nonzero", "equal")
        return super().__torch_dispatch__(function, types, arguments, named)


@contextmanager
def by_torch(larger: int = 1) -> Iterator[None]:
    """Compiled code is left aside, as on every device but a processor, and so many times as much done at once."""
    changed = {(table_module, "compiled"): None}
    for room, size in ((geodesic, "BATCH"), (newton, "PIECES"), (table_module, "CHUNK"), (metric_module, "ROWS")):
        changed[room, size] = larger * getattr(room, size)
    kept = {place: getattr(*place) for place in changed}
    for place, value in changed.items():
        setattr(*place, value)
    try:
        yield
    finally:
        for place, value in kept.items():
            setattr(*place, value)


def measured(call: Callable[[], Any], device: torch.device) -> tuple[Any, float, float]:
    """What a call returned, seconds elapsed until the device had done it, and MB beyond what was held before."""
    if device.type != "cuda":
        result, _, took, more = timed(call)
        return result, took, more
    torch.cuda.synchronize(device)
    held = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    began = time.perf_counter()
    result = call()
    torch.cuda.synchronize(device)
    return result, time.perf_counter() - began, (torch.cuda.max_memory_allocated(device) - held) / 2**20


def solved_alone(metric: PullbackMetric, start: Tensor, end: Tensor, initial: Tensor) -> Geodesics:
    """One geodesic on the decoder itself, from a curve that is nearly one."""
    return geodesics(metric, start[None], end[None], accuracy=1e-3, initial=initial[None])


class Cost(NamedTuple):
    """What a call returned, its seconds of the processor and elapsed, and MB beyond what was held before."""

    result: Any
    processor: float
    elapsed: float
    memory: float


def timed(call: Callable[[], Any]) -> Cost:
    """Call, and what it cost; the kernel's record of the largest memory is reset before."""
    Path("/proc/self/clear_refs").write_text("5")
    held, processor, clock = memory("VmRSS"), time.process_time(), time.perf_counter()
    result = call()
    return Cost(result, time.process_time() - processor, time.perf_counter() - clock, memory("VmHWM") - held)


def memory(field: str) -> float:
    """A field of this process's status, MB."""
    return int(re.search(rf"{field}:\s*(\d+)", Path("/proc/self/status").read_text())[1]) / 1024


if __name__ == "__main__":
    main()
