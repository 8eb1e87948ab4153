"""curvae: a study of autoencoder latent spaces. The settings stand in config.yaml."""

from snakemake.utils import min_version

min_version("9.1")


include: "rules/common.smk"
include: "rules/requests.smk"
include: "rules/data.smk"
include: "rules/train.smk"
include: "rules/dynamics.smk"
include: "rules/climate.smk"
include: "rules/scores.smk"
include: "rules/bounds.smk"
include: "rules/density.smk"
include: "rules/pretraining.smk"
include: "rules/ring.smk"
include: "rules/geometry.smk"
include: "rules/claims.smk"
include: "rules/figures.smk"
include: "rules/explorer.smk"
include: "rules/generators.smk"
include: "rules/page.smk"
include: "rules/flows.smk"


report: "rules/captions/study.rst"


rule all:
    default_target: True
    input:
        every_result(),
        rules.record_run.output,
        rules.write_page.output,
