"""One row a member: how good its samples are, beside real images of another split."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.special import entr

from curvae.generation.classifier import Classifier
from curvae.generation.distances import frechet, prior_distance, sliced_wasserstein
from curvae.generation.sharpness import evenness, sharpness

Pictures = Float[np.ndarray, "sample h w"]


def generation_table(
    drawn: Sequence[tuple[dict[str, Any], Pictures, np.ndarray | None]],
    train: Pictures,
    test: Pictures,
    classifier: Classifier,
    seed: int = 0,
) -> pd.DataFrame:
    """Every measure of every member's samples, and of the training images as the row that none can beat.

    Args:
        drawn: axes of a member, its samples, and its codes of the test images or None; images in [0, 1].
        train: real images, of the split that was learned from.
        test: real images that nobody saw, which all is compared with.
        classifier: whose features give the Frechet distance.
        seed: of the directions and draws.

    Returns:
        Columns: the axes and ``sharpness``, ``evenness`` (means), ``frechet`` [features^2], ``sliced`` (sliced
        1-Wasserstein distance of pixels), ``confidence`` (mean probability of the likeliest class), ``classes`` (exp
        of the entropy of the mean class probabilities, at most their number), ``prior`` (distance of codes to the
        prior [prior s.d.]; NaN without codes).
    """
    features, rows = classifier.features(test), []
    for axes, images, codes in [*drawn, ({"experiment": "training images"}, train, None)]:
        told = classifier.probabilities(images)
        rows.append(
            {
                **axes,
                "samples": len(images),
                "sharpness": sharpness(images).mean(),
                "evenness": evenness(images).mean(),
                "frechet": frechet(classifier.features(images), features),
                "sliced": sliced_wasserstein(images.reshape(len(images), -1), test.reshape(len(test), -1), seed=seed),
                "confidence": told.max(1).mean(),
                "classes": np.exp(entr(told.mean(0)).sum()),
                "prior": np.nan if codes is None else prior_distance(codes, seed),
            }
        )
    return pd.DataFrame(rows)
