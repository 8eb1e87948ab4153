"""When empty space is long: a ring of codes, a decoder trained on it, the way through the hole and the way around."""

import math

import pytest
import torch

from curvae.geometry import PullbackMetric, curve_length, fit_precision

NOISE, FEATURES = 0.05, 8


@pytest.fixture(scope="module")
def ring():
    """A decoder 2-24-8 (tanh) trained by least squares, its codes on the unit circle and its data."""
    torch.manual_seed(0)
    angle = 2 * math.pi * torch.rand(600, dtype=torch.float64)
    codes = torch.stack([angle.cos(), angle.sin()], 1)
    mix = torch.linalg.qr(torch.randn(FEATURES, 4, dtype=torch.float64))[0]
    clean = torch.stack([angle.cos(), angle.sin(), (2 * angle).cos(), (2 * angle).sin()], 1) @ mix.mT
    data = clean + NOISE * torch.randn(600, FEATURES, dtype=torch.float64)
    decoder = torch.nn.Sequential(torch.nn.Linear(2, 24), torch.nn.Tanh(), torch.nn.Linear(24, FEATURES)).double()
    optimiser = torch.optim.Adam(decoder.parameters(), lr=0.03)
    for _ in range(400):
        optimiser.zero_grad()
        (decoder(codes) - data).square().sum(1).mean().backward()
        optimiser.step()
    return decoder.requires_grad_(False), codes, data


def ways(metric, count=2001):
    """Lengths of the straight way through the hole and of the way around it, between opposite codes."""
    t = torch.linspace(0, 1, count, dtype=torch.float64)
    through = torch.stack([1 - 2 * t, torch.zeros_like(t)], 1)
    around = torch.stack([(math.pi * t).cos(), (math.pi * t).sin()], 1)
    return curve_length(metric, torch.stack([through, around]), substeps=1).tolist()


def toll(model):
    """Up to the standard deviation in the middle and down again: |std(0) - std(1)| twice."""
    rim, middle = torch.tensor([[1.0, 0], [0, 0]], dtype=torch.float64)[:, None]
    return 2 * (model(middle) - model(rim)).norm().item()


def test_a_hole_wider_than_the_radial_functions_costs_the_toll(ring):
    decoder, codes, data = ring
    assert ways(PullbackMetric(decoder))[0] < ways(PullbackMetric(decoder))[1]  # by the mean alone the hole is short
    model = fit_precision(decoder, codes, data, centres=64, floor=1e-2)
    through, around = ways(PullbackMetric(decoder, model))
    assert toll(model) == pytest.approx(2 * FEATURES**0.5 * (0.01**-0.5 - NOISE), rel=0.01)
    assert toll(model) <= through < 1.1 * toll(model)
    assert through > 5 * around


@pytest.mark.parametrize(
    ("centres", "width", "floor"),
    [
        pytest.param(64, 2.0, 4.0, id="a high floor: the toll is below the way around"),
        pytest.param(6, 2.0, 1e-2, id="few centres: radial functions as wide as the hole fill it"),
    ],
)
def test_other_settings_leave_the_hole_short(ring, centres, width, floor):
    decoder, codes, data = ring
    model = fit_precision(decoder, codes, data, centres=centres, width=width, floor=floor)
    through, around = ways(PullbackMetric(decoder, model))
    assert through < around


def test_the_toll_is_paid_once_however_wide_the_hole(ring):
    """Beyond the wall the standard deviation is constant, and its part of the metric vanishes."""
    decoder, codes, data = ring
    model = fit_precision(decoder, codes, data, centres=64, floor=1e-2)
    far = torch.tensor([[[3.0, 0], [300.0, 0]]], dtype=torch.float64)
    assert curve_length(PullbackMetric(model), far, substeps=1000).item() < 1e-6
