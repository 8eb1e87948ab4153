rule measure_generation:
    input:
        unpack(lambda w: every_weights(STUDY.generation[w.generation])),
    output:
        table=report(
            "results/generation/{generation}.csv",
            caption="captions/generation.rst",
            category="Generators",
            labels={"experiment": "{generation}", "result": "measures of samples"},
        ),
    log:
        "results/logs/measure_generation/{generation}.log",
    benchmark:
        "results/benchmarks/measure_generation/{generation}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(with_images(520, generation_experiment, copies=2)),
        runtime=minutes(0.5),
    params:
        settings=lambda w: dump(STUDY.generation[w.generation]),
        names=lambda w: weights_names(STUDY.generation[w.generation]),
        epochs=lambda w: [
            STUDY.experiments[name].train.epochs
            for name in weights_names(STUDY.generation[w.generation])
        ],
        code=lambda w: code(
            "measure_generation.py",
            *{
                model_module(name)
                for name in weights_names(STUDY.generation[w.generation])
            },
        ),
    message:
        "measuring the samples {wildcards.generation}"
    script:
        "../workflow_scripts/measure_generation.py"


rule measure_drawn_codes:
    input:
        data=lambda w: dataset_path(w.experiment),
        weights=lambda w: every_instance(WEIGHTS, w.experiment),
    output:
        table=report(
            "results/drawn_codes/{experiment}.csv",
            caption="captions/drawn_codes.rst",
            category="Generators",
            labels={"experiment": "{experiment}", "result": "draws of codes"},
        ),
    log:
        "results/logs/measure_drawn_codes/{experiment}.log",
    benchmark:
        "results/benchmarks/measure_drawn_codes/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(470),
        runtime=minutes(0.3),
    params:
        code=lambda w: code("measure_drawn_codes.py", model_module(w.experiment)),
    message:
        "measuring the codes that {wildcards.experiment} draws"
    script:
        "../workflow_scripts/measure_drawn_codes.py"


rule figure_samples:
    input:
        weights=lambda w: shown_path(WEIGHTS, w.experiment),
    output:
        png=report(
            "results/figures/samples/{experiment}.png",
            caption="captions/samples.rst",
            category="Generators",
            labels={"experiment": "{experiment}", "result": "samples"},
        ),
        pdf="results/figures/samples/{experiment}.pdf",
        csv="results/figures/samples/{experiment}.csv",
    log:
        "results/logs/figures/samples/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/samples/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(0.3),
    params:
        member=lambda w: shown_member(w.experiment),
        temperature=lambda w: getattr(STUDY.flows.get(w.experiment), "temperature", 1.0),
        code=lambda w: code("figure_samples.py", model_module(w.experiment)),
    message:
        "drawing the samples of {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_samples.py"


rule figure_sample_paths:
    input:
        weights=lambda w: shown_path(WEIGHTS, w.experiment),
    output:
        png=report(
            "results/figures/sample_paths/{experiment}.png",
            caption="captions/sample_paths.rst",
            category="Generators",
            labels={
                "experiment": "{experiment}",
                "result": "interpolation of samples",
            },
        ),
        pdf="results/figures/sample_paths/{experiment}.pdf",
        csv="results/figures/sample_paths/{experiment}.csv",
    log:
        "results/logs/figures/sample_paths/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/sample_paths/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(0.3),
    params:
        member=lambda w: shown_member(w.experiment),
        temperature=lambda w: getattr(STUDY.flows.get(w.experiment), "temperature", 1.0),
        code=lambda w: code("figure_sample_paths.py", model_module(w.experiment)),
    message:
        "drawing the steps between samples of {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_sample_paths.py"


rule figure_adversarial_curves:
    input:
        history=lambda w: shown_path(HISTORY, w.experiment),
    output:
        png=report(
            "results/figures/adversarial_curves/{experiment}.png",
            caption="captions/adversarial_curves.rst",
            category="Training",
            labels={
                "experiment": "{experiment}",
                "result": "losses of critic and generator",
            },
        ),
        pdf="results/figures/adversarial_curves/{experiment}.pdf",
        csv="results/figures/adversarial_curves/{experiment}.csv",
    log:
        "results/logs/figures/adversarial_curves/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/adversarial_curves/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(0.3),
    params:
        objective=lambda w: dump(STUDY.experiments[w.experiment].objective),
        code=code("figure_adversarial_curves.py"),
    message:
        "drawing the losses of critic and generator of {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_adversarial_curves.py"


rule measure_between:
    input:
        unpack(lambda w: every_weights(STUDY.between[w.between])),
    output:
        table=report(
            "results/between/{between}.csv",
            caption="captions/between_table.rst",
            category="Generators",
            labels={"experiment": "{between}", "result": "images between codes"},
        ),
        arrays=directory("results/between/{between}.zarr"),
    log:
        "results/logs/measure_between/{between}.log",
    benchmark:
        "results/benchmarks/measure_between/{between}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(
            with_images(480, lambda w: STUDY.between[w.between].experiments[0])
        ),
        runtime=minutes(0.5),
    params:
        settings=lambda w: dump(STUDY.between[w.between]),
        names=lambda w: weights_names(STUDY.between[w.between]),
        code=lambda w: code(
            "measure_between.py",
            *{model_module(name) for name in STUDY.between[w.between].experiments},
        ),
    message:
        "measuring what lies between codes of {wildcards.between}"
    script:
        "../workflow_scripts/measure_between.py"


rule figure_between:
    input:
        table="results/between/{between}.csv",
        arrays="results/between/{between}.zarr",
    output:
        png=report(
            "results/figures/between/{between}.png",
            caption="captions/between.rst",
            category="Generators",
            labels={"experiment": "{between}", "result": "images between codes"},
        ),
        pdf="results/figures/between/{between}.pdf",
        csv="results/figures/between/{between}.csv",
    log:
        "results/logs/figures/between/{between}.log",
    benchmark:
        "results/benchmarks/figures/between/{between}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        code=code("figure_between.py"),
    message:
        "drawing what lies between codes of {wildcards.between}"
    script:
        "../workflow_scripts/figure_between.py"
