rule record_run:
    input:
        every_result(),
    output:
        manifest="results/run/manifest.json",
        workflow="results/run/Snakefile",
        config="results/run/config.yaml",
        crate="results/ro-crate-metadata.json",
    log:
        "results/logs/record_run.log",
    benchmark:
        "results/benchmarks/record_run.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(180),
        runtime=minutes(0.2),
    params:
        config=config,
        code=code("record_run.py"),
    message:
        "recording the run"
    script:
        "../workflow_scripts/record_run.py"
