"""Check every claim that has results to be checked on."""

from curvae import claims, data, job, store


def read(path):
    """A table, what a training says of itself, or the test samples of data or codes, without their images."""
    if path.endswith(".zarr"):
        return data.split(store.open_arrays(path).drop_vars("images", errors="ignore"), "test")
    return store.read_json(path) if path.endswith(".json") else store.read_table(path)


with job.start(snakemake.log[0], snakemake.threads):
    paths = {name: [found] if isinstance(found, str) else found for name, found in snakemake.input.items()}
    results = {name: [read(path) for path in found] for name, found in paths.items()}
    asked = {name: snakemake.params[name] for name in ("runs", "recurrent", "member")}
    rows = claims.check(results, **asked)
    store.write_table(snakemake.output.table, claims.account(claims.gather(rows)))
