"""Learning rates and annealing, at instants where they are known."""

import pytest

from curvae.settings.train import Budget
from curvae.sweep.schedule import rate, warmth


def test_a_cosine_falls_from_the_rate_towards_zero():
    budget = Budget(epochs=4, lr=0.2, schedule="cosine")
    assert [rate(budget, {}, epoch) for epoch in (1, 3)] == pytest.approx([0.2, 0.1])
    assert rate(budget, {"lr": 1.0}, 3) == pytest.approx(0.5)
    assert rate(Budget(lr=0.2), {}, 7) == 0.2


@pytest.mark.parametrize(
    ("kind", "values"),
    [("none", [1, 1, 1, 1]), ("linear", [0, 0.5, 1, 1]), ("sigmoid", [0.0024726, 0.5, 0.9975274, 1 - 1.523e-8])],
)
def test_beta_grows_as_its_name_says(kind, values):
    budget = Budget(anneal=kind, anneal_epochs=10)
    assert [warmth(budget, {}, time) for time in (0.0, 5.0, 10.0, 20.0)] == pytest.approx(values, abs=1e-7)
    assert warmth(Budget(anneal_epochs=10), {"anneal": kind}, 5.0) == values[1]
