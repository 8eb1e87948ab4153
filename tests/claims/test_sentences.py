"""Every sentence of the sources has one place, and every row one sentence."""

import importlib
import pkgutil
from fnmatch import fnmatchcase
from pathlib import Path

import pandas as pd
import pytest
import yaml

from curvae import claims
from curvae.claims import Claim, account, gather, judge
from curvae.claims.account import together
from curvae.claims.climate import LEARNED
from curvae.claims.digits import convolutional_claims, grid_claims
from curvae.claims.sentences import SENTENCES, Sentence

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text())


def every_claim():
    """Keys of all rows that the default study can have."""
    modules = [importlib.import_module(f"curvae.claims.{m.name}") for m in pkgutil.iter_modules(claims.__path__)]
    keys = [claim.key for module in modules for claim, _ in getattr(module, "CLAIMS", ())]
    digit = pd.Series(dtype=int)
    keys += [row["claim"] for row in (*convolutional_claims([], digit), *grid_claims([], digit))]
    learners = CONFIG["climate"][CONFIG["claims"]["climate"]]["learners"]
    keys += ["climate.trace", *(f"climate.{name}.{said[0]}" for name in learners for said, _ in LEARNED)]
    return keys + [f"density.{name}.{key}" for name in CONFIG["claims"]["density"] for key in ("prior", "expansion")]


def test_every_row_is_declared_by_one_sentence():
    for key in every_claim():
        found = [s.key for s in SENTENCES if any(fnmatchcase(key, pattern) for pattern in s.rows)]
        assert len(found) == 1, f"{key}: {found}; every claim stands in rows= of one of curvae/claims/sentences"


def test_every_pattern_finds_a_row():
    keys = every_claim()
    for sentence in SENTENCES:
        for pattern in sentence.rows:
            assert any(fnmatchcase(key, pattern) for key in keys), f"{sentence.key}: no claim {pattern}"


def test_every_sentence_is_in_the_table_once_and_has_a_verdict():
    table = account(gather([]))
    assert table["assertion"].tolist() == [s.key for s in SENTENCES]
    assert set(table["verdict"]) == {"not testable"}
    assert table["note"].str.len().gt(5).all()
    assert {"Pyle 2018", "Pyle 2019", "Idler 2022", "Konuk 2018", "Philion 2018"} < set(table["document"])


def test_reasons_name_tests_that_are_there():
    root = Path(__file__).parents[2]
    for sentence in SENTENCES:
        for word in sentence.reason.replace(",", " ").split():
            assert not word.startswith("tests/") or (root / word).is_file(), f"{sentence.key}: {word}"
            if word.startswith("curvae."):
                importlib.import_module(word.rstrip("."))


A, B, C = (Sentence(key, "Somebody 1999", "page 1", f"{key} is so.", **place) for key, place in (
    ("a", {"rows": ("room.x", "room.y*")}), ("b", {"see": "a"}), ("c", {"reason": "nobody knows"})))  # fmt: skip


def rows(**values):
    return gather(judge(Claim(f"room.{k}", "S", "It is large.", "size", "1", ">=", 1.0), v) for k, v in values.items())


def test_rows_come_under_their_sentence_and_one_answer_is_made_of_them():
    table = account(rows(y2=[0.0], x=[2.0], z=[2.0]), [C, A, B])
    assert table["assertion"].tolist() == ["c", "a", "a", "b", "room.z"]
    assert table["claim"].tolist() == ["c", "room.y2", "room.x", "b", "room.z"]
    assert table["answer"].tolist() == ["not testable", "partly", "partly", "partly", "reproduced"]
    assert table["note"].tolist()[0] == "nobody knows"
    assert table["note"].tolist()[3] == "measured under a"
    assert table["document"].tolist()[4] == "undeclared"


@pytest.mark.parametrize(
    ("verdicts", "answer"),
    [
        ((), "not testable"),
        (("not testable", "reproduced"), "reproduced"),
        (("not reproduced", "not reproduced"), "not reproduced"),
        (("not reproduced", "reproduced"), "partly"),
        (("partly",), "partly"),
    ],
)
def test_one_answer_of_several_verdicts(verdicts, answer):
    assert together(verdicts) == answer


def test_what_has_no_place_or_two_is_refused():
    with pytest.raises(ValueError, match="exactly one"):
        Sentence("a", "S", "1", "It is.", rows=("x",), reason="no")
    with pytest.raises(ValueError, match="exactly one"):
        Sentence("a", "S", "1", "It is.")
    with pytest.raises(ValueError, match="two of one key"):
        account(rows(), [A, A])
    with pytest.raises(ValueError, match=r"room\.x: under a, d"):
        account(rows(x=[1.0]), [A, Sentence("d", "S", "1", "It is.", rows=("room.*",))])
    with pytest.raises(ValueError, match="sees no other"):
        account(rows(), [B])
