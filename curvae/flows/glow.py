"""Glow: a normalising flow of images from actnorm, invertible 1x1 convolutions and affine couplings.

Reference: Kingma & Dhariwal (2018), Glow: Generative Flow with Invertible 1x1 Convolutions; Dinh, Sohl-Dickstein &
Bengio (2017), Density Estimation Using Real NVP, for squeeze and split.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

Maps = Float[Tensor, "sample channel row column"]
LogDet = Float[Tensor, " sample"]


class ActNorm(nn.Module):
    """y = (x + b) exp(s), channel by channel, log |det| = h w sum s; `start` sets b and s from a batch.

    Args:
        channels: of the maps.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.shift, self.scale = (nn.Parameter(torch.zeros(1, channels, 1, 1)) for _ in range(2))

    @torch.no_grad()
    def start(self, x: Maps) -> Maps:
        """Give every channel of a batch mean 0 and deviation 1; a constant one keeps its scale. Returns the image."""
        mean, deviation = x.mean((0, 2, 3), keepdim=True), x.std((0, 2, 3), correction=0, keepdim=True)
        self.shift.copy_(-mean)
        self.scale.copy_(torch.where(deviation > 0, -deviation.log(), 0))
        return self(x)[0]

    def forward(self, x: Maps) -> tuple[Maps, LogDet]:
        """The image of x and log |det dy/dx|."""
        logdet = x.shape[2] * x.shape[3] * self.scale.sum()
        return (x + self.shift) * self.scale.exp(), logdet.expand(len(x))

    def inverse(self, y: Maps) -> Maps:
        """The maps whose image is y."""
        return y * (-self.scale).exp() - self.shift


class InvertibleConv(nn.Module):
    """y = W x at every pixel with W = P L (U + diag(sign exp(log_s))), log |det| = h w sum log_s.

    P and the signs stay what they are at the start, where W is a random rotation.

    Args:
        channels: of the maps.
        generator: of the rotation.

    Reference: Kingma & Dhariwal (2018), eq. 10 and 11.
    """

    def __init__(self, channels: int, generator: torch.Generator | None = None):
        super().__init__()
        rotation = torch.linalg.qr(torch.randn(channels, channels, generator=generator, dtype=torch.float64)).Q
        permutation, lower, upper = torch.linalg.lu(rotation)
        diagonal = upper.diagonal()
        self.register_buffer("permutation", permutation.float())
        self.register_buffer("sign", diagonal.sign().float())
        self.lower = nn.Parameter(lower.tril(-1).float())
        self.upper = nn.Parameter(upper.triu(1).float())
        self.log_s = nn.Parameter(diagonal.abs().log().float())

    def forward(self, x: Maps) -> tuple[Maps, LogDet]:
        """The image of x and log |det dy/dx|."""
        lower, upper = self._factors()
        y = torch.einsum("ij,njhw->nihw", self.permutation @ lower @ upper, x)
        return y, (x.shape[2] * x.shape[3] * self.log_s.sum()).expand(len(x))

    def inverse(self, y: Maps) -> Maps:
        """The maps whose image is y, by two triangular solves."""
        lower, upper = self._factors()
        flat = torch.einsum("ji,njhw->inhw", self.permutation, y).flatten(1)
        flat = torch.linalg.solve_triangular(lower, flat, upper=False, unitriangular=True)
        flat = torch.linalg.solve_triangular(upper, flat, upper=True)
        return flat.view(-1, len(y), *y.shape[2:]).transpose(0, 1)

    def _factors(self) -> tuple[Tensor, Tensor]:
        eye = torch.eye(len(self.sign), dtype=self.lower.dtype, device=self.lower.device)
        return self.lower.tril(-1) + eye, self.upper.triu(1) + torch.diag(self.sign * self.log_s.exp())


class ImageCoupling(nn.Module):
    """y_1 = x_1, y_2 = (x_2 + t(x_1)) g(x_1) with g = sigmoid(s(x_1) + 2), log |det| = sum log g.

    x_1 and x_2 are the halves of the channels.

    Additive: g = 1, so that the determinant is exactly 1. The last layer starts at zero.

    Args:
        channels: of the maps, an even number.
        width: channels of the two hidden layers of the net 3x3, 1x1, 3x3.
        additive: leave the scale out.
    """

    def __init__(self, channels: int, width: int, additive: bool = False):
        super().__init__()
        self.additive, half = additive, channels // 2
        self.last = nn.Conv2d(width, half * (1 if additive else 2), 3, padding=1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)
        first, middle = nn.Conv2d(half, width, 3, padding=1), nn.Conv2d(width, width, 1)
        self.net = nn.Sequential(first, nn.ReLU(), middle, nn.ReLU())

    def forward(self, x: Maps) -> tuple[Maps, LogDet]:
        """The image of x and log |det dy/dx|."""
        x1, x2 = x.chunk(2, dim=1)
        log_gate, shift = self._terms(x1)
        return torch.cat([x1, (x2 + shift) * log_gate.exp()], dim=1), log_gate.sum((1, 2, 3))

    def inverse(self, y: Maps) -> Maps:
        """The maps whose image is y."""
        y1, y2 = y.chunk(2, dim=1)
        log_gate, shift = self._terms(y1)
        return torch.cat([y1, y2 * (-log_gate).exp() - shift], dim=1)

    def _terms(self, x1: Tensor) -> tuple[Tensor, Tensor]:
        out = self.last(self.net(x1))
        if self.additive:
            return torch.zeros_like(out), out
        scale, shift = out.chunk(2, dim=1)
        return functional.logsigmoid(scale + 2), shift


