rule bound:
    input:
        data=lambda w: dataset_path(w.experiment),
        weights=lambda w: every_instance(WEIGHTS, w.experiment),
    output:
        table=report(
            "results/bounds/{experiment}.csv",
            caption="captions/bounds.rst",
            category="Scores",
            labels={
                "experiment": "{experiment}",
                "result": "bounds on the likelihood",
            },
        ),
    log:
        "results/logs/bound/{experiment}.log",
    benchmark:
        "results/benchmarks/bound/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(with_images(420)),
        runtime=minutes(0.5),
    params:
        settings=lambda w: dump(STUDY.bounds[w.experiment]),
        code=lambda w: code("bound.py", model_module(w.experiment)),
    message:
        "bounding the likelihood under {wildcards.experiment}"
    script:
        "../workflow_scripts/bound.py"


rule figure_posteriors:
    input:
        data=lambda w: dataset_path(STUDY.posteriors[w.posteriors].flow),
        gaussian=lambda w: shown_path(WEIGHTS, STUDY.posteriors[w.posteriors].gaussian),
        flow=lambda w: shown_path(WEIGHTS, STUDY.posteriors[w.posteriors].flow),
    output:
        png=report(
            "results/figures/posteriors/{posteriors}.png",
            caption="captions/posteriors.rst",
            category="Latent space",
            labels={"experiment": "{posteriors}", "result": "prior and posteriors"},
        ),
        pdf="results/figures/posteriors/{posteriors}.pdf",
        csv="results/figures/posteriors/{posteriors}.csv",
    log:
        "results/logs/figures/posteriors/{posteriors}.log",
    benchmark:
        "results/benchmarks/figures/posteriors/{posteriors}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(0.3),
    params:
        points=lambda w: STUDY.data[
            STUDY.experiments[STUDY.posteriors[w.posteriors].flow].data
        ].points,
        gaussian=lambda w: shown_member(STUDY.posteriors[w.posteriors].gaussian),
        flow=lambda w: shown_member(STUDY.posteriors[w.posteriors].flow),
        code=code("figure_posteriors.py", "curvae.models.vae"),
    message:
        "drawing the posteriors of {wildcards.posteriors}"
    script:
        "../workflow_scripts/figure_posteriors.py"
