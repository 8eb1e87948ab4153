"""Make one data set and write it as zarr."""

from pydantic import TypeAdapter

from curvae import data, job, store
from curvae.settings.base import within
from curvae.settings.data import DataSettings

with job.start(snakemake.log[0], snakemake.threads), within(f"data.{snakemake.wildcards.dataset}"):
    settings = TypeAdapter(DataSettings).validate_python(snakemake.params.settings)
    inputs = {name: store.open_arrays(path) for name, path in snakemake.input.items()}
    if "latents" in inputs:
        inputs["latents"] = inputs["latents"].isel(member=snakemake.params.member)
    made = data.make(settings, **inputs)
    if snakemake.params.file is not None:
        made.attrs["source_sha256"] = snakemake.params.file
    store.write_arrays(snakemake.output.arrays, made)
