"""What jobs ask for: memory and time, measured, or predicted from the settings. No rule stands here."""

from math import ceil

from curvae.cost import (
    FLOOR,
    NODE,
    bounding,
    encoding,
    sequence_seconds,
    size_of,
    training,
)


def memory(used):
    """MB to ask for, given what such jobs use, a number or a function of the wildcards: a fourth more and `NODE`.

    Doubled after every failure.
    """
    return lambda wildcards, attempt: asked(
        1.25 * told(used, wildcards) + NODE, attempt
    )


def minutes(needed):
    """Minutes to ask for, given what such jobs take of one core, as above: 1.75 times that, and `FLOOR` at least.

    What is asked for tells what is `needed` (benchmarks/predict.py).
    """

    def request(wildcards, attempt):
        return asked(max(FLOOR, 1.75 * told(needed, wildcards)), attempt)

    request.needed = needed
    return request


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
    """Predicted seconds and MB of encoding with a stack."""
    data, model, _, members = trained(wildcards)
    return encoding(data, model, members)


def data_memory(wildcards):
    """Made data lie in memory once, beside the program and, of MNIST, the files that they are taken from."""
    files = 90 if STUDY.data[wildcards.dataset].kind == "mnist" else 0
    return 220 + files + 1.2 * size(wildcards.dataset).held


def with_images(used, experiment=lambda wildcards: wildcards.experiment, copies=1.2):
    """What a job uses that holds the images of an experiment's data, so many times, beside some MB."""

    def held(wildcards):
        data = STUDY.experiments[experiment(wildcards)].data
        return used + copies * size(data).megabytes

    return held


def generation_experiment(wildcards):
    return STUDY.generation[wildcards.generation].experiments[0]


def predictor_minutes(wildcards):
    """Predicted minutes of training predictors on films: those of one stack need what they would one after the other."""
    data = STUDY.data[STUDY.experiments[dynamics_experiment(wildcards)].data]
    films = data.trajectories.train, data.frames
    seconds = sequence_seconds(*films, predictor(wildcards))
    return len(predictor_stack(wildcards)) * seconds / 60


def learner_memory(wildcards):
    """The program; of a reservoir what its units did in training, in double precision, and what is made of it."""
    settings = STUDY.climate[wildcards.climate]
    learner = settings.learners[wildcards.learner]
    if learner.kind != "reservoir":
        return 500
    frames = learner.trajectories * STUDY.data[settings.data].frames
    return 440 + 5.5 * 8 * len(settings.seeds) * frames * learner.units / 2**20


def learner_minutes(wildcards):
    """Predicted minutes of learning a climate; a reservoir needs next to none."""
    settings = STUDY.climate[wildcards.climate]
    learner, data = settings.learners[wildcards.learner], STUDY.data[settings.data]
    if learner.kind == "reservoir":
        return 0.3
    return sequence_seconds(data.trajectories.train, data.frames, learner) / 60


def tangents(wildcards):
    """Numbers of all tangent vectors of all seeds of a learner whose whole spectrum is asked for; an LSTM has two a unit."""
    settings = STUDY.climate[wildcards.climate]
    learner = settings.learners.get(wildcards.system)
    if learner is None or not settings.whole:
        return 0
    units = learner.units if learner.kind == "reservoir" else 2 * learner.hidden
    return len(settings.seeds) * units**2


def orbit_memory(wildcards):
    """The program; of a reservoir also some 0.2 of the state of its units in every frame, never given back, and the
    tangent vectors of a step seven times."""
    settings = STUDY.climate[wildcards.climate]
    kind = learner_kind(wildcards.climate, wildcards.system)
    if kind != "reservoir":
        return 620 if kind else 480
    units = settings.learners[wildcards.system].units
    state = 8 * len(settings.seeds) * settings.starts * units / 2**20
    orbits = 0.2 * state * (settings.horizon + settings.free)
    return 456 + orbits + 7 * 8 * tangents(wildcards) / 2**20


def orbit_minutes(wildcards):
    """Minutes of a closed loop: 5 ms a frame, and as many again for every exponent; of all exponents 50 ns a number."""
    settings = STUDY.climate[wildcards.climate]
    tangent = (settings.discard + settings.steps) * settings.exponents
    frames = settings.warmup + settings.horizon + settings.free + tangent
    whole = settings.whole and settings.discard + settings.whole
    return (frames * 5e-3 + whole * (5e-3 + 5e-8 * tangents(wildcards))) / 60


def regularisation_memory(wildcards):
    """Figures of all codes of all members: 140 bytes each."""
    codes = members_of(wildcards.experiment) * experiment_size(wildcards).samples
    return 500 + 140 * codes / 2**20


