rule lay_out_space:
    input:
        data=geometry_data,
        latents=geometry_latents,
        weights=geometry_weights,
    output:
        space=directory("results/geometry/{geometry}/space.zarr"),
    log:
        "results/logs/lay_out_space/{geometry}.log",
    benchmark:
        "results/benchmarks/lay_out_space/{geometry}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(with_images(570, geometry_experiment)),
        runtime=minutes(1),
    params:
        settings=lambda w: dump(
            STUDY.geometry[w.geometry], "precision", "grid", "accuracy"
        ),
        member=geometry_member,
        code=lambda w: code("lay_out_space.py", geometry_model(w)),
    message:
        "tabulating the metric of {wildcards.geometry}"
    script:
        "../workflow_scripts/lay_out_space.py"


rule find_geodesics:
    input:
        latents=geometry_latents,
        weights=geometry_weights,
        space="results/geometry/{geometry}/space.zarr",
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
        mem_mb=memory(with_images(640, geometry_experiment)),
        runtime=minutes(1),
    params:
        settings=lambda w: dump(
            STUDY.geometry[w.geometry], "pairs", "grid", "pieces", "seed"
        ),
        member=geometry_member,
        code=lambda w: code("find_geodesics.py", geometry_model(w)),
    message:
        "finding the geodesics {wildcards.geometry}"
    script:
        "../workflow_scripts/find_geodesics.py"


rule measure_distances:
    input:
        data=geometry_data,
        latents=geometry_latents,
        space="results/geometry/{geometry}/space.zarr",
    output:
        arrays=directory("results/geometry/{geometry}/distances.zarr"),
        table=report(
            "results/geometry/{geometry}/distances.csv",
            caption="captions/distances_table.rst",
            category="Geometry",
            labels={"geometry": "{geometry}", "result": "all distances"},
        ),
    log:
        "results/logs/measure_distances/{geometry}.log",
    benchmark:
        "results/benchmarks/measure_distances/{geometry}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(760),
        runtime=minutes(distance_minutes),
    params:
        settings=lambda w: dump(STUDY.geometry[w.geometry], "codes", "groups", "seed"),
        member=geometry_member,
        code=code("measure_distances.py"),
    message:
        "measuring the distances of {wildcards.geometry}"
    script:
        "../workflow_scripts/measure_distances.py"


rule tell_groups:
    input:
        data=geometry_data,
        latents=geometry_latents,
        space="results/geometry/{geometry}/space.zarr",
    output:
        arrays=directory("results/geometry/{geometry}/groups.zarr"),
        table=report(
            "results/geometry/{geometry}/groups.csv",
            caption="captions/groups_table.rst",
            category="Geometry",
            labels={"geometry": "{geometry}", "result": "clusters, draw by draw"},
        ),
        summary=report(
            "results/geometry/{geometry}/groups_summary.csv",
            caption="captions/groups_summary.rst",
            category="Geometry",
            labels={"geometry": "{geometry}", "result": "clusters and neighbours"},
        ),
    log:
        "results/logs/tell_groups/{geometry}.log",
    benchmark:
        "results/benchmarks/tell_groups/{geometry}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(640),
        runtime=minutes(group_minutes),
    params:
        settings=lambda w: dump(STUDY.geometry[w.geometry].groups),
        seed=lambda w: STUDY.geometry[w.geometry].seed,
        member=geometry_member,
        code=code("tell_groups.py"),
    message:
        "telling apart the groups of {wildcards.geometry}"
    script:
        "../workflow_scripts/tell_groups.py"


rule fit_mixtures:
    input:
        data=geometry_data,
        latents=geometry_latents,
        space="results/geometry/{geometry}/space.zarr",
    output:
        arrays=directory("results/geometry/{geometry}/mixtures.zarr"),
        table=report(
            "results/geometry/{geometry}/mixtures.csv",
            caption="captions/mixtures_table.rst",
            category="Geometry",
            labels={"geometry": "{geometry}", "result": "mixtures"},
        ),
    log:
        "results/logs/fit_mixtures/{geometry}.log",
    benchmark:
        "results/benchmarks/fit_mixtures/{geometry}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(640),
        runtime=minutes(mixture_minutes),
    params:
        settings=lambda w: dump(STUDY.geometry[w.geometry].groups),
        seed=lambda w: STUDY.geometry[w.geometry].seed,
        member=geometry_member,
        code=code("fit_mixtures.py"),
    message:
        "fitting the mixtures of {wildcards.geometry}"
    script:
        "../workflow_scripts/fit_mixtures.py"


rule walk_randomly:
    input:
        latents=geometry_latents,
        space="results/geometry/{geometry}/space.zarr",
    output:
        arrays=directory("results/geometry/{geometry}/walks.zarr"),
        table=report(
            "results/geometry/{geometry}/walks.csv",
            caption="captions/walks_table.rst",
            category="Geometry",
            labels={"geometry": "{geometry}", "result": "random walks"},
        ),
    log:
        "results/logs/walk_randomly/{geometry}.log",
    benchmark:
        "results/benchmarks/walk_randomly/{geometry}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(640),
        runtime=minutes(1),
    params:
        settings=lambda w: dump(STUDY.geometry[w.geometry].walks),
        seed=lambda w: STUDY.geometry[w.geometry].seed,
        member=geometry_member,
        code=code("walk_randomly.py"),
    message:
        "walking randomly over {wildcards.geometry}"
    script:
        "../workflow_scripts/walk_randomly.py"


