"""Representations that learn little or nothing, beside which an autoencoder's codes are judged."""

from collections.abc import Mapping, Sequence
from textwrap import shorten
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from sklearn.decomposition import PCA, FastICA

from curvae.scores.discretise import standardise
from curvae.scores.members import score_members

BASELINES = ("ground_truth", "pixels", "pca", "ica", "untrained")
WIDE = ("higgins",)  # metrics whose cost does not multiply latents by factors; the only ones of raw pixels
STEPS = 1000  # of FastICA
SAID = 500  # characters of warnings; every pixel may have its own


def ground_truth(factors: ArrayLike) -> NDArray[np.float64]:
    """The factors themselves, each with mean 0 and standard deviation 1.

    Args:
        factors: [n, k].
    """
    return standardise(np.asarray(factors, dtype=np.float64))


def pixels(images: ArrayLike) -> NDArray[np.float64]:
    """Every pixel that varies as a latent, [n, pixels].

    Args:
        images: [n, *shape].
    """
    flat = _flat(images)
    return flat[:, np.ptp(flat, axis=0) > 0]


def pca(train: ArrayLike, images: ArrayLike, components: int) -> NDArray[np.float64]:
    """Scores of the principal components of largest variance, the first one first.

    z = (x - m) W, with m the mean of the training images and W their leading right singular vectors; the sign of a
    component makes the largest entry of its vector positive.

    Args:
        train: images that mean and components are learnt from, [m, *shape].
        images: [n, *shape].
        components: how many.

    Returns:
        [n, components], not scaled.

    Raises:
        ValueError: more components than training images or pixels.
    """
    learnt, seen = _pair(train, images, components)
    return _components(learnt, components).transform(seen)


def ica(train: ArrayLike, images: ArrayLike, components: int, seed: int = 0) -> NDArray[np.float64]:
    """Independent components: a rotation of the whitened principal components with least normal marginals.

    FastICA in parallel, contrast log cosh, on the leading principal components; a start at random, so the seeds differ
    where the data have no independent parts.

    Args:
        train: images to learn from, [m, *shape].
        images: [n, *shape].
        components: how many.
        seed: of the starting rotation.

    Returns:
        [n, components], of variance 1 on the training images, in no order.

    Raises:
        ValueError: more components than training images or pixels.

    Reference: Hyvarinen & Oja (2000), Independent component analysis: algorithms and applications.
    """
    learnt, seen = _pair(train, images, components)
    principal = _components(learnt, components)
    rotation = FastICA(whiten="unit-variance", max_iter=STEPS, random_state=seed).fit(principal.transform(learnt))
    return rotation.transform(principal.transform(seen))


def stacked(codes: Sequence[NDArray], **axes: Sequence[Any]) -> xr.Dataset:
    """Codes of several representations of one width as the members of a stack that `score_members` takes.

    Without log-variances: no latent of theirs is taken as dead.

    Args:
        codes: [n, d] each.
        **axes: name of an axis -> its value for every one of them.
    """
    coordinates = {name: ("member", list(values)) for name, values in axes.items()}
    return xr.Dataset({"mean": (("member", "sample", "latent"), np.stack(codes))}, coords=coordinates)


def score_baselines(
    stacks: Sequence[xr.Dataset],
    factors: NDArray,
    *,
    settings: Mapping[str, Mapping[str, Any]],
    **arguments: Any,
) -> pd.DataFrame:
    """Score baselines as members are scored, floors by one permutation; raw pixels by the metrics in `WIDE` alone.

    Args:
        stacks: of `stacked`, with the axis ``representation``.
        factors: [sample, factor].
        settings: metric -> its settings.
        **arguments: see `score_members`.
    """
    settings = {name: {**chosen, "permutations": min(1, chosen["permutations"])} for name, chosen in settings.items()}
    few = {name: chosen for name, chosen in settings.items() if name in WIDE}
    parts = []
    for stack in stacks:
        chosen = few if "pixels" in stack["representation"] else settings
        if chosen:
            parts.append(score_members([stack], factors, settings=chosen, **arguments))
    table = pd.concat(parts, ignore_index=True)
    brief = [shorten(said, SAID, placeholder=" ...") for said in table["warnings"]]
    return table.assign(warnings=brief)


def _flat(images: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(images)
    return array.reshape(len(array), -1).astype(np.float64)


def _pair(train: ArrayLike, images: ArrayLike, components: int) -> tuple[NDArray, NDArray]:
    learnt, seen = _flat(train), _flat(images)
    if not 1 <= components <= min(learnt.shape):
        allowed = f"1 to {min(learnt.shape)}, with {learnt.shape[0]} training images of {learnt.shape[1]} pixels"
        raise ValueError(f"components = {components}: allowed: {allowed}")
    return learnt, seen


def _components(learnt: NDArray, components: int) -> PCA:
    """Fitted exactly: by Lanczos steps where few of many components are wanted."""
    few = components < min(learnt.shape) // 10
    return PCA(components, svd_solver="arpack" if few else "full", random_state=0).fit(learnt)
