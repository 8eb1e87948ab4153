"""Turns a config into a `Study`, or into one line that says what is wrong with it."""

from typing import Any

from pydantic import ValidationError

from curvae.settings.base import ConfigError, listed
from curvae.settings.checks.claims import check_claims
from curvae.settings.checks.climate import check_climate
from curvae.settings.checks.comparisons import check_comparisons
from curvae.settings.checks.data import check_data
from curvae.settings.checks.dynamics import check_dynamics
from curvae.settings.checks.experiments import check_experiment, check_priors
from curvae.settings.checks.explorer import check_explorer
from curvae.settings.checks.figures import check_figures
from curvae.settings.checks.generation import check_flows, check_generation
from curvae.settings.checks.geometry import check_density, check_directions, check_geometry, check_rings
from curvae.settings.checks.scores import check_posteriors, check_scores
from curvae.settings.climate import LEARNER_KINDS
from curvae.settings.data import DATA_KINDS
from curvae.settings.dynamics import PREDICTOR_KINDS
from curvae.settings.model import MODEL_KINDS, POSTERIOR_KINDS
from curvae.settings.objective import OBJECTIVE_KINDS
from curvae.settings.study import Study

CHECKS = (
    check_dynamics,
    check_climate,
    check_scores,
    check_posteriors,
    check_comparisons,
    check_density,
    check_rings,
    check_geometry,
    check_directions,
    check_priors,
    check_generation,
    check_flows,
    check_figures,
    check_claims,
    check_explorer,
)
# Where pydantic names types of Python, what they are in YAML.
ASKED = {
    "tuple_type": "allowed: a list, in [ ]",
    "dict_type": "allowed: keys with values",
    "model_type": "allowed: keys with values",
    "model_attributes_type": "allowed: keys with values",
}
KINDS = {"model": MODEL_KINDS, "objective": OBJECTIVE_KINDS, "posterior": POSTERIOR_KINDS}


def read_study(config: dict[str, Any]) -> Study:
    """Check a config whole before any work.

    Args:
        config: what `config.yaml` holds.

    Raises:
        ConfigError: the first thing that is wrong.
    """
    try:
        study = Study.model_validate(config)
    except ValidationError as error:
        raise _first(error, config) from None
    check_data(study)
    for name, experiment in study.experiments.items():
        check_experiment(study, f"experiments.{name}", experiment)
    for check in CHECKS:
        check(study)
    return study


def _first(error: ValidationError, config: dict[str, Any]) -> ConfigError:
    """The first error that pydantic found, in our words."""
    detail = error.errors(include_url=False)[0]
    value, key = config, ""
    for part in detail["loc"]:  # the path also holds the tags of unions, which are no keys of the config
        held = range(len(value)) if isinstance(value, list) else value if isinstance(value, dict) else ()
        if part in held:
            value = value[part]
            key += f"[{part}]" if isinstance(part, int) else f".{part}"
    value = detail["input"]
    if detail["type"] == "unknown_key":
        part = detail["ctx"]["key"]
        key, value = f"{key}.{part}", value[part]
    if detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
        key, value = f"{key}.kind", value.get("kind")
        *_, group, owner, _ = ["", "", *key.removeprefix(".").split(".")]
        kinds = {"predictors": PREDICTOR_KINDS, "learners": LEARNER_KINDS}.get(group, KINDS.get(owner, DATA_KINDS))
        return ConfigError(key.removeprefix("."), value, f"allowed: {listed(kinds)}")
    if detail["type"] == "missing":
        key, value = f"{key}.{detail['loc'][-1]}", None
    said = ASKED.get(detail["type"], detail["msg"].removeprefix("Value error, "))
    return ConfigError(key.removeprefix(".") or "config", value, said)
