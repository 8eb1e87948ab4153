rule train_predictor:
    input:
        data=dynamics_data,
        latents=dynamics_latents,
    output:
        weights="results/dynamics/{dynamics}/{cell}/weights.safetensors",
        history="results/dynamics/{dynamics}/{cell}/history.parquet",
        manifest="results/dynamics/{dynamics}/{cell}/manifest.json",
    log:
        "results/logs/train_predictor/{dynamics}/{cell}.log",
    benchmark:
        "results/benchmarks/train_predictor/{dynamics}/{cell}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(2000),
        runtime=minutes(120),
    params:
        model=predictor_params,
        budget=lambda w: dump(STUDY.dynamics[w.dynamics].train),
        members=lambda w: [
            {"beta": 0.0, "lam": 0.0, "seed": s}
            for s in STUDY.dynamics[w.dynamics].seeds
        ],
        inputs=lambda w: STUDY.dynamics[w.dynamics].inputs,
        window=lambda w: STUDY.dynamics[w.dynamics].window,
        stride=lambda w: STUDY.dynamics[w.dynamics].stride,
        member=lambda w: shown_member(dynamics_experiment(w)),
        code=code("train_predictor.py", "curvae.models.predictor"),
        board="results/logs/tensorboard/{dynamics}/{cell}",
    message:
        "training the predictors {wildcards.dynamics} ({wildcards.cell})"
    script:
        "../workflow_scripts/train_predictor.py"


rule roll_out:
    input:
        data=dynamics_data,
        latents=dynamics_latents,
        autoencoder=lambda w: shown_path(WEIGHTS, dynamics_experiment(w)),
        weights="results/dynamics/{dynamics}/{cell}/weights.safetensors",
    output:
        rollouts=directory("results/dynamics/{dynamics}/{cell}/rollouts.zarr"),
    log:
        "results/logs/roll_out/{dynamics}/{cell}.log",
    benchmark:
        "results/benchmarks/roll_out/{dynamics}/{cell}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(3000),
        runtime=minutes(30),
    params:
        settings=rollout_params,
        member=lambda w: shown_member(dynamics_experiment(w)),
        code=lambda w: code(
            "roll_out.py",
            "curvae.models.predictor",
            model_module(dynamics_experiment(w)),
        ),
    message:
        "rolling out {wildcards.dynamics} ({wildcards.cell})"
    script:
        "../workflow_scripts/roll_out.py"


rule roll_out_baseline:
    input:
        data=dynamics_data,
        latents=dynamics_latents,
        autoencoder=lambda w: shown_path(WEIGHTS, dynamics_experiment(w)),
    output:
        rollouts=directory("results/dynamics/{dynamics}/{baseline}/rollouts.zarr"),
    log:
        "results/logs/roll_out_baseline/{dynamics}/{baseline}.log",
    benchmark:
        "results/benchmarks/roll_out_baseline/{dynamics}/{baseline}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(3000),
        runtime=minutes(30),
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
        mem_mb=memory(2000),
        runtime=minutes(20),
    params:
        box=lambda w: dump(STUDY.data[STUDY.experiments[dynamics_experiment(w)].data]),
        code=code("score_rollouts.py"),
    message:
        "scoring the rollouts of {wildcards.dynamics}"
    script:
        "../workflow_scripts/score_rollouts.py"