def rollout_memory(wildcards):
    """The program, and the decoded films of all seeds."""
    settings = STUDY.dynamics[wildcards.dynamics]
    numbers = settings.trajectories * settings.horizon * len(settings.seeds)
    features = size(STUDY.experiments[settings.experiment].data).features
    return 420 + 4 * numbers * features / 2**20


def fitted_memory(wildcards):
    """As above, with what the fit takes."""
    return rollout_memory(wildcards) + fit_memory(wildcards, predictor(wildcards))


def exponents_memory(wildcards):
    """The program, with what the largest fit takes."""
    choices = STUDY.dynamics[wildcards.dynamics].predictors.values()
    return 480 + max(fit_memory(wildcards, choice) for choice in choices)


def fit_memory(wildcards, choice):
    """MB of a reservoir's units in training, of all seeds in double precision, with two copies; others need none."""
    if choice.kind != "reservoir":
        return 0
    data = STUDY.data[STUDY.experiments[dynamics_experiment(wildcards)].data]
    seeds = len(STUDY.dynamics[wildcards.dynamics].seeds)
    return 3 * 8 * data.trajectories.train * data.frames * seeds * choice.units / 2**20


def members_of(name):
    experiment = STUDY.experiments[name]
    return sum(len(experiment.members(job)) for job in experiment.jobs())


# Seconds of scoring a sample of codes; other metrics fit something.
QUICK = {"higgins": 3e-5, "mig": 3e-5}
FITTED = 2.5e-4
PROTOCOLS = 0.01  # minutes a representation under both protocols: 15,000 points of pairs, and thrice the study's


def scored_minutes(name, representations):
    """Minutes of scoring codes."""
    settings = STUDY.scores[name]
    each = sum(QUICK.get(metric, FITTED) for metric in settings.metrics)
    return 0.1 + representations * settings.samples * each / 60


def score_minutes(wildcards):
    return scored_minutes(wildcards.experiment, members_of(wildcards.experiment))


def baseline_minutes(wildcards):
    """Of what depends on a seed, there is one of every seed of the experiment."""
    name = wildcards.experiment
    seeds = len(STUDY.experiments[name].grid.seed)
    seeded = [kind in ("ica", "untrained") for kind in STUDY.scores[name].baselines]
    representations = sum(seeds if each else 1 for each in seeded)
    return scored_minutes(name, representations) + representations * PROTOCOLS


def protocol_minutes(wildcards):
    return 0.2 + members_of(wildcards.experiment) * PROTOCOLS


def decompose_minutes(wildcards):
    """Minutes of comparing all pairs of samples under every member."""
    pairs = STUDY.scores[wildcards.experiment].decomposed ** 2
    return 0.1 + members_of(wildcards.experiment) * pairs * 4e-9


def fitted_minutes(wildcards):
    """Minutes of fitting a predictor in closed form: the billiard looks for its coordinates, 8 s a seed."""
    seeds = len(STUDY.dynamics[wildcards.dynamics].seeds)
    return 0.2 + (seeds * 8 / 60 if predictor(wildcards).kind == "billiard" else 0.3)


GEODESIC = 0.7e-3 / 60  # minutes of one, among many, by compiled code


def distance_minutes(wildcards):
    return 0.3 + STUDY.geometry[wildcards.geometry].codes ** 2 / 2 * GEODESIC


def group_minutes(wildcards):
    """Minutes of all distances within every draw, and from the map of the first subset to a draw."""
    groups = STUDY.geometry[wildcards.geometry].groups
    drawn = [groups.codes * len(subset) for subset in groups.subsets]
    within = sum(groups.repeats * count**2 / 2 for count in drawn)
    return 0.3 + (within + groups.map**2 * drawn[0]) * GEODESIC


def mixture_minutes(wildcards):
    """Minutes of expectation maximisation: every step maps draws to the codes of all classes."""
    groups = STUDY.geometry[wildcards.geometry].groups
    mixtures = groups.mixtures
    codes = mixtures.codes * sum(len(subset) for subset in groups.subsets)
    return 0.15 + mixtures.iterations * codes * mixtures.samples * 1.5e-7


def bound_minutes(wildcards):
    """Predicted minutes of drawing from the posteriors of all members of an experiment."""
    experiment = STUDY.experiments[wildcards.experiment]
    settings, features = (
        STUDY.bounds[wildcards.experiment],
        experiment_size(wildcards).features,
    )
    draws = settings.samples * max(settings.counts)
    return (
        sum(
            bounding(
                features,
                experiment.model_of(job),
                draws * len(experiment.members(job)),
            )
            for job in experiment.jobs()
        )
        / 60
    )
