"""Everything that the study asks for. No rule stands here."""


def every_figure():
    return [
        f"results/figures/{kind}/{name}.{ending}"
        for kind, names in STUDY.figures
        for name in names
        for ending in ("png", "pdf", "csv")
    ]


def claims_table():
    """The table of claims, if the config asks for any."""
    return ["results/claims.csv"] if any(names for _, names in STUDY.claims) else []


def every_manifest():
    """What every training says of itself."""
    return [
        *(p for name in STUDY.experiments for p in every_instance(MANIFEST, name)),
        *(
            predictor_path(name, stack[0], "manifest.json")
            for name, dynamics in STUDY.dynamics.items()
            for stack in dynamics.stacks()
        ),
        *(
            f"results/climate/{name}/{learner}/manifest.json"
            for name, climate in STUDY.climate.items()
            for learner in climate.learners
        ),
    ]


def every_result():
    """Everything that the study asks for."""
    experiments = STUDY.experiments
    weights = [path for name in experiments for path in every_instance(WEIGHTS, name)]
    latents = [
        path
        for name, experiment in experiments.items()
        if experiment.model.encodes
        for path in every_instance(LATENTS, name)
    ]
    return [
        *weights,
        *latents,
        *(path for name in experiments for path in every_instance(HISTORY, name)),
        *(f"results/summary/{name}.csv" for name in STUDY.experiments),
        *(f"results/dynamics/{name}/scores.csv" for name in STUDY.dynamics),
        *(
            f"results/dynamics/{name}/exponents.csv"
            for name, dynamics in STUDY.dynamics.items()
            if any(map(has_steps, dynamics.predictors.values()))
        ),
        *(f"results/climate/{name}/climate.csv" for name in STUDY.climate),
        *(
            f"results/films/{name}.{ending}"
            for name in STUDY.dynamics
            for ending in ("gif", "mp4")
        ),
        *(f"results/scores/{name}.csv" for name in STUDY.scores),
        *(
            f"results/scores/{name}_unlabelled.csv"
            for name, scoring in STUDY.scores.items()
            if scoring.unsupervised
        ),
        *(
            f"results/scores/{name}_kl_terms.csv"
            for name in STUDY.scores
            if not STUDY.experiments[name].model.posterior
        ),
        *(f"results/bounds/{name}.csv" for name in STUDY.bounds),
        *(f"results/pretraining/{name}.csv" for name in STUDY.pretraining),
        *(f"results/codes/{name}.csv" for name in STUDY.codes),
        *(f"results/density/{name}.csv" for name in STUDY.density),
        *(f"results/ring/{name}.csv" for name in STUDY.rings),
        *(path for name in STUDY.geometry for path in geometry_tables(name).values()),
        *(
            f"results/geometry/{name}/groups_summary.csv"
            for name, geometry in STUDY.geometry.items()
            if geometry.groups
        ),
        *(f"results/directions/{name}.csv" for name in STUDY.directions),
        *(f"results/generation/{name}.csv" for name in STUDY.generation),
        *(f"results/drawn_codes/{name}.csv" for name in STUDY.drawn_codes),
        *(
            f"results/flows/{name}{end}.csv"
            for name in STUDY.flows
            for end in ("", "_edits")
        ),
        *(f"results/between/{name}.csv" for name in STUDY.between),
        *every_figure(),
        *(f"results/explorer/{name}.html" for name in STUDY.explorer),
        *claims_table(),
    ]
