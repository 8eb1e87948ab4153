rule explorer:
    input:
        unpack(explorer_input),
    output:
        page=report(
            "results/explorer/{experiment}.html",
            caption="captions/explorer.rst",
            category="Explorer",
            labels={"experiment": "{experiment}", "result": "a page to touch"},
        ),
    log:
        "results/logs/explorer/{experiment}.log",
    benchmark:
        "results/benchmarks/explorer/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(with_images(460)),
        runtime=minutes(0.4),
    params:
        shown=lambda w: shown_place(w.experiment),
        about=lambda w: explorer_about(shown_model(w.experiment)),
        code=lambda w: code(
            "explorer.py",
            model_module(w.experiment),
            Path(workflow.basedir, "curvae/explorer/static"),
        ),
    message:
        "making the explorer of {wildcards.experiment}"
    script:
        "../workflow_scripts/explorer.py"
