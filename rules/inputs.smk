"""What single stages take: their inputs and params. No rule stands here."""

# What every look at codes and factors takes.
DRAWN = ["factors", "samples", "seed", "dead"]
SCORED = [*DRAWN, "train", "test", "batch", "bootstrap", "permutations", "preset"]


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


def all_rollouts(wildcards):
    """The rollouts of every predictor and baseline."""
    paths = []
    for name in [*STUDY.dynamics[wildcards.dynamics].predictors, *BASELINES]:
        if name in BASELINES:
            kind = "baselines"
        else:
            kind = "trained" if is_trained(wildcards.dynamics, name) else "fitted"
        paths.append(
            f"results/dynamics/{wildcards.dynamics}/{kind}/{name}/rollouts.zarr"
        )
    return paths


def claims_input(wildcards):
    """The results that the claims of the config's roles are checked on."""
    claims, found = STUDY.claims, {}
    if claims.square:
        found["square"] = expand(
            "results/measures/{experiment}.csv", experiment=claims.square
        )
    if claims.digits:
        found["digits"] = f"results/summary/{claims.digits}.csv"
        found["digits_data"] = dataset_path(claims.digits)
        found["digits_latents"] = every_instance(LATENTS, claims.digits)
    if claims.ball:
        found["ball"] = f"results/dynamics/{claims.ball}/scores.csv"
    if claims.geometry:
        found["geometry"] = f"results/geometry/{claims.geometry}/geodesics.csv"
    if name := claims.disentanglement:
        tables = ("protocols", "baseline_protocols", "kl_terms")
        found["disentanglement"] = [f"results/scores/{name}_{t}.csv" for t in tables]
    if claims.posterior:
        found["posterior"] = [f"results/bounds/{name}.csv" for name in claims.posterior]
    return found


def explorer_input(wildcards):
    """All members of an experiment, and the rollouts of its shown one if there are any."""
    name = wildcards.experiment
    found = {
        "data": dataset_path(name),
        "weights": every_instance(WEIGHTS, name),
        "latents": every_instance(LATENTS, name),
    }
    for dynamics, settings in STUDY.dynamics.items():
        if settings.experiment == name:
            found["rollouts"] = [
                f"results/dynamics/{dynamics}/{predictor}/rollouts.zarr"
                for predictor in [*settings.cells, *BASELINES]
            ]
            break
    return found


def explorer_about(model):
    """A model in a line."""
    hidden = model.decoder_hidden or model.hidden[::-1]
    widths = ", ".join(str(width) for width in hidden)
    activation = model.decoder_activation or model.activation
    return f"{model.kind}, decoder of {widths} {activation} units, {model.likelihood}"
