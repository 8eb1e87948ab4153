"""Every declared sentence beside the rows that measure it: none is left out, none stands twice."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

import pandas as pd

from curvae.claims.claim import COLUMNS
from curvae.claims.sentences import SENTENCES, Sentence

VERDICTS = ("reproduced", "partly", "not reproduced", "not testable")
SAID = ("document", "place", "assertion", "said", "answer")
UNDECLARED = "undeclared"
SEE = "measured under "


def account(rows: pd.DataFrame, sentences: Sequence[Sentence] = SENTENCES) -> pd.DataFrame:
    """All sentences in their order, each with the rows that measure it, or one row that says why there is none.

    Args:
        rows: of `gather`: the columns `COLUMNS`, one row a claim.
        sentences: declared.

    Returns:
        The columns `SAID` and `COLUMNS`. assertion is the sentence's key, said its text, answer the verdict over all of
        its rows (`together`). A sentence without rows has one whose claim is the sentence's key. Rows that no sentence
        declares come last, under the document "undeclared".

    Raises:
        ValueError: two sentences of one key or one row, or a sentence that refers to none with rows of its own.
    """
    keys, by_key = [str(key) for key in rows["claim"]], {s.key: s for s in sentences}
    if len(by_key) < len(sentences):
        raise ValueError("sentences: two of one key; allowed: one place a sentence")
    places = {key: [s.key for s in sentences if measures(s, key)] for key in keys}
    if twice := next((key for key, found in places.items() if len(found) > 1), None):
        raise ValueError(f"claim {twice}: under {', '.join(places[twice])}; allowed: one sentence a claim")
    own = {s.key: rows.iloc[[k for k, key in enumerate(keys) if s.key in places[key]]] for s in sentences}
    answers = {key: together(found["verdict"]) for key, found in own.items()}
    parts = [_of(s, own[s.key], answers[s.key], by_key, answers) for s in sentences]
    lost = rows.iloc[[k for k, key in enumerate(keys) if not places[key]]]
    parts.append(lost.assign(document=UNDECLARED, place="", assertion=lost["claim"], said=lost["sentence"]))
    parts[-1]["answer"] = lost["verdict"]
    return pd.concat([part for part in parts if len(part)], ignore_index=True)[[*SAID, *COLUMNS]]


def measures(sentence: Sentence, claim: str) -> bool:
    """Whether a sentence declares a claim as one that measures it."""
    return any(fnmatchcase(claim, pattern) for pattern in sentence.rows)


def together(verdicts: Iterable[str]) -> str:
    """One verdict of several: what they agree on, those not testable left out; else "partly"."""
    known = set(verdicts) - {"not testable"}
    return "not testable" if not known else known.pop() if len(known) == 1 else "partly"


def _of(
    sentence: Sentence, own: pd.DataFrame, answer: str, by_key: dict[str, Sentence], answers: dict[str, str]
) -> pd.DataFrame:
    said = {"document": sentence.document, "place": sentence.place, "assertion": sentence.key, "said": sentence.text}
    if len(own):
        return own.assign(**said, answer=answer)
    note = sentence.reason or "this config asks for no result that bears it"
    if sentence.see:
        if sentence.see not in by_key or by_key[sentence.see].see:
            raise ValueError(f"sentence {sentence.key}: see = {sentence.see}; allowed: a sentence that sees no other")
        answer, note = answers[sentence.see], SEE + sentence.see
    row = {"claim": sentence.key, "source": sentence.document, "sentence": sentence.text, "verdict": answer}
    return pd.DataFrame(
        [dict.fromkeys(COLUMNS) | row | {"note": note, "seeds": 0, "runs": ""} | said | {"answer": answer}]
    )
