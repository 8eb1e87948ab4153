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
        mem_mb=memory(260),
        runtime=minutes(score_minutes),
    params:
        settings=lambda w: dump(STUDY.scores[w.experiment], *SCORED, "metrics"),
        code=code("score.py"),
    message:
        "scoring the codes of {wildcards.experiment}"
    script:
        "../workflow_scripts/score.py"


rule score_unlabelled:
    input:
        latents=lambda w: every_instance(LATENTS, w.experiment),
    output:
        scores=report(
            "results/scores/{experiment}_unlabelled.csv",
            caption="captions/unlabelled.rst",
            category="Scores",
            labels={"experiment": "{experiment}", "result": "codes without factors"},
        ),
    log:
        "results/logs/score_unlabelled/{experiment}.log",
    benchmark:
        "results/benchmarks/score_unlabelled/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(260),
        runtime=minutes(0.3),
    params:
        settings=lambda w: dump(
            STUDY.scores[w.experiment],
            *["unsupervised", "samples", "dead", "seed", "bootstrap"],
        ),
        code=code("score_unlabelled.py"),
    message:
        "measuring the codes of {wildcards.experiment} without factors"
    script:
        "../workflow_scripts/score_unlabelled.py"


rule score_baselines:
    input:
        data=lambda w: dataset_path(w.experiment),
    output:
        scores=report(
            "results/scores/{experiment}_baselines.csv",
            caption="captions/baselines.rst",
            category="Scores",
            labels={"experiment": "{experiment}", "result": "baselines"},
        ),
        protocols="results/scores/{experiment}_baseline_protocols.csv",
    log:
        "results/logs/score_baselines/{experiment}.log",
    benchmark:
        "results/benchmarks/score_baselines/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(800),
        runtime=minutes(baseline_minutes),
    params:
        settings=lambda w: dump(
            STUDY.scores[w.experiment], *SCORED, "metrics", "baselines", "classes"
        ),
        model=lambda w: dump(shown_model(w.experiment)),
        seeds=lambda w: STUDY.experiments[w.experiment].grid.seed,
        code=lambda w: code("score_baselines.py", model_module(w.experiment)),
    message:
        "scoring the baselines of {wildcards.experiment}"
    script:
        "../workflow_scripts/score_baselines.py"


rule score_protocols:
    input:
        data=lambda w: dataset_path(w.experiment),
        latents=lambda w: every_instance(LATENTS, w.experiment),
    output:
        protocols="results/scores/{experiment}_protocols.csv",
    log:
        "results/logs/score_protocols/{experiment}.log",
    benchmark:
        "results/benchmarks/score_protocols/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(260),
        runtime=minutes(protocol_minutes),
    params:
        settings=lambda w: dump(STUDY.scores[w.experiment], *SCORED, "classes"),
        objective=lambda w: objective_name(w.experiment),
        code=code("score_protocols.py"),
    message:
        "scoring {wildcards.experiment} under the published protocols"
    script:
        "../workflow_scripts/score_protocols.py"


rule decompose:
    input:
        latents=lambda w: every_instance(LATENTS, w.experiment),
    output:
        terms=report(
            "results/scores/{experiment}_kl_terms.csv",
            caption="captions/kl_terms_table.rst",
            category="Scores",
            labels={"experiment": "{experiment}", "result": "parts of the KL"},
        ),
    log:
        "results/logs/decompose/{experiment}.log",
    benchmark:
        "results/benchmarks/decompose/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(260),
        runtime=minutes(decompose_minutes),
    params:
        samples=lambda w: STUDY.scores[w.experiment].decomposed,
        seed=lambda w: STUDY.scores[w.experiment].seed,
        objective=lambda w: objective_name(w.experiment),
        code=code("decompose.py"),
    message:
        "splitting the KL divergence of {wildcards.experiment}"
    script:
        "../workflow_scripts/decompose.py"


rule figure_score_curves:
    input:
        scores="results/scores/{experiment}.csv",
    output:
        png=report(
            "results/figures/score_curves/{experiment}.png",
            caption="captions/score_curves.rst",
            category="Scores",
            labels={"experiment": "{experiment}", "result": "score by beta"},
        ),
        pdf="results/figures/score_curves/{experiment}.pdf",
        csv="results/figures/score_curves/{experiment}.csv",
    log:
        "results/logs/figures/score_curves/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/score_curves/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        code=code("figure_score_curves.py"),
    message:
        "drawing the score curves of {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_score_curves.py"


