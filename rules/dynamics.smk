rule train_predictor:
    input:
        data=dynamics_data,
        latents=dynamics_latents,
    output:
        weights="results/dynamics/{dynamics}/trained/{predictor}/weights.safetensors",
        history="results/dynamics/{dynamics}/trained/{predictor}/history.parquet",
        manifest="results/dynamics/{dynamics}/trained/{predictor}/manifest.json",
    log:
        "results/logs/train_predictor/{dynamics}/{predictor}.log",
    benchmark:
        "results/benchmarks/train_predictor/{dynamics}/{predictor}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(480),
        runtime=minutes(predictor_minutes),
    params:
        model=lambda w: dump(predictor_model(w)),
        budget=lambda w: dump(predictor(w).train),
        names=lambda w: ", ".join(predictor_stack(w)),
        members=lambda w: STUDY.dynamics[w.dynamics].members(predictor_stack(w)),
        cut=lambda w: dump(predictor(w), "inputs", "window", "stride"),
        member=lambda w: shown_member(dynamics_experiment(w)),
        code=code("train_predictor.py", "curvae.models.predictor"),
        board="results/logs/tensorboard/{dynamics}/{predictor}",
    message:
        "training the predictors of {wildcards.dynamics} ({params.names})"
    script:
        "../workflow_scripts/train_predictor.py"


rule roll_out:
    input:
        data=dynamics_data,
        latents=dynamics_latents,
        autoencoder=lambda w: shown_path(WEIGHTS, dynamics_experiment(w)),
        weights=lambda w: predictor_path(w.dynamics, w.predictor),
    output:
        rollouts=directory(
            "results/dynamics/{dynamics}/trained/{predictor}/rollouts.zarr"
        ),
    log:
        "results/logs/roll_out/{dynamics}/{predictor}.log",
    benchmark:
        "results/benchmarks/roll_out/{dynamics}/{predictor}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(rollout_memory),
        runtime=minutes(0.5),
    params:
        settings=rollout_params,
        member=lambda w: shown_member(dynamics_experiment(w)),
        code=lambda w: code(
            "roll_out.py",
            "curvae.models.predictor",
            model_module(dynamics_experiment(w)),
        ),
    message:
        "rolling out {wildcards.dynamics} ({wildcards.predictor})"
    script:
        "../workflow_scripts/roll_out.py"


rule roll_out_fitted:
    input:
        data=dynamics_data,
        latents=dynamics_latents,
        autoencoder=lambda w: shown_path(WEIGHTS, dynamics_experiment(w)),
    output:
        rollouts=directory(
            "results/dynamics/{dynamics}/fitted/{predictor}/rollouts.zarr"
        ),
    log:
        "results/logs/roll_out_fitted/{dynamics}/{predictor}.log",
    benchmark:
        "results/benchmarks/roll_out_fitted/{dynamics}/{predictor}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(fitted_memory),
        runtime=minutes(fitted_minutes),
    params:
        settings=rollout_params,
        predictor=lambda w: dump(predictor(w)),
        seeds=lambda w: list(STUDY.dynamics[w.dynamics].seeds),
        member=lambda w: shown_member(dynamics_experiment(w)),
        code=lambda w: code("roll_out_fitted.py", model_module(dynamics_experiment(w))),
    message:
        "fitting and rolling out {wildcards.dynamics} ({wildcards.predictor})"
    script:
        "../workflow_scripts/roll_out_fitted.py"


rule roll_out_baseline:
    input:
        data=dynamics_data,
        latents=dynamics_latents,
        autoencoder=lambda w: shown_path(WEIGHTS, dynamics_experiment(w)),
    output:
        rollouts=directory(
            "results/dynamics/{dynamics}/baselines/{baseline}/rollouts.zarr"
        ),
    log:
        "results/logs/roll_out_baseline/{dynamics}/{baseline}.log",
    benchmark:
        "results/benchmarks/roll_out_baseline/{dynamics}/{baseline}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(rollout_memory),
        runtime=minutes(0.4),
    params:
        settings=rollout_params,
        member=lambda w: shown_member(dynamics_experiment(w)),
        code=lambda w: code(
            "roll_out_baseline.py", model_module(dynamics_experiment(w))
        ),
    message:
        "rolling out {wildcards.dynamics} ({wildcards.baseline})"
    script:
        "../workflow_scripts/roll_out_baseline.py"


