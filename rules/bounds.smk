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
        runtime=minutes(bound_minutes),
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


rule figure_bound_curves:
    input:
        tables=lambda w: bounds_of(STUDY.bound_curves[w.bound_curves]),
    output:
        png=report(
            "results/figures/bound_curves/{bound_curves}.png",
            caption="captions/bound_curves.rst",
            category="Scores",
            labels={
                "experiment": "{bound_curves}",
                "result": "bounds against the number of draws",
            },
        ),
        pdf="results/figures/bound_curves/{bound_curves}.pdf",
        csv="results/figures/bound_curves/{bound_curves}.csv",
    log:
        "results/logs/figures/bound_curves/{bound_curves}.log",
    benchmark:
        "results/benchmarks/figures/bound_curves/{bound_curves}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        names=lambda w: list(STUDY.bound_curves[w.bound_curves]),
        code=code("figure_bound_curves.py"),
    message:
        "drawing the bounds against their draws of {wildcards.bound_curves}"
    script:
        "../workflow_scripts/figure_bound_curves.py"


rule figure_ladders:
    input:
        unpack(ladder_input),
    output:
        png=report(
            "results/figures/ladders/{ladders}.png",
            caption="captions/ladders.rst",
            category="Latent space",
            labels={"experiment": "{ladders}", "result": "layers of latents"},
        ),
        pdf="results/figures/ladders/{ladders}.pdf",
        csv="results/figures/ladders/{ladders}.csv",
    log:
        "results/logs/figures/ladders/{ladders}.log",
    benchmark:
        "results/benchmarks/figures/ladders/{ladders}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        names=lambda w: list(STUDY.ladders[w.ladders]),
        jobs=lambda w: [len(JOBS[name]) for name in STUDY.ladders[w.ladders]],
        sizes=lambda w: [layer_sizes(name) for name in STUDY.ladders[w.ladders]],
        code=code("figure_ladders.py"),
    message:
        "drawing the layers of {wildcards.ladders}"
    script:
        "../workflow_scripts/figure_ladders.py"
