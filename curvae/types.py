"""The vocabulary of array shapes. Leading axes: member (networks trained side by side), sample."""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor

Images = Float[Tensor, "member sample feature"]  # flattened observations
Latents = Float[Tensor, "member sample latent"]
PerSample = Float[Tensor, "member sample"]  # nats, or squared error
PerLatent = Float[Tensor, "member sample latent"]  # nats
Sequences = Float[Tensor, "member sample frame state"]
Draws = Float[Tensor, "member sample frame draw"]  # standard normal numbers
Coefficients = Float[Tensor, " member"]
Weights = dict[str, Tensor]  # name -> tensor whose first axis is the member

Codes = Float[Tensor, "point latent"]  # codes of one member
Curves = Float[Tensor, "pair time latent"]
Matrices = Float[Tensor, "point latent latent"]
Decoder = Callable[[Codes], Float[Tensor, "point feature"]]
