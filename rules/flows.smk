rule measure_flow:
    input:
        data=lambda w: dataset_path(w.experiment),
        weights=lambda w: every_instance(WEIGHTS, w.experiment),
    output:
        bits=report(
            "results/flows/{experiment}.csv",
            caption="captions/bits.rst",
            category="Generators",
            labels={"experiment": "{experiment}", "result": "bits per dimension"},
        ),
        edits=report(
            "results/flows/{experiment}_edits.csv",
            caption="captions/attribute_edits_table.rst",
            category="Generators",
            labels={"experiment": "{experiment}", "result": "edited attributes"},
        ),
        arrays=directory("results/flows/{experiment}_edits.zarr"),
    log:
        "results/logs/measure_flow/{experiment}.log",
    benchmark:
        "results/benchmarks/measure_flow/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(with_images(480)),
        runtime=minutes(1),
    params:
        settings=lambda w: dump(STUDY.flows[w.experiment]),
        code=lambda w: code("measure_flow.py", model_module(w.experiment)),
    message:
        "measuring the flow {wildcards.experiment}"
    script:
        "../workflow_scripts/measure_flow.py"


rule figure_attribute_edits:
    input:
        edits="results/flows/{experiment}_edits.csv",
        arrays="results/flows/{experiment}_edits.zarr",
    output:
        png=report(
            "results/figures/attribute_edits/{experiment}.png",
            caption="captions/attribute_edits.rst",
            category="Generators",
            labels={"experiment": "{experiment}", "result": "edits of attributes"},
        ),
        pdf="results/figures/attribute_edits/{experiment}.pdf",
        csv="results/figures/attribute_edits/{experiment}.csv",
    log:
        "results/logs/figures/attribute_edits/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/attribute_edits/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        member=lambda w: shown_place(w.experiment),
        code=code("figure_attribute_edits.py"),
    message:
        "drawing the edits of attributes by {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_attribute_edits.py"
