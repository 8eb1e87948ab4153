"""What jobs ask for: memory and time, measured, or predicted from the settings. No rule stands here."""

from math import ceil

from curvae.cost import encoding, sequence_seconds, size_of, training

NODE = 400  # MB of the two Snakemakes that run a job inside an allocation


def memory(used):
    """MB to ask for, given what such jobs use, a number or a function of the wildcards: a fourth more and `NODE`.

    Doubled after every failure.
    """
    return lambda wildcards, attempt: asked(
        1.25 * told(used, wildcards) + NODE, attempt
    )


def minutes(needed):
    """Minutes to ask for, given what such jobs take of one core, as above: twice that, and 2 at least."""
    return lambda wildcards, attempt: asked(
        max(2, 2 * told(needed, wildcards)), attempt
    )


def told(number, wildcards):
    return number(wildcards) if callable(number) else number


def asked(number, attempt):
    return ceil(number) * 2 ** (attempt - 1)


def size(dataset):
    return size_of(STUDY, dataset)


def experiment_size(wildcards):
    return size(STUDY.experiments[wildcards.experiment].data)


def trained(wildcards):
    """What a stack is: the size of its data, its model, its objective and how many members it has."""
    experiment = STUDY.experiments[wildcards.experiment]
    job = JOBS[wildcards.experiment][wildcards.instance]
    members = len(experiment.members(job))
    return (
        experiment_size(wildcards),
        experiment.model_of(job),
        experiment.objective,
        members,
    )


def training_cost(wildcards):
    """Predicted seconds and MB of training a stack."""
    return training(*trained(wildcards), STUDY.experiments[wildcards.experiment].train)


def encoding_cost(wildcards):
    return encoding(*trained(wildcards))


def data_memory(wildcards):
    """Made data lie in memory once, beside the program."""
    return 280 + 1.2 * size(wildcards.dataset).held


def predictor_minutes(wildcards):
    """Predicted minutes of training a predictor on films."""
    data = STUDY.data[STUDY.experiments[dynamics_experiment(wildcards)].data]
    films = data.trajectories.train, data.frames
    return sequence_seconds(*films, predictor(wildcards)) / 60


def learner_memory(wildcards):
    return (
        620
        if learner_kind(wildcards.climate, wildcards.learner) == "reservoir"
        else 500
    )


def learner_minutes(wildcards):
    """Predicted minutes of learning a climate; a reservoir needs next to none."""
    settings = STUDY.climate[wildcards.climate]
    learner, data = settings.learners[wildcards.learner], STUDY.data[settings.data]
    if learner.kind == "reservoir":
        return 0.3
    return sequence_seconds(data.trajectories.train, data.frames, learner) / 60


def orbit_minutes(wildcards):
    """Minutes of a closed loop: 8 ms a frame, and as many again for every exponent."""
    settings = STUDY.climate[wildcards.climate]
    tangent = (settings.discard + settings.steps) * settings.exponents
    frames = settings.warmup + settings.horizon + settings.free + tangent
    return (frames + settings.whole) * 8e-3 / 60


def rollout_memory(wildcards):
    """The program, and the decoded films of all seeds."""
    settings = STUDY.dynamics[wildcards.dynamics]
    numbers = settings.trajectories * settings.horizon * len(settings.seeds)
    features = size(STUDY.experiments[settings.experiment].data).features
    return 420 + 4 * numbers * features / 2**20


def score_minutes(wildcards):
    """Minutes of scoring all members: some seconds a metric and member."""
    experiment = STUDY.experiments[wildcards.experiment]
    members = sum(len(experiment.members(job)) for job in experiment.jobs())
    metrics = len(STUDY.scores[wildcards.experiment].metrics)
    return 0.1 + members * metrics * 0.6 / 60


def bound_memory(wildcards):
    return 420 + 1.2 * experiment_size(wildcards).megabytes
