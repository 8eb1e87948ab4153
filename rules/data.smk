rule make_data:
    message:
        "making the data set {wildcards.dataset}"
    output:
        arrays=directory("results/data/{dataset}.zarr"),
    params:
        settings=lambda w: dump(STUDY.data[w.dataset]),
        code=lambda w: code("make_data.py", data_module(w.dataset)),
    log:
        "results/logs/make_data/{dataset}.log",
    benchmark:
        "results/benchmarks/make_data/{dataset}.tsv"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    conda:
        "../envs/curvae.yaml"
    script:
        "../workflow_scripts/make_data.py"
