rule learn_ring:
    input:
        data=lambda w: dataset_path(STUDY.rings[w.ring].experiment),
        weights=lambda w: shown_path(WEIGHTS, STUDY.rings[w.ring].experiment),
    output:
        arrays=directory("results/ring/{ring}.zarr"),
        table=report(
            "results/ring/{ring}.csv",
            caption="captions/ring_table.rst",
            category="Latent space",
            labels={"experiment": "{ring}", "result": "what was learnt of the ring"},
        ),
    log:
        "results/logs/learn_ring/{ring}.log",
    benchmark:
        "results/benchmarks/learn_ring/{ring}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(0.7),
    params:
        settings=lambda w: dump(STUDY.rings[w.ring]),
        member=lambda w: shown_member(STUDY.rings[w.ring].experiment),
        code=lambda w: code(
            "learn_ring.py", model_module(STUDY.rings[w.ring].experiment)
        ),
    message:
        "learning the ring {wildcards.ring}"
    script:
        "../workflow_scripts/learn_ring.py"


rule figure_ring:
    input:
        arrays="results/ring/{ring}.zarr",
        table="results/ring/{ring}.csv",
    output:
        png=report(
            "results/figures/ring/{ring}.png",
            caption="captions/ring.rst",
            category="Latent space",
            labels={"experiment": "{ring}", "result": "the ring"},
        ),
        pdf="results/figures/ring/{ring}.pdf",
        csv="results/figures/ring/{ring}.csv",
    log:
        "results/logs/figures/ring/{ring}.log",
    benchmark:
        "results/benchmarks/figures/ring/{ring}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        code=code("figure_ring.py"),
    message:
        "drawing the ring {wildcards.ring}"
    script:
        "../workflow_scripts/figure_ring.py"
