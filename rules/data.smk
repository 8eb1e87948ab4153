rule make_data:
    input:
        unpack(data_input),
    output:
        arrays=directory("results/data/{dataset}.zarr"),
    log:
        "results/logs/make_data/{dataset}.log",
    benchmark:
        "results/benchmarks/make_data/{dataset}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(data_memory),
        runtime=minutes(0.2),
    params:
        settings=lambda w: dump(STUDY.data[w.dataset]),
        member=lambda w: data_member(w.dataset),
        file=lambda w: data_digest(w.dataset),
        code=lambda w: code("make_data.py", data_module(w.dataset)),
    message:
        "making the data set {wildcards.dataset}"
    script:
        "../workflow_scripts/make_data.py"
