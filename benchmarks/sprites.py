"""Sprites: seconds to compute the whole set, images a second in random batches, and a training step beside them.

    PYTHONPATH=. python benchmarks/sprites.py [--threads 2] [--batches 200]

The step is that of a fully connected autoencoder, 4096-1200-1200-10-1200-1200-1200-4096, forward, backward and Adam.
"""

import argparse
import hashlib
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn

from curvae import data, store
from curvae.data.sprites import COUNT, SIZE, packed
from curvae.settings.data import Sprites


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def step(batch: int) -> Callable[[], None]:
    """One training step on random pixels."""
    widths = [SIZE**2, 1200, 1200, 10, 1200, 1200, 1200, SIZE**2]
    layers = [part for sizes in pairwise(widths) for part in (nn.Linear(*sizes), nn.ReLU())]
    net = nn.Sequential(*layers[:-1])
    optimiser = torch.optim.Adam(net.parameters())
    x = torch.rand(batch, SIZE**2).round()

    def once() -> None:
        optimiser.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(net(x), x).backward()
        optimiser.step()

    return once


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batches", type=int, default=200)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    start, processor = time.perf_counter(), time.process_time()
    images = packed()
    took, spent = time.perf_counter() - start, time.process_time() - processor
    print(f"whole set: {took:.1f} s, {spent:.1f} CPU s, {images.bits.nbytes / 1e6:.0f} MB as bits")
    digests = [hashlib.blake2b(image, digest_size=16).digest() for image in images.bits]
    print(f"different images: {len(set(digests)):,} of {COUNT:,}")

    settings = Sprites(kind="sprites")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "sprites.zarr")
        print(f"65,000 images into a store: {seconds(lambda: store.write_arrays(place, data.make(settings))):.1f} s")
        lazy = store.open_arrays(place)["images"]
        rng = np.random.default_rng(0)
        ways = {
            "bytes": (lambda index: images[index], options.batches),
            "floats": (lambda index: images.batch(index), options.batches),
            "store": (lambda index: lazy.isel(sample=np.sort(index)).values, 5),
        }
        for batch in (64, 1000):
            for name, (read, times) in ways.items():
                drawn = rng.integers(0, len(lazy), (times, batch))
                each = np.median([seconds(partial(read, index)) for index in drawn])
                print(f"batch of {batch}, {name}: {1e3 * each:.2f} ms, {batch / each:,.0f} images a second")
    for batch in (64, 1000):
        once = step(batch)
        once()
        print(f"training step, batch of {batch}: {1e3 * np.median([seconds(once) for _ in range(5)]):.0f} ms")


if __name__ == "__main__":
    main()
