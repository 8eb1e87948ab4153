"""What single stages take: their inputs and params. No rule stands here."""

# What every look at codes and factors takes.
DRAWN = ["factors", "samples", "seed", "dead"]
SCORED = [*DRAWN, "train", "test", "batch", "bootstrap", "permutations", "preset"]


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


def every_weights(settings):
    """Data, and every member's weights, of the experiments that some settings name."""
    names = settings.experiments
    weights = [path for name in names for path in every_instance(WEIGHTS, name)]
    return {"data": dataset_path(names[0]), "weights": weights}


def weights_names(settings):
    """The experiment of each of these weights."""
    return [name for name in settings.experiments for _ in JOBS[name]]


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


def predictor_weights(wildcards):
    """The weights of every predictor that was trained."""
    return [
        f"results/dynamics/{wildcards.dynamics}/trained/{name}/weights.safetensors"
        for name in STUDY.dynamics[wildcards.dynamics].predictors
        if is_trained(wildcards.dynamics, name)
    ]


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
    """The weights of the predictor whose density tells likely directions; none where no dynamics is named."""
    name = STUDY.directions[wildcards.experiment].dynamics
    if name is None:
        return []
    found = STUDY.dynamics[name].predictors.items()
    chosen = next(key for key, value in found if getattr(value, "mixtures", 0))
    return f"results/dynamics/{name}/trained/{chosen}/weights.safetensors"


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


def beside(name, table):
    """A table of the scores of an experiment and of those that stand beside it."""
    return [
        f"results/scores/{experiment}_{table}.csv"
        for experiment in (name, *STUDY.scores[name].beside)
    ]


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
        if STUDY.experiments[claims.digits].model.latent == 2:
            found["axes"] = f"results/measures/{claims.digits}_axes.csv"
    if name := claims.convolutional:
        found["convolutional_data"] = dataset_path(name)
        found["convolutional_latents"] = every_instance(LATENTS, name)
    if claims.density:
        found["density"] = [f"results/density/{name}.csv" for name in claims.density]
    if claims.ring:
        found["ring"] = f"results/ring/{claims.ring}.csv"
    if claims.ball:
        found["ball"] = f"results/dynamics/{claims.ball}/scores.csv"
    if claims.sizes:
        found["sizes"] = f"results/reconstruction/{claims.sizes}.csv"
    if claims.joint:
        found["joint"] = [f"results/reconstruction/{name}.csv" for name in claims.joint]
    if name := claims.climate:
        tables = ("exponents", "climate")
        found["climate"] = [f"results/climate/{name}/{table}.csv" for table in tables]
    if claims.geometry:
        found |= {
            f"geometry_{kind}": path
            for kind, path in geometry_tables(claims.geometry).items()
        }
        experiment = STUDY.geometry[claims.geometry].experiment
        found["geometry_manifest"] = shown_path(MANIFEST, experiment)
    if claims.directions:
        found["directions"] = f"results/directions/{claims.directions}.csv"
    if claims.generation:
        found["generation"] = f"results/generation/{claims.generation}.csv"
    if claims.flow:
        found["flow"] = f"results/flows/{claims.flow}_edits.csv"
    if name := claims.disentanglement:
        found["disentanglement_members"] = beside(name, "protocols")
        found["disentanglement_baselines"] = [
            f"results/scores/{name}_baseline_protocols.csv"
        ]
        found["disentanglement_terms"] = beside(name, "kl_terms")
    if claims.posterior:
        found["posterior"] = [f"results/bounds/{name}.csv" for name in claims.posterior]
    if claims.pretraining:
        found["pretraining"] = f"results/pretraining/{claims.pretraining}.csv"
    if claims.codes:
        found["codes"] = f"results/codes/{claims.codes}.csv"
    return found


def claimed_runs():
    """The experiments, or the climate, that every role of the claims stands for."""
    found = {}
    for role, said in STUDY.claims:
        names = [said] if isinstance(said, str) else said or ()
        section = {"ball": "dynamics", "ring": "rings"}.get(role, role)
        things = getattr(STUDY, section, {})
        found[role] = [run for name in names for run in runs_behind(things, name)]
    if name := STUDY.claims.disentanglement:
        found["disentanglement"] += STUDY.scores[name].beside
    return found | {"axes": found["digits"]}


def runs_behind(things, name):
    """Experiments that a thing of a section names; its own name where it names none."""
    thing = things.get(name) if isinstance(things, dict) else None
    keys = ("experiment", "experiments", "pretrained", "scratch")
    said = [getattr(thing, key) for key in keys if hasattr(thing, key)]
    return [
        run for one in said for run in ([one] if isinstance(one, str) else one)
    ] or [name]


def recurrent_predictors():
    """The predictors under the claims' dynamics that are networks with a memory, trained by gradients."""
    if not (name := STUDY.claims.ball):
        return []
    predictors = STUDY.dynamics[name].predictors
    return [one for one, s in predictors.items() if s.kind in ("elman", "gru", "lstm")]


def claims_member(wildcards):
    """The member whose geometry is judged; None where none is."""
    name = STUDY.claims.geometry
    return shown_member(STUDY.geometry[name].experiment) if name else None


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


WILDCARDS = {
    "experiments": "experiment",
    "data": "dataset",
    "rings": "ring",
}  # others are named as their section


def page_parts():
    """What the page says of each experiment, and of what is about no single one: settings, figures, jobs, links.

    A section whose name is no rule's wildcard is about experiments of the same names.
    """
    patterns = [str(rule.benchmark or "") for rule in workflow.rules]
    found = re.findall(r"results/benchmarks/([^{\n]+)/\{(\w+)", "\n".join(patterns))
    sections = sorted(
        (name for name, things in STUDY if isinstance(things, dict)),
        key=lambda name: (name == "data") - (name == "experiments"),
    )
    parts = {}
    for section in sections:
        wildcard = WILDCARDS.get(section, section)
        folders = [folder for folder, kind in found if kind == wildcard]
        for name, thing in getattr(STUDY, section).items():
            about = getattr(thing, "experiment", None) if section != "data" else None
            about = about or (name if section == "experiments" or not folders else None)
            owner = ("experiment", about) if about else (section, name)
            empty = {"settings": {}, "figures": [], "jobs": [], "links": {}}
            part = parts.setdefault(owner, empty)
            part["settings"].setdefault(section, {})[name] = config[section][name]
            part["jobs"] += [f"{folder}/{name}" for folder in folders]
            kinds = [kind for kind, names in STUDY.figures if name in names]
            part["figures"] += [(k, name) for k in kinds if f"figures/{k}" in folders]
            if section == "dynamics":
                part["links"]["film"] = f"films/{name}.gif"
            if section == "experiments" and name in STUDY.explorer:
                part["links"]["explorer"] = f"explorer/{name}.html"
    return [
        {"kind": kind, "name": name, **part} for (kind, name), part in parts.items()
    ]


def study_jobs():
    """The study's own jobs, or folders of them, beside which other configs may have left theirs."""
    patterns = "\n".join(str(rule.benchmark or "") for rule in workflow.rules)
    single = re.findall(r"results/benchmarks/([^{\n]+)\.tsv", patterns)
    return [*single, *(job for part in page_parts() for job in part["jobs"])]


def page_captions():
    """What stands under each kind of figure."""
    folder = Path(workflow.basedir, "rules/captions")
    return {
        kind: (folder / f"{kind}.rst").read_text()
        for kind, names in STUDY.figures
        if names
    }
