"""Claims about generated digits, on tables whose verdict is plain."""

import pandas as pd
import pytest

from curvae.claims import generation_claims


def table(**change):
    rows = {
        "mlp": {"sharpness": 0.5, "evenness": 0.9, "frechet": 10.0, "epochs": 40, "leap": 0.13},
        "generator": {"sharpness": 0.8, "evenness": 0.4, "frechet": 30.0, "epochs": 40, "leap": 0.15},
        "philion": {"sharpness": 0.5, "evenness": 0.9, "frechet": 11.0, "epochs": 40, "leap": 0.13},
    }
    for network, values in change.items():
        rows[network] = rows[network] | values
    told = {"confidence": 0.76, "classes": 9.0}
    real = {"network": None, "confidence": 0.8, "classes": 9.5}
    return pd.DataFrame(
        [*({"network": network, "seed": 0, **told, **values} for network, values in rows.items()), real]
    )


def verdicts(given):
    return pd.DataFrame(generation_claims(given)).set_index("claim")["verdict"]


def test_the_sources_sentences_hold_where_they_are_true():
    found = pd.DataFrame(generation_claims(table())).set_index("claim")
    assert set(found["verdict"]) == {"reproduced"}
    assert found.loc["generation.smooth", "value"] == pytest.approx(0.5)
    assert found.loc["generation.fuzzy", "value"] == pytest.approx(0.3)
    assert found.loc["generation.alike", "value"] == pytest.approx(0.1)
    assert found.loc["generation.confidence", "value"] == pytest.approx(0.95)
    assert "of mlp: 9, of training images: 9.5" in found.loc["generation.classes", "note"]


@pytest.mark.parametrize(
    ("change", "claim"),
    [
        ({"generator": {"evenness": 0.95}}, "smooth"),
        ({"generator": {"sharpness": 0.3}}, "fuzzy"),
        ({"generator": {"leap": 0.5}}, "somewhat"),
        ({"philion": {"frechet": 20.0}}, "alike"),
        ({"mlp": {"confidence": 0.7}}, "confidence"),
        ({"mlp": {"classes": 8.5}}, "classes"),
    ],
)
def test_they_fall_where_they_are_not(change, claim):
    assert verdicts(table(**change))[f"generation.{claim}"] == "not reproduced"


def test_equal_epochs_are_compared_and_else_the_longest():
    brief = table(mlp={"epochs": 2, "frechet": 50.0, "sharpness": 0.95, "evenness": 0.1}, philion={"epochs": 2})
    both = pd.concat([table().query("network != 'philion'"), brief.query("network != 'generator'")])
    found = pd.DataFrame(generation_claims(both)).set_index("claim")
    assert found.loc["generation.alike", "value"] == pytest.approx(0.78)
    assert "2 epochs each" in found.loc["generation.alike", "note"]
    assert found.loc["generation.smooth", "value"] == pytest.approx(0.5)
    assert found.loc["generation.fuzzy", "value"] == pytest.approx(0.3)


def test_networks_that_are_not_there_or_were_trained_for_less_bear_no_claim():
    assert verdicts(table(philion={"epochs": 2}))["generation.alike"] == "not testable"
    lonely = table()
    assert set(verdicts(lonely[lonely["network"] == "mlp"])) == {"not testable"}
