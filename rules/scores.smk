rule score:
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
    log:
        "results/logs/score/{experiment}.log",
    benchmark:
        "results/benchmarks/score/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=lambda w: dump(STUDY.scores[w.experiment]),
        code=code("score.py"),
    message:
        "scoring the codes of {wildcards.experiment}"
    script:
        "../workflow_scripts/score.py"
