"""Put the climates of the truth and of all learners into two tables."""

from pathlib import Path

from pydantic import TypeAdapter

from curvae import data, job, store
from curvae.dynamics import by_trajectory
from curvae.dynamics.orbits import climate_tables
from curvae.learners.published import published
from curvae.settings.data import DataSettings

with job.start(snakemake.log[0], snakemake.threads):
    p = snakemake.params
    test = data.split(store.open_arrays(snakemake.input.data), "test")
    films = by_trajectory(test["images"].values, test["trajectory"].values)
    systems = {Path(path).parent.name: store.open_arrays(path).load() for path in snakemake.input.orbits}
    equation = TypeAdapter(DataSettings).validate_python(p.equation)
    beside = {name: published(equation.kind, learner) for name, learner in p.learners.items()}
    exponents, climate = climate_tables(
        systems, films, p.coordinate, p.segment, beside, data.mean_trace(equation) if p.complete else float("nan")
    )
    store.write_table(snakemake.output.exponents, exponents)
    store.write_table(snakemake.output.climate, climate)
