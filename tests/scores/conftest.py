import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from curvae.scores.discretise import standardise

SIZES = (3, 6, 40, 32, 32)


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def sprites():
    """10,000 samples of the full grid (3, 6, 40, 32, 32): the oracle code and the factors."""
    rng = np.random.default_rng(0)
    factors = np.stack([rng.integers(size, size=10_000) for size in SIZES], axis=1)
    return standardise(factors), factors