rule find_directions:
    input:
        data=lambda w: dataset_path(w.experiment),
        latents=lambda w: shown_path(LATENTS, w.experiment),
        weights=lambda w: shown_path(WEIGHTS, w.experiment),
        predictor=directions_predictor,
    output:
        arrays=directory("results/directions/{experiment}.zarr"),
        table=report(
            "results/directions/{experiment}.csv",
            caption="captions/directions_table.rst",
            category="Latent space",
            labels={"experiment": "{experiment}", "result": "likely directions"},
        ),
    log:
        "results/logs/find_directions/{experiment}.log",
    benchmark:
        "results/benchmarks/find_directions/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(520),
        runtime=minutes(0.5),
    params:
        settings=lambda w: dump(
            STUDY.directions[w.experiment], "points", "neighbours", "step", "seed"
        ),
        likelihood=lambda w: STUDY.experiments[w.experiment].model.likelihood,
        member=lambda w: shown_member(w.experiment),
        code=lambda w: code(
            "find_directions.py",
            model_module(w.experiment),
            *(["curvae.models.predictor"] if directions_predictor(w) else []),
        ),
    message:
        "finding the likely directions of {wildcards.experiment}"
    script:
        "../workflow_scripts/find_directions.py"


rule figure_geodesics:
    input:
        data=geometry_data,
        latents=geometry_latents,
        arrays="results/geometry/{geometry}/geodesics.zarr",
        table="results/geometry/{geometry}/geodesics.csv",
    output:
        png=report(
            "results/figures/geodesics/{geometry}.png",
            caption="captions/geodesics.rst",
            category="Geometry",
            labels={"geometry": "{geometry}", "result": "geodesics"},
        ),
        pdf="results/figures/geodesics/{geometry}.pdf",
        csv="results/figures/geodesics/{geometry}.csv",
    log:
        "results/logs/figures/geodesics/{geometry}.log",
    benchmark:
        "results/benchmarks/figures/geodesics/{geometry}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        member=geometry_member,
        factors=class_factors,
        names=class_names,
        code=code("figure_geodesics.py"),
    message:
        "drawing the geodesics of {wildcards.geometry}"
    script:
        "../workflow_scripts/figure_geodesics.py"


rule figure_random_walks:
    input:
        latents=geometry_latents,
        space="results/geometry/{geometry}/space.zarr",
        arrays="results/geometry/{geometry}/walks.zarr",
        table="results/geometry/{geometry}/walks.csv",
    output:
        png=report(
            "results/figures/random_walks/{geometry}.png",
            caption="captions/random_walks.rst",
            category="Geometry",
            labels={"geometry": "{geometry}", "result": "measure and random walks"},
        ),
        pdf="results/figures/random_walks/{geometry}.pdf",
        csv="results/figures/random_walks/{geometry}.csv",
    log:
        "results/logs/figures/random_walks/{geometry}.log",
    benchmark:
        "results/benchmarks/figures/random_walks/{geometry}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        member=geometry_member,
        code=code("figure_random_walks.py"),
    message:
        "drawing the random walks of {wildcards.geometry}"
    script:
        "../workflow_scripts/figure_random_walks.py"


rule figure_clusters:
    input:
        arrays="results/geometry/{geometry}/groups.zarr",
        table="results/geometry/{geometry}/groups_summary.csv",
    output:
        png=report(
            "results/figures/clusters/{geometry}.png",
            caption="captions/clusters.rst",
            category="Geometry",
            labels={"geometry": "{geometry}", "result": "clusters and neighbours"},
        ),
        pdf="results/figures/clusters/{geometry}.pdf",
        csv="results/figures/clusters/{geometry}.csv",
    log:
        "results/logs/figures/clusters/{geometry}.log",
    benchmark:
        "results/benchmarks/figures/clusters/{geometry}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        names=class_names,
        code=code("figure_clusters.py"),
    message:
        "drawing the clusters of {wildcards.geometry}"
    script:
        "../workflow_scripts/figure_clusters.py"


rule figure_mixtures:
    input:
        arrays="results/geometry/{geometry}/mixtures.zarr",
        table="results/geometry/{geometry}/mixtures.csv",
        distances="results/geometry/{geometry}/distances.zarr",
    output:
        png=report(
            "results/figures/mixtures/{geometry}.png",
            caption="captions/mixtures.rst",
            category="Geometry",
            labels={"geometry": "{geometry}", "result": "LAND and Gaussian mixture"},
        ),
        pdf="results/figures/mixtures/{geometry}.pdf",
        csv="results/figures/mixtures/{geometry}.csv",
    log:
        "results/logs/figures/mixtures/{geometry}.log",
    benchmark:
        "results/benchmarks/figures/mixtures/{geometry}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        names=class_names,
        code=code("figure_mixtures.py"),
    message:
        "drawing the mixtures of {wildcards.geometry}"
    script:
        "../workflow_scripts/figure_mixtures.py"


rule figure_directions:
    input:
        data=lambda w: dataset_path(w.experiment),
        arrays="results/directions/{experiment}.zarr",
        table="results/directions/{experiment}.csv",
    output:
        png=report(
            "results/figures/directions/{experiment}.png",
            caption="captions/directions.rst",
            category="Latent space",
            labels={"experiment": "{experiment}", "result": "likely directions"},
        ),
        pdf="results/figures/directions/{experiment}.pdf",
        csv="results/figures/directions/{experiment}.csv",
    log:
        "results/logs/figures/directions/{experiment}.log",
    benchmark:
        "results/benchmarks/figures/directions/{experiment}.tsv"
    conda:
        "../envs/curvae.yaml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(0.3),
    params:
        code=code("figure_directions.py"),
    message:
        "drawing the likely directions of {wildcards.experiment}"
    script:
        "../workflow_scripts/figure_directions.py"
