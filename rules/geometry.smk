rule find_geodesics:
    input:
        data=lambda w: dataset_path(STUDY.geometry[w.geometry].experiment),
        latents=lambda w: shown_path(LATENTS, STUDY.geometry[w.geometry].experiment),
        weights=lambda w: shown_path(WEIGHTS, STUDY.geometry[w.geometry].experiment),
    output:
        arrays=directory("results/geometry/{geometry}/geodesics.zarr"),
        table=report(
            "results/geometry/{geometry}/geodesics.csv",
            caption="captions/geodesics_table.rst",
            category="Geometry",
            labels={"geometry": "{geometry}", "result": "lengths"},
        ),
    log:
        "results/logs/find_geodesics/{geometry}.log",
    benchmark:
        "results/benchmarks/find_geodesics/{geometry}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(60),
    params:
        settings=lambda w: dump(STUDY.geometry[w.geometry]),
        member=lambda w: shown_member(STUDY.geometry[w.geometry].experiment),
        code=lambda w: code(
            "find_geodesics.py", model_module(STUDY.geometry[w.geometry].experiment)
        ),
    message:
        "finding the geodesics {wildcards.geometry}"
    script:
        "../workflow_scripts/find_geodesics.py"
