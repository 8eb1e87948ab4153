rule fit_density:
    input:
        latents=lambda w: shown_path(LATENTS, w.experiment),
    output:
        table=report(
            "results/density/{experiment}.csv",
            caption="captions/density.rst",
            category="Latent space",
            labels={"experiment": "{experiment}", "result": "density of the codes"},
        ),
    log:
        "results/logs/fit_density/{experiment}.log",
    benchmark:
        "results/benchmarks/fit_density/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(450),
        runtime=minutes(0.6),
    params:
        settings=lambda w: dump(STUDY.density[w.experiment]),
        member=lambda w: shown_member(w.experiment),
        code=code("fit_density.py"),
    message:
        "fitting densities to the codes of {wildcards.experiment}"
    script:
        "../workflow_scripts/fit_density.py"


rule measure_codes:
    input:
        latents=lambda w: every_instance(LATENTS, w.experiment),
    output:
        table=report(
            "results/codes/{experiment}.csv",
            caption="captions/codes.rst",
            category="Latent space",
            labels={"experiment": "{experiment}", "result": "shape of the codes"},
        ),
    log:
        "results/logs/measure_codes/{experiment}.log",
    benchmark:
        "results/benchmarks/measure_codes/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(1),
    params:
        settings=lambda w: dump(STUDY.codes[w.experiment]),
        code=code("measure_codes.py"),
    message:
        "measuring the shape of the codes of {wildcards.experiment}"
    script:
        "../workflow_scripts/measure_codes.py"
