"""Inputs and params of what is made of data and weights. No rule stands here."""


def data_input(wildcards):
    """What a data set is made of: nothing, another one, or the codes of an experiment and their images."""
    settings = STUDY.data[wildcards.dataset]
    if settings.kind == "pooled":
        return {"source": f"results/data/{settings.source}.zarr"}
    if settings.kind != "codes":
        return {}
    name = STUDY.data[wildcards.dataset].experiment
    return {"latents": shown_path(LATENTS, name), "source": dataset_path(name)}


def data_member(dataset):
    """The place in its stack of the member whose codes are the data; None for other data."""
    settings = STUDY.data[dataset]
    return shown_member(settings.experiment) if settings.kind == "codes" else None


def data_digest(dataset):
    """SHA-256 of the file or folder that a user's data are read from; None for data without one.

    By content, not by date: a copy of the same file makes nothing anew, and an older one is noticed. Arrays that were not
    read before are refused here if they cannot be: a job would first remove what was made of the ones before.
    """
    settings = STUDY.data[dataset]
    path = getattr(settings, "path", None)
    if path is None:
        return None
    from curvae.data import own  # a second that studies without such data do without
    from curvae.store import sha256

    digest = sha256(path)
    if settings.kind == "own" and digest != own.source(f"results/data/{dataset}.zarr"):
        try:
            with within(f"data.{dataset}"):
                own.read(settings)
        except ConfigError as error:
            raise WorkflowError(f"config.yaml: {error}")
    return digest


def every_weights(settings):
    """Data, and every member's weights, of the experiments that some settings name."""
    names = settings.experiments
    weights = [path for name in names for path in every_instance(WEIGHTS, name)]
    return {"data": dataset_path(names[0]), "weights": weights}


def weights_names(settings):
    """The experiment of each of these weights."""
    return [name for name in settings.experiments for _ in JOBS[name]]


def bounds_of(names):
    """The bounds of several experiments."""
    return [f"results/bounds/{name}.csv" for name in names]


def ladder_input(wildcards):
    """Bounds and histories of a ladder and of what it stands beside."""
    names = STUDY.ladders[wildcards.ladders]
    histories = [path for name in names for path in every_instance(HISTORY, name)]
    return {"bounds": bounds_of(names), "histories": histories}


def layer_sizes(experiment):
    """Latents of every layer of an experiment's model."""
    model = STUDY.experiments[experiment].model
    return list(getattr(model, "latents", [model.latent]))


def pretraining_input(wildcards):
    """Histories with and without pretraining."""
    pair = STUDY.pretraining[wildcards.pretraining]
    return {name: every_instance(HISTORY, experiment) for name, experiment in pair}


def pretraining_passes(wildcards):
    """Passes through the training set that the pretraining takes of each layer."""
    pair = STUDY.pretraining[wildcards.pretraining]
    return STUDY.experiments[pair.pretrained].model.pretrain.epochs


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
            found["rollouts"] = rollouts_of(dynamics)
            break
    return found


def explorer_about(model):
    """A model in a line."""
    hidden = model.decoder_hidden or model.hidden[::-1]
    widths = ", ".join(str(width) for width in hidden)
    activation = model.decoder_activation or model.activation
    return f"{model.kind}, decoder of {widths} {activation} units, {model.likelihood}"
