"""How well an autoencoder holds the ball, and whether its codes follow the ball without a jump."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.special import rel_entr

from curvae.dynamics.track import positions

CLOSE = 1.0  # px within which a reconstructed ball counts as where it should be
MOVES = 0.25  # px; a shorter step says nothing about codes per px
STRAIGHT = 1e-6  # px; three places in a line, at equal distances, have a smaller second difference
PART = 2000  # frames compared at a time

Image = Float[np.ndarray, "frame height width"]
Decode = Callable[[Float[np.ndarray, "code latent"]], Float[np.ndarray, "code height width"]]


def reconstruction_errors(decoded: Image, images: Image, centres: Float[np.ndarray, "frame 2"]) -> dict[str, float]:
    """Where the reconstructed ball is, and what its pixels have lost.

    Args:
        decoded: reconstructions in [0, 1].
        images: the frames themselves.
        centres: where the ball is [px].

    Returns:
        ``median`` and ``q99``, quantiles over frames of the distance of the reconstruction's centroid from the ball
        [px], infinite where it is missing, NaN where a pixel is not finite; ``within``, the share of frames in which it
        is at most `CLOSE`; ``excess``, the mean of the pixels' KL divergence sum_i KL(B(x_i) || B(p_i)) [nats]: the
        cross-entropy less its least value.
    """
    away = _distances(decoded, centres)
    lost = 0.0
    for first in range(0, len(images), PART):
        x = images[first : first + PART].astype(np.float64)
        p = np.clip(decoded[first : first + PART].astype(np.float64), 1e-7, 1 - 1e-7)
        lost += (rel_entr(x, p) + rel_entr(1 - x, 1 - p)).sum()
    median, q99 = np.quantile(away, [0.5, 0.99], method="inverted_cdf")
    within = float((away <= CLOSE).mean())
    return {"median": float(median), "q99": float(q99), "within": within, "excess": float(lost / len(images))}


def path_shape(
    codes: Float[np.ndarray, "trajectory frame latent"],
    centres: Float[np.ndarray, "trajectory frame 2"],
    decode: Decode,
    pairs: int = PART,
) -> dict[str, float]:
    """Whether codes of successive frames lie near each other, and on a line where the ball flies straight.

    Args:
        codes: posterior means.
        centres: where the ball is [px].
        decode: codes to images in [0, 1].
        pairs: of successive frames whose midpoint is decoded, evenly taken from all straight steps, the first and the
            last among them.

    Returns:
        ``tear``: the .999 quantile of |step of the code| / |step of the ball| over its median, large where the sheet of
        codes is torn; ``bend``: the median of |m_t - 2 m_{t-1} + m_{t-2}| over that of |m_t - m_{t-1}|, both where the
        ball flies straight; ``halfway``: the .99 quantile of the distance of the ball decoded halfway between two
        successive codes from the point halfway between the two balls [px]. NaN where no step is to be measured.
    """
    moved, change = np.diff(centres, axis=1), np.diff(codes.astype(np.float64), axis=1)
    far, length = np.linalg.norm(moved, axis=-1), np.linalg.norm(change, axis=-1)
    rate = (length / np.where(far > 0, far, np.inf))[far >= MOVES]
    straight = np.abs(np.diff(moved, axis=1)).max(-1) < STRAIGHT
    bent = np.linalg.norm(np.diff(change, axis=1), axis=-1)[straight]
    steps = np.flatnonzero(np.pad(straight, ((0, 0), (0, 1))))
    shape = dict.fromkeys(("tear", "bend", "halfway"), np.nan)
    if len(rate):
        shape["tear"] = float(np.quantile(rate, 0.999) / np.median(rate))
    if not len(steps):
        return shape
    chosen = steps[np.linspace(0, len(steps) - 1, min(pairs, len(steps))).round().astype(int)]
    middle, place = (((x[:, 1:] + x[:, :-1]) / 2).reshape(-1, x.shape[-1])[chosen] for x in (codes, centres))
    return shape | {
        "bend": float(np.median(bent) / np.median(length[:, 1:][straight])),
        "halfway": float(np.quantile(_distances(decode(middle), place), 0.99, method="inverted_cdf")),
    }


def _distances(images: Image, centres: Float[np.ndarray, "frame 2"]) -> Float[np.ndarray, " frame"]:
    """Distance of the centroid of every image from a place [px]; infinite without light, NaN if a pixel is not finite.

    The first is what a poor autoencoder draws, the second is what one that diverged draws.
    """
    away = np.linalg.norm(positions(images[None])[0] - centres, axis=-1)
    return np.where(np.isfinite(images).all((1, 2)), np.nan_to_num(away, nan=np.inf), np.nan)
