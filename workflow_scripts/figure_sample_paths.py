"""Decode ten steps between latents that the shown member's prior draws."""

import numpy as np

from curvae import job
from curvae.figures.samples import sample_paths
from curvae.figures.style import save
from curvae.settings.model import ModelSettings
from curvae.sweep import open_stack

ROWS, STEPS = 4, 10

with job.start(snakemake.log[0], snakemake.threads):
    stack = open_stack(snakemake.input.weights, ModelSettings)[0].only(snakemake.params.member)
    first, last = (snakemake.params.temperature * stack.draws(2 * ROWS))[0].reshape(ROWS, 2, 1, -1).swapaxes(0, 1)
    share = np.linspace(0, 1, STEPS)[:, None]
    between = first * (1 - share) + last * share
    steps = stack.decode(between.reshape(1, ROWS * STEPS, -1))[0]
    save(*sample_paths(steps.reshape(ROWS, STEPS, *steps.shape[1:])), **dict(snakemake.output.items()))
