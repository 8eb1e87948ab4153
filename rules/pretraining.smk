rule compare_pretraining:
    input:
        unpack(pretraining_input),
    output:
        table=report(
            "results/pretraining/{pretraining}.csv",
            caption="captions/pretraining_table.rst",
            category="Training",
            labels={
                "experiment": "{pretraining}",
                "result": "with and without pretraining",
            },
        ),
    log:
        "results/logs/compare_pretraining/{pretraining}.log",
    benchmark:
        "results/benchmarks/compare_pretraining/{pretraining}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        passes=pretraining_passes,
        code=code("compare_pretraining.py"),
    message:
        "comparing with and without pretraining: {wildcards.pretraining}"
    script:
        "../workflow_scripts/compare_pretraining.py"


rule figure_pretraining:
    input:
        unpack(pretraining_input),
    output:
        png=report(
            "results/figures/pretraining/{pretraining}.png",
            caption="captions/pretraining.rst",
            category="Training",
            labels={
                "experiment": "{pretraining}",
                "result": "with and without pretraining",
            },
        ),
        pdf="results/figures/pretraining/{pretraining}.pdf",
        csv="results/figures/pretraining/{pretraining}.csv",
    log:
        "results/logs/figures/pretraining/{pretraining}.log",
    benchmark:
        "results/benchmarks/figures/pretraining/{pretraining}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        passes=pretraining_passes,
        code=code("figure_pretraining.py"),
    message:
        "drawing with and without pretraining: {wildcards.pretraining}"
    script:
        "../workflow_scripts/figure_pretraining.py"
