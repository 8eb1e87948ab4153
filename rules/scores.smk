rule score:
    message:
        "scoring the codes of {wildcards.experiment}"
    input:
        data=lambda w: dataset_path(w.experiment),
        latents=lambda w: every_instance(LATENTS, w.experiment),
    output:
        scores=report(
            "results/scores/{experiment}.csv",
            caption="captions/scores.rst",
            category="Scores",
            labels={"experiment": "{experiment}", "result": "disentanglement"},
        ),
    params:
        settings=lambda w: dump(STUDY.scores[w.experiment]),
        code=code("score.py"),
    log:
        "results/logs/score/{experiment}.log",
    benchmark:
        "results/benchmarks/score/{experiment}.tsv"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    conda:
        "../envs/curvae.yaml"
    script:
        "../workflow_scripts/score.py"
