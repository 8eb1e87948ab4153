rule figure_loss_curves:
    input:
        history=lambda w: shown_path(HISTORY, w.experiment),
    output:
        png=report(
            "results/figures/loss_curves/{experiment}.png",
            caption="captions/loss_curves.rst",
            category="Training",
            labels={"experiment": "{experiment}", "result": "losses by epoch"},
        ),
        pdf="results/figures/loss_curves/{experiment}.pdf",
        csv="results/figures/loss_curves/{experiment}.csv",
    log:
        "results/logs/figures/loss_curves/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/loss_curves/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        likelihood=lambda w: STUDY.experiments[w.experiment].model.likelihood,
        code=code("figure_loss_curves.py"),
    message:
        "drawing the loss curves of {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_loss_curves.py"


rule figure_latent_scatter:
    input:
        data=lambda w: dataset_path(w.experiment),
        latents=lambda w: shown_path(LATENTS, w.experiment),
    output:
        png=report(
            "results/figures/latent_scatter/{experiment}.png",
            caption="captions/latent_scatter.rst",
            category="Latent space",
            labels={"experiment": "{experiment}", "result": "codes by label"},
        ),
        pdf="results/figures/latent_scatter/{experiment}.pdf",
        csv="results/figures/latent_scatter/{experiment}.csv",
    log:
        "results/logs/figures/latent_scatter/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/latent_scatter/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        member=lambda w: shown_member(w.experiment),
        code=code("figure_latent_scatter.py"),
    message:
        "drawing the latent scatter of {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_latent_scatter.py"


rule figure_interpolation:
    input:
        data=lambda w: dataset_path(w.experiment),
        latents=lambda w: shown_path(LATENTS, w.experiment),
        weights=lambda w: shown_path(WEIGHTS, w.experiment),
    output:
        png=report(
            "results/figures/interpolation/{experiment}.png",
            caption="captions/interpolation.rst",
            category="Latent space",
            labels={"experiment": "{experiment}", "result": "interpolation"},
        ),
        pdf="results/figures/interpolation/{experiment}.pdf",
        csv="results/figures/interpolation/{experiment}.csv",
    log:
        "results/logs/figures/interpolation/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/interpolation/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(with_images(430)),
        runtime=minutes(0.3),
    params:
        member=lambda w: shown_member(w.experiment),
        code=lambda w: code("figure_interpolation.py", model_module(w.experiment)),
    message:
        "drawing the interpolation of {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_interpolation.py"


rule figure_latent_grid:
    input:
        weights=lambda w: shown_path(WEIGHTS, w.experiment),
    output:
        png=report(
            "results/figures/latent_grid/{experiment}.png",
            caption="captions/latent_grid.rst",
            category="Latent space",
            labels={"experiment": "{experiment}", "result": "decoded grid"},
        ),
        pdf="results/figures/latent_grid/{experiment}.pdf",
        csv="results/figures/latent_grid/{experiment}.csv",
    log:
        "results/logs/figures/latent_grid/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/latent_grid/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(0.3),
    params:
        member=lambda w: shown_member(w.experiment),
        code=lambda w: code("figure_latent_grid.py", model_module(w.experiment)),
    message:
        "drawing the latent grid of {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_latent_grid.py"


rule figure_regularisation:
    input:
        data=lambda w: dataset_path(w.experiment),
        latents=lambda w: every_instance(LATENTS, w.experiment),
        weights=lambda w: every_instance(WEIGHTS, w.experiment),
    output:
        png=report(
            "results/figures/regularisation/{experiment}.png",
            caption="captions/regularisation.rst",
            category="Regularisation",
            labels={"experiment": "{experiment}", "result": "beta and lam"},
        ),
        pdf="results/figures/regularisation/{experiment}.pdf",
        csv="results/figures/regularisation/{experiment}.csv",
    log:
        "results/logs/figures/regularisation/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/regularisation/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(regularisation_memory),
        runtime=minutes(0.3),
    params:
        seed=lambda w: STUDY.experiments[w.experiment].show.get(
            "seed", STUDY.experiments[w.experiment].grid.seed[0]
        ),
        code=lambda w: code("figure_regularisation.py", model_module(w.experiment)),
    message:
        "drawing the regularisation of {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_regularisation.py"


