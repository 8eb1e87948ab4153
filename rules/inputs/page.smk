"""What the page, and the record of the run, are made of. No rule stands here."""

import re

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
