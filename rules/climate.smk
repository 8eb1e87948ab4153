rule learn_climate:
    input:
        data=climate_data,
    output:
        weights="results/climate/{climate}/{learner}/weights.safetensors",
        history="results/climate/{climate}/{learner}/history.parquet",
        manifest="results/climate/{climate}/{learner}/manifest.json",
    log:
        "results/logs/learn_climate/{climate}/{learner}.log",
    benchmark:
        "results/benchmarks/learn_climate/{climate}/{learner}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(learner_memory),
        runtime=minutes(learner_minutes),
    params:
        settings=lambda w: dump(STUDY.climate[w.climate].learners[w.learner]),
        seeds=lambda w: list(STUDY.climate[w.climate].seeds),
        code=lambda w: code("learn_climate.py", *learner_modules(w.climate, w.learner)),
        board="results/logs/tensorboard/{climate}/{learner}",
    message:
        "learning the climate of {wildcards.climate} ({wildcards.learner})"
    script:
        "../workflow_scripts/learn_climate.py"


rule measure_climate:
    input:
        unpack(climate_system),
        data=climate_data,
    output:
        orbits=directory("results/climate/{climate}/{system}/orbits.zarr"),
    log:
        "results/logs/measure_climate/{climate}/{system}.log",
    benchmark:
        "results/benchmarks/measure_climate/{climate}/{system}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(orbit_memory),
        runtime=minutes(orbit_minutes),
    params:
        settings=lambda w: dump(STUDY.climate[w.climate], *MEASURED),
        kind=lambda w: learner_kind(w.climate, w.system),
        equation=lambda w: dump(STUDY.data[STUDY.climate[w.climate].data]),
        code=lambda w: code(
            "measure_climate.py",
            data_module(STUDY.climate[w.climate].data),
            *learner_modules(w.climate, w.system),
        ),
    message:
        "measuring the climate of {wildcards.climate} ({wildcards.system})"
    script:
        "../workflow_scripts/measure_climate.py"


rule tabulate_climate:
    input:
        data=climate_data,
        orbits=climate_orbits,
    output:
        exponents=report(
            "results/climate/{climate}/exponents.csv",
            caption="captions/climate_exponents.rst",
            category="Climate",
            labels={"climate": "{climate}", "result": "Lyapunov exponents"},
        ),
        climate=report(
            "results/climate/{climate}/climate.csv",
            caption="captions/climate.rst",
            category="Climate",
            labels={"climate": "{climate}", "result": "statistics of every seed"},
        ),
    log:
        "results/logs/tabulate_climate/{climate}.log",
    benchmark:
        "results/benchmarks/tabulate_climate/{climate}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(420),
        runtime=minutes(0.5),
    params:
        learners=lambda w: {
            name: dump(learner)
            for name, learner in STUDY.climate[w.climate].learners.items()
        },
        equation=lambda w: dump(STUDY.data[STUDY.climate[w.climate].data]),
        coordinate=lambda w: STUDY.climate[w.climate].coordinate,
        segment=lambda w: STUDY.climate[w.climate].segment,
        complete=lambda w: climate_is_complete(w.climate),
        code=lambda w: code(
            "tabulate_climate.py", data_module(STUDY.climate[w.climate].data)
        ),
    message:
        "tabulating the climate of {wildcards.climate}"
    script:
        "../workflow_scripts/tabulate_climate.py"


rule figure_exponents:
    input:
        exponents="results/climate/{climate}/exponents.csv",
    output:
        png=report(
            "results/figures/exponents/{climate}.png",
            caption="captions/exponents.rst",
            category="Climate",
            labels={"climate": "{climate}", "result": "Lyapunov exponents"},
        ),
        pdf="results/figures/exponents/{climate}.pdf",
        csv="results/figures/exponents/{climate}.csv",
    log:
        "results/logs/figures/exponents/{climate}.log",
    benchmark:
        "results/benchmarks/figures/exponents/{climate}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        code=code("figure_exponents.py"),
    message:
        "drawing the Lyapunov exponents of {wildcards.climate}"
    script:
        "../workflow_scripts/figure_exponents.py"


