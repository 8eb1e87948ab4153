"""Inputs and params of the claims. No rule stands here."""


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
    if name := claims.inversion:
        found["inversion"] = [
            f"results/figures/level_sets/{name}{end}.csv" for end in ("", "_pixels")
        ]
    if claims.between:
        found["between"] = f"results/between/{claims.between}.csv"
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
    if claims.drawn:
        found["drawn"] = f"results/drawn_codes/{claims.drawn}.csv"
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
