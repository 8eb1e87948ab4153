"""Geodesics in more latents: CPU seconds a geodesic, and how good the curves are, on decoders without a table.

    PYTHONPATH=. python benchmarks/latents.py [--latents 2 3 8 20 50] [--trained 2 3 8 20] [--ridge 8 20 50] [--pairs 4]

Decoders latents-128-784 (tanh, sigmoid) with weights at random, whose codes are drawn from N(0, I); and decoders
latents-64-64-784 of VAEs of MNIST (beta = 0.1, so that latents are in use), with codes of test images, without and with
a ridge of a thousandth of M's mean diagonal at the codes. Curves have up to 128 pieces. The finer solution of a curve
goes on from it with twice its pieces, to a residual of 1e-3.
"""

import argparse
import logging
from collections.abc import Iterator
from datetime import date

import torch
from geodesics import MODEL, timed, trained
from page import command, processor, put

from curvae.geometry import Geodesics, PullbackMetric, Status, geodesics
from curvae.geometry.splines import controls
from curvae.types import Codes, Decoder

FINEST = 128  # pieces
RIDGE = 1e-3  # of M's mean diagonal


def main() -> None:
    """Print the table of docs/geometry.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latents", type=int, nargs="*", default=(2, 3, 8, 20, 50), help="of random decoders")
    parser.add_argument("--trained", type=int, nargs="*", default=(2, 3, 8, 20), help="of trained decoders")
    parser.add_argument("--ridge", type=int, nargs="*", default=(8, 20, 50), help="of trained decoders with a ridge")
    parser.add_argument("--pairs", type=int, default=4, help="of each decoder's codes (default: 4)")
    parser.add_argument("--threads", type=int, default=1, help="default: 1")
    parser.add_argument("--epochs", type=int, default=5, help="of the training (default: 5)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/geometry.md")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    logging.disable(logging.INFO)
    lines = [
        f"Threads: {arguments.threads}; {processor()}, torch {torch.__version__}, "
        f"{date.today()}; float64, {arguments.pairs} pairs a decoder; "
        f"{command('benchmarks/latents.py')}",
        "",
        "| decoder | latents | least over largest eigenvalue of M | CPU s a geodesic | status | pieces | length over "
        "a straight line's: median, largest | over a finer solution's, less 1: largest | residual | speed variation |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    kinds = {"random": arguments.latents, "digits": arguments.trained, "digits, ridge": arguments.ridge}
    for kind, latents in ((kind, n) for kind, some in kinds.items() for n in some):
        if kind == "random":
            decoder, codes = drawn(latents)
        else:
            settings = MODEL.model_copy(update={"latent": latents, "hidden": (64, 64)})
            decoder, codes = trained(arguments.epochs, settings, beta=0.1)
        metric = PullbackMetric(decoder, codes=codes)
        if kind == "digits, ridge":
            mean = float(metric.matrix(codes[:100]).diagonal(dim1=1, dim2=2).mean())
            metric = PullbackMetric(decoder, ridge=RIDGE * mean, codes=codes)
        row = cells(metric, codes, arguments.pairs)
        lines.append(f"| {' | '.join([kind, str(latents), *row])} |")
        print(lines[-1], flush=True)
    print("\n".join(["", *lines]))
    if arguments.write:
        put(lines, "geometry.md", "benchmarks/latents.py")


def drawn(latents: int) -> tuple[Decoder, Codes]:
    """A decoder with weights N(0, 1 / width) and biases N(0, 1), and a thousand codes."""
    generator = torch.Generator().manual_seed(0)
    layers = [
        (torch.randn(i, o, generator=generator).double() / i**0.5, torch.randn(o, generator=generator).double())
        for i, o in ((latents, 128), (128, 784))
    ]
    codes = torch.randn(1000, latents, generator=generator).double()
    (first, shift), (last, offset) = layers
    return lambda z: torch.sigmoid(torch.tanh(z @ first + shift) @ last + offset), codes


def cells(metric: PullbackMetric, codes: Codes, pairs: int) -> Iterator[str]:
    """What stands in the row of one decoder."""
    spectra = torch.linalg.eigvalsh(metric.matrix(codes[:100]))
    starts, ends = codes[: 2 * pairs].chunk(2)
    found, seconds = timed(lambda: geodesics(metric, starts, ends, pieces=FINEST))[:2]
    over = found.length / found.straight_length
    counts = {status.name: int((found.status == status).sum()) for status in Status}
    fine = [(float(pair.length), finer(metric, pair)) for pair in map(found.__getitem__, slices(found.converged))]
    excess = [length / float(other.length) - 1 for length, other in fine if other.converged]
    yield f"{(spectra[:, 0] / spectra[:, -1]).median():.0e}"
    yield f"{seconds / pairs:.2f}"
    yield ", ".join(f"{count} `{name}`" for name, count in counts.items() if count)
    yield f"{int(found.pieces.min())} to {int(found.pieces.max())}"
    yield f"{over.median():.4f}, {over.max():.4f}"
    yield f"{max(excess, key=abs):+.3%} of {len(excess)}" if excess else ""
    yield f"{found.residual.max():.1e}"
    yield f"{found.speed_variation.max():.1e}"


def slices(chosen: torch.Tensor) -> Iterator[slice]:
    """One slice a chosen pair."""
    return (slice(pair, pair + 1) for pair in torch.nonzero(chosen)[:, 0].tolist())


def finer(metric: PullbackMetric, curve: Geodesics) -> Geodesics:
    """One curve solved on, from twice its pieces."""
    start = curve(torch.linspace(0, 1, controls(2 * int(curve.pieces))))
    return geodesics(metric, curve.starts, curve.ends, accuracy=1e-3, initial=start)


if __name__ == "__main__":
    main()
