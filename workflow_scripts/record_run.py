"""Record how the whole study came about: a manifest, and the same as a research object."""

import shutil
from pathlib import Path

import yaml

from curvae import job, store
from curvae.provenance import ROOT, research_object, run_manifest

with job.start(snakemake.log[0], snakemake.threads):
    results, made, p = Path(snakemake.output.crate).parent, snakemake.input, snakemake.params
    manifest = run_manifest(results, p.config, made.results, made.manifests, p.jobs)
    store.write_json(snakemake.output.manifest, manifest)
    with store.atomic(snakemake.output.workflow) as part:
        shutil.copy2(ROOT / "Snakefile", part)
    with store.atomic(snakemake.output.config) as part:
        part.write_text(yaml.safe_dump(p.config, sort_keys=False))
    store.write_json(snakemake.output.crate, research_object(results, manifest))