rule score_rollouts:
    input:
        data=dynamics_data,
        rollouts=all_rollouts,
    output:
        scores=report(
            "results/dynamics/{dynamics}/scores.csv",
            caption="captions/dynamics_scores.rst",
            category="Dynamics",
            labels={"dynamics": "{dynamics}", "result": "ball scores"},
        ),
        errors="results/dynamics/{dynamics}/errors.csv",
    log:
        "results/logs/score_rollouts/{dynamics}.log",
    benchmark:
        "results/benchmarks/score_rollouts/{dynamics}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(rollout_memory),
        runtime=minutes(0.5),
    params:
        box=lambda w: dump(STUDY.data[STUDY.experiments[dynamics_experiment(w)].data]),
        code=code("score_rollouts.py"),
    message:
        "scoring the rollouts of {wildcards.dynamics}"
    script:
        "../workflow_scripts/score_rollouts.py"


rule measure_reconstruction:
    input:
        data=lambda w: dataset_path(w.experiment),
        latents=lambda w: every_instance(LATENTS, w.experiment),
        weights=lambda w: every_instance(WEIGHTS, w.experiment),
    output:
        table=report(
            "results/reconstruction/{experiment}.csv",
            caption="captions/reconstruction.rst",
            category="Dynamics",
            labels={"experiment": "{experiment}", "result": "reconstruction"},
        ),
    log:
        "results/logs/measure_reconstruction/{experiment}.log",
    benchmark:
        "results/benchmarks/measure_reconstruction/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(with_images(430)),
        runtime=minutes(0.4),
    params:
        code=lambda w: code("measure_reconstruction.py", model_module(w.experiment)),
    message:
        "measuring the reconstruction of {wildcards.experiment}"
    script:
        "../workflow_scripts/measure_reconstruction.py"


rule figure_latent_sizes:
    input:
        table="results/reconstruction/{experiment}.csv",
    output:
        png=report(
            "results/figures/latent_sizes/{experiment}.png",
            caption="captions/latent_sizes.rst",
            category="Dynamics",
            labels={"experiment": "{experiment}", "result": "latent sizes"},
        ),
        pdf="results/figures/latent_sizes/{experiment}.pdf",
        csv="results/figures/latent_sizes/{experiment}.csv",
    log:
        "results/logs/figures/latent_sizes/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/latent_sizes/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        code=code("figure_latent_sizes.py"),
    message:
        "drawing the latent sizes of {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_latent_sizes.py"


rule figure_position_errors:
    input:
        errors="results/dynamics/{dynamics}/errors.csv",
    output:
        png=report(
            "results/figures/position_errors/{dynamics}.png",
            caption="captions/position_errors.rst",
            category="Dynamics",
            labels={"dynamics": "{dynamics}", "result": "position errors"},
        ),
        pdf="results/figures/position_errors/{dynamics}.pdf",
        csv="results/figures/position_errors/{dynamics}.csv",
    log:
        "results/logs/figures/position_errors/{dynamics}.log",
    benchmark:
        "results/benchmarks/figures/position_errors/{dynamics}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        baselines=BASELINES,
        code=code("figure_position_errors.py"),
    message:
        "drawing the position errors of {wildcards.dynamics}"
    script:
        "../workflow_scripts/figure_position_errors.py"


rule figure_phase_portraits:
    input:
        data=dynamics_data,
        latents=dynamics_latents,
        rollouts=all_rollouts,
    output:
        png=report(
            "results/figures/phase_portraits/{dynamics}.png",
            caption="captions/phase_portraits.rst",
            category="Dynamics",
            labels={"dynamics": "{dynamics}", "result": "phase portraits"},
        ),
        pdf="results/figures/phase_portraits/{dynamics}.pdf",
        csv="results/figures/phase_portraits/{dynamics}.csv",
    log:
        "results/logs/figures/phase_portraits/{dynamics}.log",
    benchmark:
        "results/benchmarks/figures/phase_portraits/{dynamics}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(0.3),
    params:
        member=lambda w: shown_member(dynamics_experiment(w)),
        baselines=BASELINES,
        code=code("figure_phase_portraits.py"),
    message:
        "drawing the phase portraits of {wildcards.dynamics}"
    script:
        "../workflow_scripts/figure_phase_portraits.py"


rule film:
    input:
        data=dynamics_data,
        rollouts=all_rollouts,
    output:
        gif=report(
            "results/films/{dynamics}.gif",
            caption="captions/film.rst",
            category="Dynamics",
            labels={"dynamics": "{dynamics}", "result": "film"},
        ),
        mp4="results/films/{dynamics}.mp4",
    log:
        "results/logs/film/{dynamics}.log",
    benchmark:
        "results/benchmarks/film/{dynamics}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(with_images(430, dynamics_experiment)),
        runtime=minutes(0.4),
    params:
        code=code("film.py"),
    message:
        "filming the rollouts of {wildcards.dynamics}"
    script:
        "../workflow_scripts/film.py"
