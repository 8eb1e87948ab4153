"""What is asserted of a decoder run backwards (Konuk 2018, after Jensen et al. 1999)."""

from typing import Any

import pandas as pd

from curvae.claims.claim import Claim, Evidence, NotTestable, judge_all, require

SOURCE, LEVEL_SETS = "Konuk 2018", "Jensen et al. 1999"
NOISE = 0.01  # on the pixels, of an intensity from 0 to 1
LAYERS, WHOLE = "layer by layer", "Gauss-Newton"


def inversion_claims(noises: pd.DataFrame, pixels: pd.DataFrame, seed: int = 0) -> list[dict[str, Any]]:
    """One row a claim about one decoder of two latents.

    Args:
        noises: of `curvae.geometry.inversion.noise_study`.
        pixels: of `curvae.geometry.inversion.level_pieces`.
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing.
    """
    require("noises", noises, ("noise", "method", "error", "low", "high", "n"))
    require("pixels", pixels, ("pixel", "low", "high", "pieces"))
    return judge_all(CLAIMS, noises, pixels, seed=seed)


def exact(noises: pd.DataFrame, pixels: pd.DataFrame) -> Evidence:
    """Median relative error of codes found layer by layer from decoded images."""
    return _error(noises, 0.0, LAYERS)


def noisy(noises: pd.DataFrame, pixels: pd.DataFrame) -> Evidence:
    """The same from images with a little noise."""
    return _error(noises, NOISE, LAYERS)


def whole(noises: pd.DataFrame, pixels: pd.DataFrame) -> Evidence:
    """Error layer by layer over that of least squares on the whole decoder, with a little noise."""
    layers, found = (_error(noises, NOISE, method) for method in (LAYERS, WHOLE))
    return Evidence([layers.values[0] / found.values[0]], f"{LAYERS}: {layers.note}; {WHOLE}: {found.note}", "decoder")


def disjoint(noises: pd.DataFrame, pixels: pd.DataFrame) -> Evidence:
    """Most pieces of a pixel's level set."""
    crossed = pixels.loc[pixels["pieces"] > 0, "pieces"]
    if crossed.empty:
        raise NotTestable("no pixel crosses half its intensity")
    said = f"{len(crossed)} of {len(pixels)} pixels have a level set, {(crossed > 1).mean():.0%} of them in pieces"
    return Evidence([crossed.max()], said, "decoder")


def _error(noises: pd.DataFrame, noise: float, method: str) -> Evidence:
    rows = noises[(noises["noise"] == noise) & (noises["method"] == method)]
    if rows.empty:
        raise NotTestable(f"no codes found {method} at a noise of {noise:g}")
    row = rows.iloc[0]
    said = f"median of {row['n']} codes {row['error']:.2g}, quartiles {row['low']:.2g} and {row['high']:.2g}"
    return Evidence([row["error"]], said, "decoder")


_DIRECTLY = "A decoder can be undone directly, layer by layer, each time by the least-squares solution of least norm."
_ERROR = "median error of the code over its size, codes found layer by layer"

CLAIMS = (
    (Claim("inversion.exact", SOURCE, _DIRECTLY, f"{_ERROR} from decoded images", "1", "<=", 1e-6), exact),
    (
        Claim(
            *("inversion.noisy", SOURCE, _DIRECTLY),
            f"{_ERROR} from images with noise of 0.01; the code 0 has 1",
            *("1", "<=", 1.0),
        ),
        noisy,
    ),
    (
        Claim(
            *("inversion.disjoint", LEVEL_SETS),
            "Many inputs give one output, and the sets that they form can be disjoint.",
            "most pieces of the level set of a pixel over two latents, at half its intensity",
            *("1", ">=", 2.0),
        ),
        disjoint,
    ),
    (
        Claim(
            *("inversion.whole", "theory"),
            "Least squares on the whole decoder stands noise better than least squares on its layers.",
            "median error of the code layer by layer over that of Gauss-Newton, noise of 0.01",
            *("1", ">=", 1.0),
        ),
        whole,
    ),
)
