"""CPU seconds of rollouts of 200 frames after a warm-up of 30, decoded to 28 x 28 images.

    PYTHONPATH=. python benchmarks/rollouts.py [rollouts]

The networks are those of the default study (GRU of 64 units, decoder 3-128-256-784), untrained: weights do not change
the time. Images are dropped once they are decoded; 10,000 x 200 of them would take 6 GB.
"""

import argparse
import time

import torch

from curvae.dynamics import rollout
from curvae.models import build
from curvae.settings.model import VAE, Predictor
from curvae.sweep import Stack

FRAMES, WARMUP, PART = 200, 30, 1000


def main() -> None:
    """Print CPU seconds of prediction and of decoding."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rollouts", nargs="?", type=int, default=10000)
    count = parser.parse_args().rollouts
    gru = Stack.untrained(build(Predictor(cell="gru"), (40, 3)), [0])
    vae = Stack.untrained(build(VAE(kind="vae", hidden=(256, 128), latent=3), (28, 28)), [0])
    spent = {"predict": 0.0, "decode": 0.0}
    with torch.no_grad():
        for first in range(0, count, PART):
            known = torch.randn(1, min(PART, count - first), WARMUP, 3)
            began = time.process_time()
            state = gru.model.start(gru.weights, known.shape[1])
            paths, _ = rollout(lambda h, x: gru.model.step(gru.weights, h, x), state, known, FRAMES)
            spent["predict"] += time.process_time() - began
            began = time.process_time()
            for frames in paths[0].flatten(0, 1).split(5000):
                vae.model.decode(vae.weights, frames[None])
            spent["decode"] += time.process_time() - began
    parts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in spent.items())
    print(f"{count} rollouts of {FRAMES} frames: {parts}, together {sum(spent.values()):.1f} CPU seconds")


if __name__ == "__main__":
    main()
