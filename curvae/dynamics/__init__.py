"""Sequences predicted in closed loop, and what a bouncing ball's physics or a chaotic system's climate says about them.

The rooms below know arrays and plain callables. Rollouts and baselines run in torch on
[..., time, state]; scores are numpy, float64, one value a trajectory.
"""

from curvae.dynamics.ball import ball_scores
from curvae.dynamics.baselines import constant_velocity, last_frame
from curvae.dynamics.compare import compare
from curvae.dynamics.films import film_parts, films
from curvae.dynamics.lyapunov import closed_loop, lyapunov_spectrum
from curvae.dynamics.rollout import divergence, rollout
from curvae.dynamics.sequences import Scale, by_trajectory, latent_states, windows

__all__ = [
    "Scale",
    "ball_scores",
    "by_trajectory",
    "closed_loop",
    "compare",
    "constant_velocity",
    "divergence",
    "film_parts",
    "films",
    "last_frame",
    "latent_states",
    "lyapunov_spectrum",
    "rollout",
    "windows",
]
