"""Seconds a member of a sweep: curvae's stacked training beside its peers, in one run.

    PYTHONPATH=. python benchmarks/sweep.py [--threads 2] [--epochs 3] [--peers 3] [--write]
    PYTHONPATH=. python benchmarks/sweep.py --device cuda --cases mnist --members 1000 --samples 50000 --epochs 40

Peers train one network after the other; their seconds a member are the mean over `--peers` networks. Lightning and
pythae are left out where they are not installed (``pip install lightning pythae==0.1.2``).
"""

import argparse
import logging
import tempfile
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise

import numpy as np
import torch
from page import command, processor, put
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from curvae import data
from curvae.models import build
from curvae.settings.data import Mnist, Sizes, Sprites, Uniform
from curvae.settings.model import VAE
from curvae.settings.train import Budget
from curvae.sweep import train

CASES = {
    "mnist": (
        "MNIST 784-50-50-2",
        VAE(kind="vae", hidden=(50, 50), latent=2, activation="relu", likelihood="bernoulli"),
        Mnist(kind="mnist", train=10000, validation=100, test=100),
        64,
    ),
    "square": (
        "square 2-30-30-2",
        VAE(kind="vae", hidden=(30, 30), latent=2, activation="relu", likelihood="gaussian"),
        Uniform(kind="uniform", samples=Sizes(train=10000, validation=100, test=100)),
        256,
    ),
    "wide": (
        "sprites 4096-1200-1200-10",
        VAE(kind="vae", hidden=(1200, 1200), latent=10, activation="relu", likelihood="bernoulli"),
        Sprites(kind="sprites", samples=Sizes(train=2000, validation=100, test=100)),
        4,
    ),
    "conv": (
        "sprites, Burgess's convolutions",
        VAE(kind="vae", network="burgess", latent=10, activation="relu", likelihood="bernoulli"),
        Sprites(kind="sprites", samples=Sizes(train=1000, validation=100, test=100)),
        4,
    ),
}


