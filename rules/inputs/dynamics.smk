"""Inputs and params of dynamics and climates. No rule stands here."""


def dynamics_experiment(wildcards):
    return STUDY.dynamics[wildcards.dynamics].experiment


def dynamics_data(wildcards):
    return dataset_path(dynamics_experiment(wildcards))


def dynamics_latents(wildcards):
    return shown_path(LATENTS, dynamics_experiment(wildcards))


def rollout_params(wildcards):
    """How rollouts are made, whoever predicts."""
    settings = STUDY.dynamics[wildcards.dynamics]
    return {
        name: getattr(settings, name) for name in ("warmup", "horizon", "trajectories")
    }


def predictor(wildcards):
    return STUDY.dynamics[wildcards.dynamics].predictors[wildcards.predictor]


def is_trained(dynamics, name):
    return hasattr(STUDY.dynamics[dynamics].predictors[name], "train")


def predictor_model(wildcards):
    return predictor(wildcards).model(STUDY.dynamics[wildcards.dynamics].warmup)


def trained_predictors(wildcards):
    """The names of the predictors that are trained by gradients."""
    return [
        name
        for name in STUDY.dynamics[wildcards.dynamics].predictors
        if is_trained(wildcards.dynamics, name)
    ]


def predictor_stack(wildcards):
    """The names of the predictors that are trained together with one, which is among them."""
    return STUDY.dynamics[wildcards.dynamics].stack_of(wildcards.predictor)


def predictor_path(dynamics, name, file="weights.safetensors"):
    """A file of the job that trains a predictor, which has the name of the first one that it trains."""
    first = STUDY.dynamics[dynamics].stack_of(name)[0]
    return f"results/dynamics/{dynamics}/trained/{first}/{file}"


def predictor_weights(wildcards):
    """The weights of every predictor that was trained; those of one stack have the same."""
    names = trained_predictors(wildcards)
    return [predictor_path(wildcards.dynamics, name) for name in names]


def has_steps(choice):
    """Whether a predictor goes frame by frame; a billiard's flight is computed as a whole."""
    return choice.kind != "billiard"


def fitted_with_steps(wildcards):
    """Settings of every predictor that is fitted in closed form and goes frame by frame."""
    return {
        name: dump(choice)
        for name, choice in STUDY.dynamics[wildcards.dynamics].predictors.items()
        if has_steps(choice) and not is_trained(wildcards.dynamics, name)
    }


def rollouts_of(dynamics):
    """The rollouts of every predictor and baseline."""
    paths = []
    for name in [*STUDY.dynamics[dynamics].predictors, *BASELINES]:
        if name in BASELINES:
            kind = "baselines"
        else:
            kind = "trained" if is_trained(dynamics, name) else "fitted"
        paths.append(f"results/dynamics/{dynamics}/{kind}/{name}/rollouts.zarr")
    return paths


def all_rollouts(wildcards):
    return rollouts_of(wildcards.dynamics)


# What measuring a climate takes; the rest of the section is for tables and figures.
MEASURED = ["warmup", "starts", "horizon", "free", "exponents", "orbits"]
MEASURED += ["steps", "discard", "every", "whole"]


def climate_data(wildcards):
    return f"results/data/{STUDY.climate[wildcards.climate].data}.zarr"


def learner_kind(climate, system):
    """The kind of a learner; None for the truth."""
    learner = STUDY.climate[climate].learners.get(system)
    return learner and learner.kind


def learner_modules(climate, system):
    """The modules behind a learner, which scripts import by name; none for the truth."""
    modules = {"recurrent": ["curvae.models.predictor"]}
    kind = learner_kind(climate, system)
    return [f"curvae.learners.{kind}", *modules.get(kind, [])] if kind else []


def climate_system(wildcards):
    """The weights of a learner; the truth has none."""
    if wildcards.system == "truth":
        return {}
    place = f"results/climate/{wildcards.climate}/{wildcards.system}"
    return {"weights": f"{place}/weights.safetensors"}


def climate_is_complete(climate):
    """Whether all exponents of the true system are asked for, which then add up to the mean trace."""
    settings = STUDY.climate[climate]
    return settings.exponents == STUDY.data[settings.data].width


def shown_entries(climate):
    """The entry of the state that portraits have across, and the one whose maxima count."""
    upright = STUDY.climate[climate].coordinate
    return [0 if upright else 1, upright]


def entry_names(climate):
    kind = STUDY.data[STUDY.climate[climate].data].kind
    return [
        "xyz"[entry] if kind == "lorenz" else f"u at point {entry}"
        for entry in shown_entries(climate)
    ]


def climate_orbits(wildcards):
    """The orbits of the truth and of every learner."""
    return [
        f"results/climate/{wildcards.climate}/{system}/orbits.zarr"
        for system in ("truth", *STUDY.climate[wildcards.climate].learners)
    ]
