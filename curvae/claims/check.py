"""Every role that results play in the claims, judged on what there is of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from curvae.claims.axes import axes_claims
from curvae.claims.ball import ball_claims
from curvae.claims.between import between_claims
from curvae.claims.claim import used
from curvae.claims.climate import climate_claims
from curvae.claims.deep import codes_claims, drawn_claims, pretraining_claims
from curvae.claims.density import density_claims
from curvae.claims.digits import convolutional_claims, digits_claims, grid_claims
from curvae.claims.directions import directions_claims
from curvae.claims.disentanglement import disentanglement_claims
from curvae.claims.flow import flow_claims
from curvae.claims.generation import generation_claims
from curvae.claims.geometry import collapse_of, geometry_claims
from curvae.claims.inversion import inversion_claims
from curvae.claims.joint import joint_claims
from curvae.claims.posterior import posterior_claims
from curvae.claims.ring import ring_claims
from curvae.claims.sizes import sizes_claims
from curvae.claims.square import square_claims

ON_TABLES = {
    "axes": axes_claims,
    "sizes": sizes_claims,
    "ring": ring_claims,
    "directions": directions_claims,
    "generation": generation_claims,
    "between": between_claims,
    "inversion": inversion_claims,
    "flow": flow_claims,
    "pretraining": pretraining_claims,
    "codes": codes_claims,
    "drawn": drawn_claims,
    "joint": joint_claims,
    "climate": climate_claims,
    "posterior": posterior_claims,
}
GEOMETRY = ("geodesics", "groups", "mixtures", "walks", "distances")
DISENTANGLEMENT = ("members", "baselines", "terms")


def check(
    results: Mapping[str, Sequence[Any]],
    runs: Mapping[str, Sequence[str]],
    recurrent: Sequence[str] = (),
    member: int | None = None,
) -> list[dict[str, Any]]:
    """One row a claim of every role that has results.

    Args:
        results: what was made for a role, by its name: tables; of the role "digits" and "convolutional" also the test
            images as data sets with factors (``{role}_data``) and with codes, a stack each (``{role}_latents``); of the
            geometry its tables (``geometry_{table}``) and its training's manifest (``geometry_manifest``); of the
            disentanglement three kinds of tables (``disentanglement_{kind}``).
        runs: names of the experiments or climates that a role stands for.
        recurrent: the ball's predictors that are networks with a memory.
        member: the place in its stack of the member whose geometry is judged.
    """
    judged = {}
    if "square" in results:
        judged["square"] = square_claims(pd.concat(results["square"]))
    if "digits" in results:
        judged["digits"] = digits_claims(*results["digits"], *_codes(results, "digits"))
    if "convolutional_data" in results:
        codes = _codes(results, "convolutional")
        beside = _codes(results, "digits") if "digits_data" in results else None
        judged |= {"convolutional": convolutional_claims(*codes), "grid": grid_claims(*codes, beside)}
        runs = {**runs, "grid": [*runs["convolutional"], *runs.get("digits", ())]}
    if "ball" in results:
        judged["ball"] = ball_claims(*results["ball"], recurrent=recurrent)
    judged |= {role: judge(*results[role]) for role, judge in ON_TABLES.items() if role in results}
    if "density" in results:
        judged["density"] = density_claims(dict(zip(runs["density"], results["density"], strict=True)))
    if "geometry_manifest" in results:
        tables = {part: results[f"geometry_{part}"][0] for part in GEOMETRY if f"geometry_{part}" in results}
        collapsed = collapse_of(results["geometry_manifest"][0], member)
        judged["geometry"] = geometry_claims(**tables, collapsed=collapsed)
    if "disentanglement_members" in results:
        tables = (pd.concat(results[f"disentanglement_{part}"]) for part in DISENTANGLEMENT)
        judged["disentanglement"] = disentanglement_claims(*tables)
    return [row for role, rows in judged.items() for row in used(rows, runs[role])]


def _codes(results: Mapping[str, Sequence[Any]], role: str) -> tuple[np.ndarray, np.ndarray]:
    """Codes of the test images, (seed, sample, latent), and their digits."""
    (test,), stacks = results[f"{role}_data"], results[f"{role}_latents"]
    return np.concatenate([stack["mean"].values for stack in stacks]), test["factors"].values[:, 0].astype(int)