rule figure_whole_spectrum:
    input:
        orbits=climate_orbits,
    output:
        png=report(
            "results/figures/whole_spectrum/{climate}.png",
            caption="captions/whole_spectrum.rst",
            category="Climate",
            labels={"climate": "{climate}", "result": "whole Lyapunov spectra"},
        ),
        pdf="results/figures/whole_spectrum/{climate}.pdf",
        csv="results/figures/whole_spectrum/{climate}.csv",
    log:
        "results/logs/figures/whole_spectrum/{climate}.log",
    benchmark:
        "results/benchmarks/figures/whole_spectrum/{climate}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(440),
        runtime=minutes(0.3),
    params:
        code=code("figure_whole_spectrum.py"),
    message:
        "drawing the whole Lyapunov spectra of {wildcards.climate}"
    script:
        "../workflow_scripts/figure_whole_spectrum.py"


rule figure_return_map:
    input:
        data=climate_data,
        orbits=climate_orbits,
    output:
        png=report(
            "results/figures/return_map/{climate}.png",
            caption="captions/return_map.rst",
            category="Climate",
            labels={"climate": "{climate}", "result": "return map"},
        ),
        pdf="results/figures/return_map/{climate}.pdf",
        csv="results/figures/return_map/{climate}.csv",
    log:
        "results/logs/figures/return_map/{climate}.log",
    benchmark:
        "results/benchmarks/figures/return_map/{climate}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(0.3),
    params:
        coordinate=lambda w: STUDY.climate[w.climate].coordinate,
        name=lambda w: entry_names(w.climate)[1],
        code=code("figure_return_map.py"),
    message:
        "drawing the return map of {wildcards.climate}"
    script:
        "../workflow_scripts/figure_return_map.py"


rule figure_attractor:
    input:
        data=climate_data,
        orbits=climate_orbits,
    output:
        png=report(
            "results/figures/attractor/{climate}.png",
            caption="captions/attractor.rst",
            category="Climate",
            labels={"climate": "{climate}", "result": "attractor"},
        ),
        pdf="results/figures/attractor/{climate}.pdf",
        csv="results/figures/attractor/{climate}.csv",
    log:
        "results/logs/figures/attractor/{climate}.log",
    benchmark:
        "results/benchmarks/figures/attractor/{climate}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(0.3),
    params:
        shown=lambda w: shown_entries(w.climate),
        names=lambda w: entry_names(w.climate),
        segment=lambda w: STUDY.climate[w.climate].segment,
        code=code("figure_attractor.py"),
    message:
        "drawing the attractor of {wildcards.climate}"
    script:
        "../workflow_scripts/figure_attractor.py"


rule measure_exponents:
    input:
        data=dynamics_data,
        latents=dynamics_latents,
        weights=predictor_weights,
    output:
        table=report(
            "results/dynamics/{dynamics}/exponents.csv",
            caption="captions/predictor_exponents.rst",
            category="Dynamics",
            labels={"dynamics": "{dynamics}", "result": "Lyapunov exponents"},
        ),
    log:
        "results/logs/measure_exponents/{dynamics}.log",
    benchmark:
        "results/benchmarks/measure_exponents/{dynamics}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(exponents_memory),
        runtime=minutes(0.8),
    params:
        trained=trained_predictors,
        fitted=fitted_with_steps,
        seeds=lambda w: list(STUDY.dynamics[w.dynamics].seeds),
        warmup=lambda w: STUDY.dynamics[w.dynamics].warmup,
        member=lambda w: shown_member(dynamics_experiment(w)),
        code=code("measure_exponents.py", "curvae.models.predictor"),
    message:
        "measuring the exponents of the predictors of {wildcards.dynamics}"
    script:
        "../workflow_scripts/measure_exponents.py"
