"""Training killed with SIGKILL at random instants, then run again: how often does it end on the same bits?

    PYTHONPATH=. python benchmarks/kills.py [--kills 50] [--seed 0] [--compiled]

One run trains 8 networks for 40 epochs (`--compiled`: for 100, by compiled code), with a checkpoint every 50 ms. It is
done once undisturbed; then every trial starts it in an empty folder, kills it at an instant drawn uniformly from its
duration, starts it again and compares.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from curvae.models import build
from curvae.settings.model import VAE
from curvae.settings.train import Budget
from curvae.sweep import train

MEMBERS = [{"beta": beta, "lam": lam, "seed": seed} for beta in (0.01, 0.1) for lam in (0.0, 1e-3) for seed in (0, 1)]
BUDGET = Budget(epochs=40, batch=50, lr=1e-3, schedule="cosine", clip=1.0, anneal="linear")


def digest(scratch: str, compiled: bool) -> str:
    """Train, and hash every bit of the weights and the history; compiled code knows no clipping."""
    torch.set_num_threads(1)
    x = torch.rand(1000, 2, generator=torch.Generator().manual_seed(0))
    model = build(VAE(kind="vae", hidden=(30, 30), latent=2, likelihood="gaussian"), (2,))
    budget = BUDGET.model_copy(update={"clip": 0.0, "epochs": 100}) if compiled else BUDGET
    print("ready", flush=True)
    trained = train(model, {"train": x, "validation": x[:100]}, MEMBERS, budget, scratch=scratch, interval=0.05)
    found = hashlib.sha256(trained.history.to_csv(float_format="%.17g").encode())
    for w in trained.weights.values():
        found.update(w.numpy().tobytes())
    return found.hexdigest()


def start(scratch: str, compiled: bool) -> subprocess.Popen:
    """The run as a process of its own, past its imports."""
    command = [sys.executable, __file__, "--run", scratch, *(["--compiled"] if compiled else [])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    process.stdout.readline()
    return process


def main() -> None:
    """Print the number of kills and of equal results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50, help="runs that are killed (default: 50)")
    parser.add_argument("--seed", type=int, default=0, help="of the instants (default: 0)")
    parser.add_argument("--compiled", action="store_true", help="the training of small networks by compiled code")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        print(digest(arguments.run, arguments.compiled))
        return
    rng, killed, equal, resumed = np.random.default_rng(arguments.seed), 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        began, process = time.perf_counter(), start(str(Path(folder, "whole")), arguments.compiled)
        whole = process.stdout.readline()
        duration = time.perf_counter() - began
        for trial in tqdm(range(arguments.kills), unit="kill"):
            scratch = str(Path(folder, str(trial)))
            while True:
                process = start(scratch, arguments.compiled)
                time.sleep(rng.uniform(0, duration))
                process.kill()
                if process.wait() != 0:
                    break
                shutil.rmtree(scratch)  # it was done before; what it kept would end the next one at once
            killed += 1
            resumed += any(name.startswith("state.") for _, _, names in os.walk(scratch) for name in names)
            equal += start(scratch, arguments.compiled).stdout.readline() == whole
    print(f"{killed} kills within {duration:.1f} s, {resumed} after a checkpoint; {equal} results equal bit for bit")
    sys.exit(equal != killed)


if __name__ == "__main__":
    main()
