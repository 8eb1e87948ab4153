"""Weights of importance sampling of a stack: seeded, paired between members, the same for any batch."""

import numpy as np
import pytest
import torch

from curvae.models import build
from curvae.settings.model import VAE
from curvae.sweep import Stack, log_weights

IAF = {"kind": "iaf", "steps": 2, "hidden": [4], "context": 2}


@pytest.mark.parametrize("posterior", [None, IAF])
def test_members_see_the_same_draws_whatever_the_batch(posterior):
    model = build(VAE(kind="vae", hidden=(6,), latent=2, posterior=posterior), (3, 3))
    stack = Stack.untrained(model, [4, 1, 4])
    images = torch.rand(11, 3, 3, generator=torch.Generator().manual_seed(0)).numpy()
    found = log_weights(stack, images, 5, seed=2)
    assert found.shape == (3, 11, 5)
    np.testing.assert_allclose(found[0], found[2], rtol=1e-5)
    assert not np.allclose(found[0], found[1])
    assert np.abs(np.diff(found, axis=-1)).min() > 0
    np.testing.assert_allclose(log_weights(stack, images, 5, seed=2, batch=4), found, rtol=1e-5)
    assert not np.allclose(log_weights(stack, images, 5, seed=3), found)
