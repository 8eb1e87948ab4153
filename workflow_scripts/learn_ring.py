"""Fit a flow to the ring, and judge it and an autoencoder by the known answers."""

import torch

from curvae import data, job, store
from curvae.flows.ring import learn_ring
from curvae.settings.model import ModelSettings
from curvae.sweep import open_stack

with job.start(snakemake.log[0], snakemake.threads):
    s, dataset = snakemake.params.settings, store.open_arrays(snakemake.input.data)
    train, test = (torch.as_tensor(data.split(dataset, name)["images"].values) for name in ("train", "test"))
    decoder = open_stack(snakemake.input.weights, ModelSettings)[0].decoder(snakemake.params.member)
    arrays, table = learn_ring(train, test, decoder, steps=s["steps"], seed=s["seed"])
    store.write_arrays(snakemake.output.arrays, arrays)
    store.write_table(snakemake.output.table, table)
