"""A Gaussian cloud is neither weird nor sparse; a few tight clusters are both."""

import pytest
import torch

from curvae.flows.code_shape import code_shape


def measures(train, test):
    return code_shape(train, test, steps=80, draws=1000).set_index("measure")["value"]


def cloud(samples, seed):
    mixed = torch.tensor([[2.0, 0.5, 0.0], [0.0, 1.0, -0.7], [0.3, 0.0, 0.4]])
    return 5 + torch.randn(samples, 3, generator=torch.Generator().manual_seed(seed)) @ mixed


def clusters(samples, seed):
    generator = torch.Generator().manual_seed(seed)
    centres = torch.tensor([[0.0, 0, 0], [4, 0, 0], [0, 4, 0], [0, 0, 4], [4, 4, 4]])
    return centres[torch.randint(5, (samples,), generator=generator)] + 0.1 * torch.randn(
        samples, 3, generator=generator
    )


def test_a_gaussian_cloud_has_no_shape():
    found = measures(cloud(4000, 0), cloud(2000, 1))
    assert abs(found["gain"]) < 0.05
    assert found["empty_gaussian"] == pytest.approx(0.05, abs=0.03)
    assert found["empty_prior"] > 0.9
    assert found["cells"] == pytest.approx(1, abs=0.02)
    assert abs(found["kurtosis"]) < 0.1


def test_many_latents_make_no_shape():
    """The entropy of 256 orthants that hold 2000 codes is .06 nats too low before it is corrected."""
    train, test = (torch.randn(n, 8, generator=torch.Generator().manual_seed(n)) for n in (3000, 2000))
    found = measures(train, test)
    assert found["cells"] == pytest.approx(1, abs=0.02)
    assert abs(found["kurtosis"]) < 0.15
    assert found["empty_prior"] == pytest.approx(0.05, abs=0.03)


def test_one_latent_is_refused():
    with pytest.raises(ValueError, match="dim = 1: allowed: 2 or more"):
        code_shape(torch.randn(50, 1), torch.randn(50, 1))


def test_clusters_are_weird_and_sparse():
    found = measures(clusters(4000, 0), clusters(2000, 1))
    assert found["gain"] > 1
    assert found["empty_gaussian"] > 0.8
    assert found["cells"] < 0.85
