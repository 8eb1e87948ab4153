"""Invertible maps with a tractable Jacobian, and densities made of them."""

from curvae.flows.coupling import Coupling, Flow
from curvae.flows.density import densities, fit_flow

__all__ = ["Coupling", "Flow", "densities", "fit_flow"]
