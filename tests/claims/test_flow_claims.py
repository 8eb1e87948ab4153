"""Claims about edits of flows and axes of grids, on tables whose verdict is plain."""

import pandas as pd
import pytest

from curvae.claims import axes_claims, flow_claims


def edits(**steps):
    """Steps of each attribute between three strengths, in two seeds."""
    rows = [
        {
            **{"edited": edited, "attribute": attribute, "strength": strength, "seed": seed, "samples": 9},
            **{"step": step, "shift": 0.2 * number, "rising": None if step is None else 0.75},
        }
        for seed in range(2)
        for edited, moved in steps.items()
        for attribute in steps
        for number, (strength, step) in enumerate(
            zip((-1, 0, 1), (None, *(moved if attribute == edited else (0.0, 0.0))), strict=True)
        )
    ]
    return pd.DataFrame(rows).astype({"step": float, "rising": float})


def test_an_attribute_that_rises_at_every_step_is_found_and_one_that_turns_is_not():
    found = pd.DataFrame(flow_claims(edits(slant=(0.5, 0.3), thickness=(0.9, -0.1)))).set_index("claim")
    assert found.loc["flow.slant", "value"] == pytest.approx(0.3)
    assert found["verdict"].to_dict() == {
        "flow.slant": "reproduced",
        "flow.thickness": "not reproduced",
        "flow.width": "not testable",
    }
    assert "75% of 9 images" in found.loc["flow.slant", "note"]


def test_the_attribute_that_moves_most_of_the_others_is_told():
    table = edits(slant=(0.5, 0.3), thickness=(0.9, 0.1), width=(0.2, 0.2))
    table.loc[table["attribute"] == "thickness", "shift"] *= 4
    note = pd.DataFrame(flow_claims(table)).set_index("claim").loc["flow.slant", "note"]
    assert "from the weakest strength to the strongest 0.40 s.d., 1.60 s.d. at most of another attribute" in note


def grid(slants, thicknesses):
    """Correlations of both latents, a pair a seed."""
    return pd.DataFrame(
        [
            {"seed": seed, "latent": latent, "attribute": name, "correlation": value}
            for name, pairs in (("slant", slants), ("thickness", thicknesses))
            for seed, pair in enumerate(pairs)
            for latent, value in enumerate(pair, 1)
        ]
    )


def test_the_other_axis_is_the_one_with_less_slant():
    found = pd.DataFrame(axes_claims(grid([(0.1, -0.8), (0.7, 0.2)], [(-0.6, 0.9), (0.9, 0.55)]))).set_index("claim")
    assert found.loc["axes.slant", "value"] == pytest.approx(0.75)
    assert found.loc["axes.thickness", "value"] == pytest.approx(0.575)
    assert set(found["verdict"]) == {"reproduced"}
    assert "latent 2, 1" in found.loc["axes.slant", "note"]
    upright = pd.DataFrame(axes_claims(grid([(0.1, 0.2)], [(float("nan"), 0.9)]))).set_index("claim")
    assert set(upright["verdict"]) == {"not reproduced"}
    slants = grid([(0.1, -0.8)], [(0.6, 0.9)]).query("attribute == 'slant'")
    assert [row["verdict"] for row in axes_claims(slants)] == ["reproduced", "not testable"]
