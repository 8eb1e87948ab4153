rule figure_level_sets:
    input:
        latents=lambda w: shown_path(LATENTS, w.experiment),
        weights=lambda w: shown_path(WEIGHTS, w.experiment),
    output:
        png=report(
            "results/figures/level_sets/{experiment}.png",
            caption="captions/level_sets.rst",
            category="Geometry",
            labels={"experiment": "{experiment}", "result": "the decoder inverted"},
        ),
        pdf="results/figures/level_sets/{experiment}.pdf",
        csv="results/figures/level_sets/{experiment}.csv",
    log:
        "results/logs/figures/level_sets/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/level_sets/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(0.3),
    params:
        member=lambda w: shown_member(w.experiment),
        activation=lambda w: shown_model(w.experiment).decoder_activation
        or shown_model(w.experiment).activation,
        output=lambda w: (
            "sigmoid"
            if shown_model(w.experiment).likelihood == "bernoulli"
            else "identity"
        ),
        code=lambda w: code("figure_level_sets.py", model_module(w.experiment)),
    message:
        "drawing the level sets of {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_level_sets.py"
