rule train:
    message:
        "training {wildcards.experiment} ({wildcards.instance})"
    input:
        data=lambda w: dataset_path(w.experiment),
    output:
        weights=WEIGHTS,
        history=HISTORY,
        manifest="results/train/{experiment}/{instance}/manifest.json",
    params:
        model=lambda w: dump(STUDY.experiments[w.experiment].model_of(JOBS[w.experiment][w.instance])),
        budget=lambda w: dump(STUDY.experiments[w.experiment].budget_of(JOBS[w.experiment][w.instance])),
        members=lambda w: STUDY.experiments[w.experiment].members(JOBS[w.experiment][w.instance]),
        code=lambda w: code("train.py", model_module(w.experiment)),
    log:
        "results/logs/train/{experiment}/{instance}.log",
    benchmark:
        "results/benchmarks/train/{experiment}/{instance}.tsv"
    threads: 1
    resources:
        gpu=1,
        mem_mb=3000,
        runtime=120,
    conda:
        "../envs/curvae.yaml"
    script:
        "../workflow_scripts/train.py"


rule encode:
    message:
        "encoding with {wildcards.experiment} ({wildcards.instance})"
    input:
        data=lambda w: dataset_path(w.experiment),
        weights=WEIGHTS,
    output:
        latents=directory(LATENTS),
    params:
        code=lambda w: code("encode.py", model_module(w.experiment)),
    log:
        "results/logs/encode/{experiment}/{instance}.log",
    benchmark:
        "results/benchmarks/encode/{experiment}/{instance}.tsv"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    conda:
        "../envs/curvae.yaml"
    script:
        "../workflow_scripts/encode.py"


rule summarise:
    message:
        "summarising {wildcards.experiment}"
    input:
        histories=lambda w: every_instance(HISTORY, w.experiment),
    output:
        table=report(
            "results/summary/{experiment}.csv",
            caption="captions/summary.rst",
            category="Training",
            labels={"experiment": "{experiment}", "result": "final losses"},
        ),
    params:
        code=code("summarise.py"),
    log:
        "results/logs/summarise/{experiment}.log",
    benchmark:
        "results/benchmarks/summarise/{experiment}.tsv"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    conda:
        "../envs/curvae.yaml"
    script:
        "../workflow_scripts/summarise.py"