rule figure_score_table:
    input:
        baselines="results/scores/{experiment}_baseline_protocols.csv",
        members=lambda w: beside(w.experiment, "protocols"),
    output:
        png=report(
            "results/figures/score_table/{experiment}.png",
            caption="captions/score_table.rst",
            category="Scores",
            labels={
                "experiment": "{experiment}",
                "result": "beside the published table",
            },
        ),
        pdf="results/figures/score_table/{experiment}.pdf",
        csv="results/figures/score_table/{experiment}.csv",
    log:
        "results/logs/figures/score_table/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/score_table/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        factors=lambda w: STUDY.scores[w.experiment].factors,
        classes=lambda w: STUDY.scores[w.experiment].classes,
        code=code("figure_score_table.py"),
    message:
        "drawing the score table of {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_score_table.py"


rule figure_kl_terms:
    input:
        terms="results/scores/{experiment}_kl_terms.csv",
    output:
        png=report(
            "results/figures/kl_terms/{experiment}.png",
            caption="captions/kl_terms.rst",
            category="Scores",
            labels={"experiment": "{experiment}", "result": "parts of the KL by beta"},
        ),
        pdf="results/figures/kl_terms/{experiment}.pdf",
        csv="results/figures/kl_terms/{experiment}.csv",
    log:
        "results/logs/figures/kl_terms/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/kl_terms/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        code=code("figure_kl_terms.py"),
    message:
        "drawing the parts of the KL divergence of {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_kl_terms.py"


rule figure_factor_latents:
    input:
        data=lambda w: dataset_path(w.experiment),
        latents=lambda w: shown_path(LATENTS, w.experiment),
    output:
        png=report(
            "results/figures/factor_latents/{experiment}.png",
            caption="captions/factor_latents.rst",
            category="Scores",
            labels={"experiment": "{experiment}", "result": "factors and latents"},
        ),
        pdf="results/figures/factor_latents/{experiment}.pdf",
        csv="results/figures/factor_latents/{experiment}.csv",
    log:
        "results/logs/figures/factor_latents/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/factor_latents/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(0.3),
    params:
        member=lambda w: shown_member(w.experiment),
        settings=lambda w: dump(STUDY.scores[w.experiment], *DRAWN, "bootstrap"),
        code=code("figure_factor_latents.py"),
    message:
        "drawing the factors and latents of {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_factor_latents.py"


rule figure_metric_schematic:
    input:
        data=lambda w: dataset_path(w.experiment),
        latents=lambda w: shown_path(LATENTS, w.experiment),
    output:
        png=report(
            "results/figures/metric_schematic/{experiment}.png",
            caption="captions/metric_schematic.rst",
            category="Scores",
            labels={"experiment": "{experiment}", "result": "how a metric works"},
        ),
        pdf="results/figures/metric_schematic/{experiment}.pdf",
        csv="results/figures/metric_schematic/{experiment}.csv",
    log:
        "results/logs/figures/metric_schematic/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/metric_schematic/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(with_images(470)),
        runtime=minutes(0.3),
    params:
        member=lambda w: shown_member(w.experiment),
        settings=lambda w: dump(
            STUDY.scores[w.experiment], *DRAWN, "train", "test", "batch"
        ),
        code=code("figure_metric_schematic.py"),
    message:
        "drawing the beta-VAE metric of {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_metric_schematic.py"


rule figure_metric_agreement:
    input:
        scores="results/scores/{experiment}.csv",
    output:
        png=report(
            "results/figures/metric_agreement/{experiment}.png",
            caption="captions/metric_agreement.rst",
            category="Scores",
            labels={"experiment": "{experiment}", "result": "agreement of metrics"},
        ),
        pdf="results/figures/metric_agreement/{experiment}.pdf",
        csv="results/figures/metric_agreement/{experiment}.csv",
    log:
        "results/logs/figures/metric_agreement/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/metric_agreement/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        code=code("figure_metric_agreement.py"),
    message:
        "drawing the agreement of metrics of {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_metric_agreement.py"
