"""Lyapunov spectra that others found in systems learned from data, to put beside ours."""

from typing import Any

SPECTRA = {
    # Pathak et al. 2017: one reservoir of 300 units with spectral radius 1.2.
    ("lorenz", "reservoir"): (0.90, 0.0, -10.5),
    # README of github.com/pvlachas/RNN-Lyapunov-Spectrum, beside Vlachas et al. 2020: one GRU of 40 units.
    ("lorenz", "gru"): (0.9075, -0.0043, -14.31),
}


def published(kind: str, learner: dict[str, Any]) -> tuple[float, ...]:
    """The largest exponents that were published for a kind of learner, or none.

    Args:
        kind: of the data set.
        learner: its settings; reservoirs go by their kind, recurrent networks by their cell.
    """
    return SPECTRA.get((kind, learner.get("cell", learner["kind"])), ())