rule figure_reconstructions:
    input:
        data=lambda w: dataset_path(w.experiment),
        latents=lambda w: shown_path(LATENTS, w.experiment),
        weights=lambda w: shown_path(WEIGHTS, w.experiment),
    output:
        png=report(
            "results/figures/reconstructions/{experiment}.png",
            caption="captions/reconstructions.rst",
            category="Latent space",
            labels={"experiment": "{experiment}", "result": "reconstructions"},
        ),
        pdf="results/figures/reconstructions/{experiment}.pdf",
        csv="results/figures/reconstructions/{experiment}.csv",
    log:
        "results/logs/figures/reconstructions/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/reconstructions/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(with_images(430)),
        runtime=minutes(0.3),
    params:
        member=lambda w: shown_member(w.experiment),
        code=lambda w: code("figure_reconstructions.py", model_module(w.experiment)),
    message:
        "drawing the reconstructions of {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_reconstructions.py"


rule figure_traversals:
    input:
        latents=lambda w: shown_path(LATENTS, w.experiment),
        weights=lambda w: shown_path(WEIGHTS, w.experiment),
    output:
        png=report(
            "results/figures/traversals/{experiment}.png",
            caption="captions/traversals.rst",
            category="Latent space",
            labels={"experiment": "{experiment}", "result": "traversals"},
        ),
        pdf="results/figures/traversals/{experiment}.pdf",
        csv="results/figures/traversals/{experiment}.csv",
    log:
        "results/logs/figures/traversals/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/traversals/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(0.3),
    params:
        member=lambda w: shown_member(w.experiment),
        code=lambda w: code("figure_traversals.py", model_module(w.experiment)),
    message:
        "drawing the traversals of {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_traversals.py"


rule figure_future:
    input:
        data=dynamics_data,
        rollouts=all_rollouts,
        errors="results/dynamics/{dynamics}/errors.csv",
    output:
        png=report(
            "results/figures/future/{dynamics}.png",
            caption="captions/future.rst",
            category="Dynamics",
            labels={"dynamics": "{dynamics}", "result": "predicted future"},
        ),
        pdf="results/figures/future/{dynamics}.pdf",
        csv="results/figures/future/{dynamics}.csv",
    log:
        "results/logs/figures/future/{dynamics}.log",
    benchmark:
        "results/benchmarks/figures/future/{dynamics}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(with_images(450, dynamics_experiment)),
        runtime=minutes(0.3),
    params:
        baselines=BASELINES,
        code=code("figure_future.py"),
    message:
        "drawing the future of {wildcards.dynamics}"
    script:
        "../workflow_scripts/figure_future.py"


rule figure_level_sets:
    input:
        latents=lambda w: shown_path(LATENTS, w.experiment),
        weights=lambda w: shown_path(WEIGHTS, w.experiment),
    output:
        png=report(
            "results/figures/level_sets/{experiment}.png",
            caption="captions/level_sets.rst",
            category="Geometry",
            labels={"experiment": "{experiment}", "result": "the decoder inverted"},
        ),
        pdf="results/figures/level_sets/{experiment}.pdf",
        csv="results/figures/level_sets/{experiment}.csv",
        pixels="results/figures/level_sets/{experiment}_pixels.csv",
    log:
        "results/logs/figures/level_sets/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/level_sets/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(600),
        runtime=minutes(0.3),
    params:
        member=lambda w: shown_member(w.experiment),
        activation=lambda w: shown_model(w.experiment).decoder_activation
        or shown_model(w.experiment).activation,
        output=lambda w: (
            "sigmoid"
            if shown_model(w.experiment).likelihood == "bernoulli"
            else "identity"
        ),
        code=lambda w: code("figure_level_sets.py", model_module(w.experiment)),
    message:
        "drawing the level sets of {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_level_sets.py"
