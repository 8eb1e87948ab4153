rule measure_square:
    input:
        data=lambda w: dataset_path(w.experiment),
        latents=lambda w: every_instance(LATENTS, w.experiment),
        weights=lambda w: every_instance(WEIGHTS, w.experiment),
    output:
        table="results/measures/{experiment}.csv",
    log:
        "results/logs/measure_square/{experiment}.log",
    benchmark:
        "results/benchmarks/measure_square/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(0.3),
    params:
        code=lambda w: code("measure_square.py", model_module(w.experiment)),
    message:
        "measuring {wildcards.experiment}"
    script:
        "../workflow_scripts/measure_square.py"


rule measure_axes:
    input:
        weights=lambda w: every_instance(WEIGHTS, w.experiment),
    output:
        table=report(
            "results/measures/{experiment}_axes.csv",
            caption="captions/axes.rst",
            category="Latent space",
            labels={"experiment": "{experiment}", "result": "what the axes encode"},
        ),
    log:
        "results/logs/measure_axes/{experiment}.log",
    benchmark:
        "results/benchmarks/measure_axes/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(420),
        runtime=minutes(0.3),
    params:
        code=lambda w: code("measure_axes.py", model_module(w.experiment)),
    message:
        "measuring the axes of {wildcards.experiment}"
    script:
        "../workflow_scripts/measure_axes.py"


rule check_claims:
    input:
        unpack(claims_input),
    output:
        table=report(
            "results/claims.csv",
            caption="captions/claims.rst",
            category="Claims",
            labels={"result": "claims of the study"},
        ),
    log:
        "results/logs/check_claims.log",
    benchmark:
        "results/benchmarks/check_claims.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(220),
        runtime=minutes(0.2),
    params:
        runs=claimed_runs(),
        recurrent=recurrent_predictors(),
        member=claims_member,
        code=code("check_claims.py"),
    message:
        "checking the claims"
    script:
        "../workflow_scripts/check_claims.py"
