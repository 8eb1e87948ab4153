"""Milliseconds a geodesic on a trained MNIST decoder: curvae beside stochman, singly and batched, in one run.

    python benchmarks/geodesics.py [--threads 2] [--pairs 10000] [--peer-pairs 16] [--epochs 20]

stochman is left out where it is not installed (``pip install --no-deps stochman==0.3.0``). Lengths of every
contestant's curves are measured by one rule, the decoded polyline of 1,025 points.
"""

import argparse
import logging
import platform
import time
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import torch
from torch import Tensor

from curvae import data
from curvae.geometry import PullbackMetric, Status, geodesics, tabulate
from curvae.models import build
from curvae.settings.data import Mnist
from curvae.settings.model import VAE
from curvae.settings.train import Budget
from curvae.sweep import Stack, train
from curvae.types import Codes, Curves, Decoder

MODEL = VAE(kind="vae", hidden=(64, 32), latent=2, activation="tanh", likelihood="bernoulli")


def trained(epochs: int) -> tuple[Decoder, Codes]:
    """The decoder of a VAE 784-64-32-2-32-64-784 in float64, and the codes of the test images."""
    arrays = data.make(Mnist(kind="mnist"))
    split = {name: data.split(arrays, name)["images"].values for name in ("train", "test")}
    flat = {name: torch.as_tensor(x, dtype=torch.float32).flatten(1) for name, x in split.items()}
    member = {"beta": 1.0, "lam": 0.0, "seed": 0}
    budget = Budget(epochs=epochs, batch=100, lr=1e-3)
    model = build(MODEL, tuple(split["train"].shape[1:]))
    found = train(model, {"train": flat["train"], "validation": flat["test"][:1000]}, [member], budget)
    stack = Stack(model, found.weights, [member])
    codes = torch.as_tensor(stack.encode(split["test"])[0][0], dtype=torch.float64)
    return stack.decoder(0, torch.float64), codes


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
    """Print the table of docs/geometry.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2, help="threads of every contestant (default: 2)")
    parser.add_argument("--pairs", type=int, default=10000, help="of curvae (default: 10000)")
    parser.add_argument("--peer-pairs", type=int, default=16, help="of stochman, the first ones (default: 16)")
    parser.add_argument("--epochs", type=int, default=20, help="of the decoder's training (default: 20)")
    parser.add_argument("--reference", type=int, default=20, help="pairs solved without a table (default: 20)")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    logging.disable(logging.INFO)
    decoder, codes = trained(arguments.epochs)
    metric = PullbackMetric(decoder)
    chosen = np.random.default_rng(0).integers(len(codes), size=(2, arguments.pairs))
    chosen[1] = np.where(chosen[0] == chosen[1], (chosen[1] + 1) % len(codes), chosen[1])
    starts, ends = codes[chosen[0]], codes[chosen[1]]

    began = time.perf_counter()
    table = tabulate(metric, codes)
    tabulated = time.perf_counter() - began
    began = time.perf_counter()
    found = geodesics(metric, starts, ends, table=table)
    ours = (time.perf_counter() - began + tabulated) / arguments.pairs
    counts = {status.name.lower(): int((found.status == status).sum()) for status in Status}
    print(f"{arguments.threads} threads, {platform.machine()}, torch {torch.__version__}")
    print(f"table of {table.side} points a side: {tabulated:.1f} s, counted in every pair's share below")
    print(f"{arguments.pairs} pairs: { ({name: n for name, n in counts.items() if n}) }")
    longest = (found.length / found.straight_length)[~found.length.isnan()].nan_to_num(0).max()
    print(f"largest length over the straight line's: {longest:.6f}")

    few = slice(0, arguments.reference)
    began = time.perf_counter()
    t = torch.linspace(0, 1, 65, dtype=starts.dtype)
    fine = geodesics(metric, starts[few], ends[few], accuracy=1e-4, initial=found[few](t))
    direct = (time.perf_counter() - began) / arguments.reference
    error = (found.length[few] / fine.length - 1).abs().max()
    print(f"largest difference to curves polished on the decoder to a residual of 1e-4: {error:.2g} of the length\n")

    rows = [(f"curvae, {arguments.pairs} pairs", ours, None), ("curvae, polished without a table", direct, None)]
    some = slice(0, arguments.peer_pairs)
    t = torch.linspace(0, 1, 1025, dtype=starts.dtype)
    best = decoded_lengths(decoder, found[some](t))
    try:
        name = f"stochman {version('stochman')}"
    except PackageNotFoundError:
        print("stochman is not installed: left out\n")
    else:
        for how, batch in (("singly", 1), ("batched", arguments.peer_pairs)):
            began = time.perf_counter()
            curves = with_stochman(decoder, starts[some], ends[some], batch)
            seconds = (time.perf_counter() - began) / arguments.peer_pairs
            rows.append((f"{name}, {how}", seconds, decoded_lengths(decoder, curves) / best - 1))
    print("| how | ms a geodesic | times curvae's | length over curvae's, median and least |\n|---|---|---|---|")
    for how, seconds, excess in rows:
        longer = "" if excess is None else f"{excess.median():+.2%}, {excess.min():+.2%}"
        print(f"| {how} | {1e3 * seconds:.2f} | {seconds / ours:.0f} | {longer} |")


if __name__ == "__main__":
    main()
