"""Fit a predictor in closed form to the training trajectories, let it run from the test ones, decode."""

from curvae import data, job, store
from curvae.dynamics import Scale, film_parts, latent_states
from curvae.dynamics.fitted import predict
from curvae.settings.model import ModelSettings
from curvae.sweep import open_stack

with job.start(snakemake.log[0], snakemake.threads):
    s, chosen = snakemake.params.settings, dict(snakemake.params.predictor)
    codes = store.open_arrays(snakemake.input.latents).isel(member=snakemake.params.member)
    arrays, states, inputs = store.open_arrays(snakemake.input.data), {}, chosen.pop("inputs")
    for name in ("train", "test"):
        states[name] = latent_states(data.split(codes, name), data.split(arrays, name)["trajectory"].values, inputs)
    scale = Scale.of(states["train"])
    known = scale.apply(states["test"][: s["trajectories"], : s["warmup"]])
    predicted = predict(chosen, scale.apply(states["train"]), known, s["horizon"], snakemake.params.seeds)
    autoencoder = open_stack(snakemake.input.autoencoder, ModelSettings)[0].only(snakemake.params.member)
    decode = lambda z: autoencoder.decode(z[None])[0]  # noqa: E731
    seeds = snakemake.params.seeds[: len(predicted)]
    latents = scale.undo(predicted)[..., : codes.sizes["latent"]]
    store.write_parts(snakemake.output.rollouts, film_parts(latents, decode, seeds, s["warmup"], scale), "trajectory")
