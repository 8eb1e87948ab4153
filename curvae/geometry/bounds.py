"""The box around the codes of data beyond which no geodesic is to be trusted."""

from jaxtyping import Float
from torch import Tensor

from curvae.types import Codes


def bounding_box(codes: Codes, *, room: float = 0.1) -> tuple[Float[Tensor, " latent"], Float[Tensor, " latent"]]:
    """Corners of the box around codes, as `bounds` of geodesics and walks.

    Args:
        codes: of data [n, latent].
        room: border in widths of the box, on every side and as wide in every latent.

    Raises:
        ValueError: no codes, codes that are not finite, or a border below 0.
    """
    if not len(codes) or not codes.isfinite().all() or room < 0:
        raise ValueError(f"{len(codes)} codes, room = {room:g}: allowed: finite codes, room >= 0")
    low, high = codes.amin(0), codes.amax(0)
    border = room * (high - low).amax()
    return low - border, high + border