def perceptron(widths: list[int]) -> nn.Sequential:
    """Linear layers with ReLU between them."""
    layers = [part for pair in pairwise(widths) for part in (nn.Linear(*pair), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


def stacked(settings: VAE, x: Tensor, budget: Budget, seeds: list[int]) -> list[float]:
    """Final training losses of all seeds, trained side by side by curvae on the device of the data."""
    members = [{"beta": 1.0 if settings.likelihood == "bernoulli" else 0.01, "lam": 0.0, "seed": s} for s in seeds]
    shape = (64, 64) if settings.network == "burgess" else tuple(x.shape[1:])
    trained = train(build(settings, shape), {"train": x, "validation": x[:100]}, members, budget, x.device)
    history = trained.history[trained.history["split"] == "train"]
    return history.loc[history["epoch"] == budget.epochs, "loss"].tolist()


def networks(settings: VAE, features: int) -> tuple[nn.Module, nn.Module]:
    """Encoder and decoder as one writes them in PyTorch."""
    if settings.network == "mlp":
        encoder = perceptron([features, *settings.hidden, 2 * settings.latent])
        return encoder, perceptron([settings.latent, *reversed(settings.hidden), features])
    down = [part for c in (1, 32, 32, 32) for part in (nn.Conv2d(c, 32, 4, 2, 1), nn.ReLU())]
    up = [part for c in (32, 32, 32, 1) for part in (nn.ReLU(), nn.ConvTranspose2d(32, c, 4, 2, 1))]
    image, maps, flat = nn.Unflatten(1, (1, 64, 64)), nn.Unflatten(1, (32, 4, 4)), nn.Flatten()
    encoder = nn.Sequential(image, *down, flat, perceptron([512, 256, 256, 2 * settings.latent]))
    return encoder, nn.Sequential(perceptron([settings.latent, 256, 256, 512]), maps, *up, flat)


class Plain(nn.Module):
    """The same autoencoder as one writes it in PyTorch."""

    def __init__(self, settings: VAE, features: int):
        super().__init__()
        self.encoder, self.decoder = networks(settings, features)
        self.bernoulli = settings.likelihood == "bernoulli"

    def forward(self, images: Tensor) -> Tensor:
        """The loss of a batch."""
        mean, logvar = self.encoder(images).chunk(2, dim=-1)
        output = self.decoder(mean + torch.exp(0.5 * logvar) * torch.randn_like(mean))
        if self.bernoulli:
            recon = nn.functional.binary_cross_entropy_with_logits(output, images, reduction="sum")
        else:
            recon = (output - images).square().sum()
        kl = 0.5 * (mean.square() + logvar.exp() - 1 - logvar).sum()
        return (recon + (1.0 if self.bernoulli else 0.01) * kl) / len(images)


def plain(settings: VAE, x: Tensor, budget: Budget, seeds: list[int]) -> list[float]:
    """One network after the other in a plain loop, with PyTorch's default Adam."""
    losses = []
    for seed in seeds:
        torch.manual_seed(seed)
        model, total = Plain(settings, x.shape[1]).to(x.device), 0.0
        optimiser = torch.optim.Adam(model.parameters(), lr=budget.lr)
        for _ in range(budget.epochs):
            total = 0.0
            for batch in torch.randperm(len(x), device=x.device).split(budget.batch):
                loss = model(x[batch])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                total += loss.item() * len(batch)
        losses.append(total / len(x))
    return losses


def with_lightning(settings: VAE, x: Tensor, budget: Budget, seeds: list[int]) -> list[float]:
    """The same with Lightning's trainer and a data loader."""
    import lightning

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.model, self.total = Plain(settings, x.shape[1]), 0.0

        def on_train_epoch_start(self):
            self.total = 0.0

        def training_step(self, batch, _):
            loss = self.model(batch[0])
            self.total += loss.item() * len(batch[0])
            return loss

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=budget.lr)

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    quiet = {name: False for name in ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")}
    losses = []
    for seed in seeds:
        torch.manual_seed(seed)
        module = Module()
        loader = DataLoader(TensorDataset(x.cpu()), batch_size=budget.batch, shuffle=True)
        where = "gpu" if x.is_cuda else "cpu"
        lightning.Trainer(max_epochs=budget.epochs, accelerator=where, devices=1, **quiet).fit(module, loader)
        losses.append(module.total / len(x))
    return losses


def with_pythae(settings: VAE, x: Tensor, budget: Budget, seeds: list[int]) -> list[float]:
    """The same with pythae's own trainer and objective; its losses are left out, their scaling is its own."""
    from pythae.models import BetaVAE, BetaVAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from pythae.pipelines import TrainingPipeline
    from pythae.trainers import BaseTrainerConfig

    class Encoder(BaseEncoder):
        def __init__(self):
            super().__init__()
            self.layers = networks(settings, x.shape[1])[0]

        def forward(self, images):
            mean, logvar = self.layers(images.flatten(1)).chunk(2, dim=-1)
            return ModelOutput(embedding=mean, log_covariance=logvar)

    class Decoder(BaseDecoder):
        def __init__(self):
            super().__init__()
            self.layers = networks(settings, x.shape[1])[1]

        def forward(self, z):
            output = self.layers(z)
            return ModelOutput(reconstruction=output.sigmoid() if settings.likelihood == "bernoulli" else output)

    bernoulli = settings.likelihood == "bernoulli"
    loss = {"reconstruction_loss": "bce" if bernoulli else "mse", "beta": 1.0 if bernoulli else 0.01}
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            config = BetaVAEConfig(input_dim=(x.shape[1],), latent_dim=settings.latent, **loss)
            trainer = BaseTrainerConfig(
                output_dir=folder,
                num_epochs=budget.epochs,
                learning_rate=budget.lr,
                per_device_train_batch_size=budget.batch,
                per_device_eval_batch_size=budget.batch,
                optimizer_cls="Adam",
                no_cuda=not x.is_cuda,
                seed=seed,
            )
            model = BetaVAE(model_config=config, encoder=Encoder(), decoder=Decoder())
            TrainingPipeline(training_config=trainer, model=model)(train_data=x.cpu())
    return []


def timed(run: Callable[[], list[float]], networks: int) -> tuple[float, list[float]]:
    """Seconds a network, and the final losses; reading the losses waits for the device."""
    began = time.perf_counter()
    losses = run()
    return (time.perf_counter() - began) / networks, losses


def sized(source: Mnist | Sprites | Uniform, samples: int | None) -> Mnist | Sprites | Uniform:
    """A data set with another number of training samples."""
    if samples is None:
        return source
    if isinstance(source, Mnist):
        return source.model_copy(update={"train": samples})
    return source.model_copy(update={"samples": source.samples.model_copy(update={"train": samples})})


def main() -> None:
    """Print the table of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2, help="threads of every contestant (default: 2)")
    parser.add_argument("--device", default="cpu", help="of every contestant (default: cpu)")
    parser.add_argument("--epochs", type=int, default=3, help="passes over the samples (default: 3)")
    parser.add_argument("--members", type=int, help="that curvae stacks (default: of each case)")
    parser.add_argument("--samples", type=int, help="to train on (default: of each case)")
    parser.add_argument("--peers", type=int, default=3, help="networks that each peer trains (default: 3)")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES), help="networks (default: all)")
    parser.add_argument("--tf32", action="store_true", help="products of every contestant in TF32, on a GPU")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.set_float32_matmul_precision("high" if arguments.tf32 else "highest")
    logging.disable(logging.INFO)
    budget = Budget(epochs=arguments.epochs, batch=100, lr=1e-3)
    peers = {"plain PyTorch": plain}
    for package, run in (("lightning", with_lightning), ("pythae", with_pythae)):
        try:
            peers[f"{package} {version(package)}"] = run
        except PackageNotFoundError:
            print(f"{package} is not installed: left out\n")
    where = f"{processor()}, torch {torch.__version__}, {date.today()}"
    if arguments.device != "cpu":
        where = f"{torch.cuda.get_device_name(arguments.device)}, {where}"
    lines = [
        f"{arguments.threads} threads of {where}; {arguments.epochs} epochs, batch {budget.batch}; "
        f"{command('benchmarks/sweep.py')}",
        "",
        "| networks | how | samples | seconds a network | times curvae's | final training loss |",
        "|---|---|---|---|---|---|",
    ]
    print("\n".join(lines))
    for name, settings, source, usual in (CASES[case] for case in arguments.cases):
        members = arguments.members or usual
        images = data.split(data.make(sized(source, arguments.samples)), "train")["images"].values
        x = torch.as_tensor(images, dtype=torch.float32, device=arguments.device).flatten(1)
        stacked(settings, x, budget.model_copy(update={"epochs": 1}), [0])
        ours, losses = timed(lambda s=settings, x=x, n=members: stacked(s, x, budget, list(range(n))), members)
        rows = [(f"curvae, {members} stacked", ours, losses)]
        for peer, run in peers.items():
            run(settings, x[: budget.batch], budget.model_copy(update={"epochs": 1}), [0])
            seeds = list(range(arguments.peers))
            rows.append((peer, *timed(lambda s=settings, x=x, r=run, k=seeds: r(s, x, budget, k), len(seeds))))
        for how, seconds, found in rows:
            loss = f"{np.mean(found):.4g} ± {np.std(found):.2g}" if found else ""
            lines.append(f"| {name} | {how} | {len(x)} | {seconds:.3g} | {seconds / ours:.1f} | {loss} |")
            print(lines[-1], flush=True)
    if arguments.write:
        put(lines, "benchmarks.md", "benchmarks/sweep.py")


if __name__ == "__main__":
    main()
