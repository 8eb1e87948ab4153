"""Inputs and params of geometries and directions. No rule stands here."""


def geometry_experiment(wildcards):
    return STUDY.geometry[wildcards.geometry].experiment


def geometry_data(wildcards):
    return dataset_path(geometry_experiment(wildcards))


def geometry_latents(wildcards):
    return shown_path(LATENTS, geometry_experiment(wildcards))


def geometry_weights(wildcards):
    return shown_path(WEIGHTS, geometry_experiment(wildcards))


def geometry_member(wildcards):
    return shown_member(geometry_experiment(wildcards))


def geometry_model(wildcards):
    return model_module(geometry_experiment(wildcards))


def directions_predictor(wildcards):
    """The weights of the predictor whose density tells likely directions; none where no dynamics is named.

    It is the first of its stack, for the others have as many mixtures.
    """
    name = STUDY.directions[wildcards.experiment].dynamics
    if name is None:
        return []
    found = STUDY.dynamics[name].predictors.items()
    chosen = next(key for key, value in found if getattr(value, "mixtures", 0))
    return predictor_path(name, chosen)


def class_factors(wildcards):
    """The factors that classes are made of; None leaves the choice to the figure."""
    groups = STUDY.geometry[wildcards.geometry].groups
    return None if groups is None else list(groups.factors)


def class_names(wildcards):
    """What the classes of several factors' halves are called; None where they have numbers only."""
    factors = class_factors(wildcards)
    if factors is None or len(factors) == 1:
        return None
    return {
        number: ", ".join(
            f"{'high' if number >> place & 1 else 'low'} {factor}"
            for place, factor in enumerate(factors)
        )
        for number in range(2 ** len(factors))
    }


def geometry_tables(name):
    """The tables of a geometry, by what they are of; those of groups where it has any."""
    kinds = ["geodesics", "distances", "walks"]
    if STUDY.geometry[name].groups:
        kinds += ["groups", "mixtures"]
    return {kind: f"results/geometry/{name}/{kind}.csv" for kind in kinds}
