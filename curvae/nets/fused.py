"""Hand-written passes of the two places where a training step spends its time.

Autograd would give the same gradients. Written by hand, activations work in place, the output layer keeps one array
of the data's size where autograd keeps five, and the weight of a sample multiplies the narrow side of each product.
Both are differentiable once; second derivatives need `curvae.nets.linear`. On a GPU the misfit is one kernel.
"""

import logging
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from curvae.nets.linear import last_layer, linear
from curvae.types import Images, PerSample, Weights

log = logging.getLogger(__name__)
aten = torch.ops.aten

# y -> act(y), in place; and (gradient, h, out) -> gradient act'(y), told from h = act(y); out may be the gradient.
FORWARD: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu_,
    "leaky_relu": nn.functional.leaky_relu_,
    "elu": nn.functional.elu_,
    "softplus": lambda y: aten.softplus.out(y, out=y),
    "tanh": torch.tanh_,
    "sigmoid": torch.sigmoid_,
}
BACKWARD: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "relu": lambda g, h, out: aten.threshold_backward.grad_input(g, h, 0, grad_input=out),
    "leaky_relu": lambda g, h, out: aten.leaky_relu_backward.grad_input(g, h, 0.01, True, grad_input=out),
    "elu": lambda g, h, out: aten.elu_backward.grad_input(g, 1, 1, 1, True, h, grad_input=out),
    "softplus": lambda g, h, out: torch.mul(torch.expm1(-h), g, out=out).neg_(),
    "tanh": lambda g, h, out: aten.tanh_backward.grad_input(g, h, grad_input=out),
    "sigmoid": lambda g, h, out: aten.sigmoid_backward.grad_input(g, h, grad_input=out),
}


def hidden_layers(weights: Weights, name: str, x: Tensor, activation: str) -> Tensor:
    """All layers of a perceptron but the last: h = act(h W + b).

    Args:
        weights: named as by `curvae.nets.linear.linear_shapes`.
        name: prefix of the layers.
        x: [member, sample, in].
        activation: a key of `curvae.nets.linear.ACTIVATIONS`.
    """
    parts = [f"{name}.{layer}.{part}" for layer in range(last_layer(weights, name)) for part in ("weight", "bias")]
    return _Hidden.apply(x, activation, *(weights[part] for part in parts))


def perceptron(weights: Weights, name: str, x: Tensor, activation: str) -> Tensor:
    """All layers of a perceptron, the last one without activation; arguments as of `hidden_layers`."""
    return linear(weights, f"{name}.{last_layer(weights, name)}", hidden_layers(weights, name, x, activation))


def output_nats(weights: Weights, name: str, h: Tensor, x: Images, likelihood: str) -> PerSample:
    """The last layer and the misfit of the data under it, summed over features.

    With a = h W + b: bernoulli, sum_i softplus(a_i) - x_i a_i; gaussian, sum_i (a_i - x_i)^2. The
    same as `curvae.objectives.bernoulli_nats` and `squared_error` of a.

    Args:
        weights: holds ``{name}.weight`` [member, in, out] and ``{name}.bias`` [member, out].
        name: of the layer.
        h: [member, sample, in].
        x: targets [member, sample, out].
        likelihood: ``bernoulli`` or ``gaussian``.
    """
    return _Output.apply(h, weights[f"{name}.weight"], weights[f"{name}.bias"], x, likelihood)


@cache
def misfit_kernel(device: torch.device) -> Callable[[Tensor, Tensor, Images, str], PerSample] | None:
    """What makes nats and slope in one kernel on a device (`curvae.misfit.misfit`); None where nothing does."""
    if device.type != "cuda":
        return None
    try:
        from curvae import misfit  # asks for Triton, which takes 50 MB
    except ImportError as error:
        log.warning("the misfit takes several kernels: %s", error)
        return None
    return misfit.misfit if misfit.works(device) else None


class _Hidden(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, activation, *parameters):
        h, act = [x], FORWARD[activation]
        for w, b in zip(parameters[::2], parameters[1::2], strict=True):
            h.append(act(torch.baddbmm(b.unsqueeze(1), h[-1], w)))
        ctx.activation = activation
        ctx.save_for_backward(*h, *parameters[::2])
        return h[-1]

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        layers = len(ctx.saved_tensors) // 2
        h, w = ctx.saved_tensors[: layers + 1], ctx.saved_tensors[layers + 1 :]
        asked, found, room = ctx.needs_input_grad[2:], [], torch.empty_like(h[-1])
        for layer in reversed(range(layers)):
            gradient = BACKWARD[ctx.activation](gradient, h[layer + 1], room)
            for_weight, for_bias = asked[2 * layer : 2 * layer + 2]
            weight = torch.bmm(h[layer].mT, gradient) if for_weight else None
            found = [weight, gradient.sum(1) if for_bias else None, *found]
            if layer or ctx.needs_input_grad[0]:
                gradient = room = torch.bmm(gradient, w[layer].mT)
        return gradient if ctx.needs_input_grad[0] else None, None, *found


class _Output(torch.autograd.Function):
    @staticmethod
    def forward(ctx, h, w, b, x, likelihood):
        ctx.scale = 1.0 if likelihood == "bernoulli" else 2.0
        kernel = misfit_kernel(h.device)
        if kernel is not None:
            slope = torch.bmm(h, w)
            nats = kernel(slope, b, x, likelihood)
        else:
            a = torch.baddbmm(b.unsqueeze(1), h, w)
            if likelihood == "bernoulli":
                nats = nn.functional.softplus(a).addcmul_(a, x, value=-1).sum(-1)
                slope = a.sigmoid_().sub_(x)
            else:
                slope = a.sub_(x)
                nats = slope.square().sum(-1)
        ctx.save_for_backward(h, w, slope)
        return nats

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        h, w, slope = ctx.saved_tensors
        each = (gradient * ctx.scale).unsqueeze(-1)
        to_h = torch.bmm(slope, w.mT).mul_(each)
        return to_h, torch.bmm((h * each).mT, slope), torch.bmm(each.mT, slope).squeeze(1), None, None