def squeeze(x: Maps) -> Maps:
    """Every 2 x 2 block of pixels becomes four channels; nothing is lost.

    Raises:
        ValueError: an odd number of rows or columns.
    """
    if x.shape[2] % 2 or x.shape[3] % 2:
        raise ValueError(f"x: {x.shape[2]} x {x.shape[3]} pixels; allowed: even numbers")
    return functional.pixel_unshuffle(x, 2)


def unsqueeze(y: Maps) -> Maps:
    """The maps whose squeezed ones are y."""
    return functional.pixel_shuffle(y, 2)


class Glow(nn.Module):
    """log p(x) = log N(z) + log |det dz/dx|: levels of squeeze, `depth` steps and a split, with learned Gaussians.

    A step is actnorm, 1x1 convolution, affine coupling. At the end of a level but the last, half of the channels leave
    with a Gaussian whose mean and scale are a convolution of the other half.

    Args:
        shape: (channels, rows, columns); rows and columns divisible by 2^levels.
        levels: L.
        depth: steps K a level.
        width: hidden channels of the couplings.
        seed: of the initial weights.

    Raises:
        ValueError: a shape that cannot be squeezed so often.
    """

    def __init__(self, shape: tuple[int, int, int], levels: int = 2, depth: int = 4, width: int = 32, seed: int = 0):
        super().__init__()
        channels, rows, columns = shape
        if rows % 2**levels or columns % 2**levels:
            raise ValueError(f"shape = {shape}: allowed: rows and columns divisible by {2**levels}, 2^levels")
        self.shape, generator = tuple(shape), torch.Generator().manual_seed(seed)
        self.levels, self.priors, self.parts = nn.ModuleList(), nn.ModuleList(), []
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            for level in range(levels):
                channels, rows, columns = 4 * channels, rows // 2, columns // 2
                steps = [
                    (ActNorm(channels), InvertibleConv(channels, generator), ImageCoupling(channels, width))
                    for _ in range(depth)
                ]
                self.levels.append(nn.ModuleList(part for step in steps for part in step))
                if level + 1 < levels:
                    channels //= 2
                    prior = nn.Conv2d(channels, 2 * channels, 3, padding=1)
                    nn.init.zeros_(prior.weight)
                    nn.init.zeros_(prior.bias)
                    self.priors.append(prior)
                self.parts.append((channels, rows, columns))

    @torch.no_grad()
    def start(self, x: Maps) -> None:
        """Set every actnorm from a batch, in the order in which it passes them."""
        for index, level in enumerate(self.levels):
            x = squeeze(x)
            for part in level:
                x = part.start(x) if isinstance(part, ActNorm) else part(x)[0]
            if index < len(self.priors):
                x, _ = x.chunk(2, dim=1)

    def forward(self, x: Maps) -> tuple[Float[Tensor, "sample dim"], LogDet]:
        """Standard normal numbers z of the model, as many as pixels, and log |det dz/dx|."""
        logdet, found = x.new_zeros(len(x)), []
        for index, level in enumerate(self.levels):
            x = squeeze(x)
            for part in level:
                x, change = part(x)
                logdet = logdet + change
            if index < len(self.priors):
                x, away = x.chunk(2, dim=1)
                mean, log_scale = self.priors[index](x).chunk(2, dim=1)
                found.append(((away - mean) * (-log_scale).exp()).flatten(1))
                logdet = logdet - log_scale.sum((1, 2, 3))
        return torch.cat([*found, x.flatten(1)], dim=1), logdet

    def inverse(self, z: Float[Tensor, "sample dim"]) -> Maps:
        """The images whose normal numbers are z; of normal z, samples of p."""
        pieces = z.split([math.prod(part) for part in self.parts], dim=1)
        x = pieces[-1].view(-1, *self.parts[-1])
        for index in reversed(range(len(self.levels))):
            if index < len(self.priors):
                mean, log_scale = self.priors[index](x).chunk(2, dim=1)
                x = torch.cat([x, pieces[index].view(mean.shape) * log_scale.exp() + mean], dim=1)
            for part in reversed(self.levels[index]):
                x = part.inverse(x)
            x = unsqueeze(x)
        return x

    def log_prob(self, x: Maps) -> LogDet:
        """log p(x) in nats."""
        z, logdet = self(x)
        return -0.5 * (z.square().sum(1) + z.shape[1] * math.log(2 * math.pi)) + logdet


def attribute_direction(z: Float[Tensor, "sample dim"], has: Tensor) -> Float[Tensor, " dim"]:
    """Mean of the codes with an attribute less that of those without.

    Args:
        z: codes.
        has: which of them have it, [sample] of bool.

    Raises:
        ValueError: all have it, or none.

    Reference: Kingma & Dhariwal (2018), section 6.
    """
    if has.all() or not has.any():
        raise ValueError(
            f"has: {int(has.sum())} of {len(has)} codes; allowed: some with and some without the attribute"
        )
    return z[has].mean(0) - z[~has].mean(0)
