rule train:
    input:
        data=lambda w: dataset_path(w.experiment),
    output:
        weights=WEIGHTS,
        history=HISTORY,
        manifest=MANIFEST,
    log:
        "results/logs/train/{experiment}/{instance}.log",
    benchmark:
        "results/benchmarks/train/{experiment}/{instance}.tsv"
    priority: 1  # the longest chains begin here
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(lambda w: training_cost(w)[1]),
        runtime=minutes(lambda w: training_cost(w)[0] / 60),
    params:
        model=lambda w: dump(
            STUDY.experiments[w.experiment].model_of(JOBS[w.experiment][w.instance])
        ),
        objective=lambda w: dump(STUDY.experiments[w.experiment].objective),
        budget=lambda w: dump(STUDY.experiments[w.experiment].train),
        members=lambda w: STUDY.experiments[w.experiment].members(
            JOBS[w.experiment][w.instance]
        ),
        code=lambda w: code(
            "train.py", model_module(w.experiment), objective_module(w.experiment)
        ),
        board="results/logs/tensorboard/{experiment}/{instance}",
    message:
        "training {wildcards.experiment} ({wildcards.instance})"
    script:
        "../workflow_scripts/train.py"


rule encode:
    input:
        data=lambda w: dataset_path(w.experiment),
        weights=WEIGHTS,
    output:
        latents=directory(LATENTS),
    log:
        "results/logs/encode/{experiment}/{instance}.log",
    benchmark:
        "results/benchmarks/encode/{experiment}/{instance}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(lambda w: encoding_cost(w)[1]),
        runtime=minutes(lambda w: encoding_cost(w)[0] / 60),
    params:
        code=lambda w: code("encode.py", model_module(w.experiment)),
    message:
        "encoding with {wildcards.experiment} ({wildcards.instance})"
    script:
        "../workflow_scripts/encode.py"


rule summarise:
    input:
        histories=lambda w: every_instance(HISTORY, w.experiment),
    output:
        table=report(
            "results/summary/{experiment}.csv",
            caption="captions/summary.rst",
            category="Training",
            labels={"experiment": "{experiment}", "result": "final losses"},
        ),
    log:
        "results/logs/summarise/{experiment}.log",
    benchmark:
        "results/benchmarks/summarise/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(220),
        runtime=minutes(0.2),
    params:
        code=code("summarise.py"),
    message:
        "summarising {wildcards.experiment}"
    script:
        "../workflow_scripts/summarise.py"
