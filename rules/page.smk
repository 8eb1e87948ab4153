rule record_run:
    input:
        results=every_result(),
        manifests=every_manifest(),
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
        mem_mb=memory(230),
        runtime=minutes(0.2),
    params:
        config=config,
        jobs=lambda w: study_jobs(),
        code=code("record_run.py"),
    message:
        "recording the run"
    script:
        "../workflow_scripts/record_run.py"


rule write_page:
    input:
        every_result(),
        run="results/run/manifest.json",
        manifests=every_manifest(),
        claims=lambda w: claims_table(),
    output:
        page="results/index.html",
    log:
        "results/logs/write_page.log",
    benchmark:
        "results/benchmarks/write_page.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(300),
        runtime=minutes(0.3),
    params:
        parts=lambda w: page_parts(),
        jobs=lambda w: study_jobs(),
        captions=lambda w: page_captions(),
        code=code("write_page.py", Path(workflow.basedir, "curvae/report/static")),
    message:
        "writing the page"
    script:
        "../workflow_scripts/write_page.py"
