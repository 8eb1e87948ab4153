"""An experiment's members as one page for a browser: decoders, codes and rollouts to touch, without a network."""

from curvae.explorer.members import Member
from curvae.explorer.page import page
from curvae.explorer.rollouts import Rollouts

__all__ = ["Member", "Rollouts", "page"]
