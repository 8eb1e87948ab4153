"""Every sentence of the study's sources that asserts something measurable, one file a source; aims: the study's own.

Definitions, equations of methods and reports of what was done are no assertions and are left out; identities are in.
"""

from curvae.claims.sentences import aims, besides, idler2022, konuk2018, philion2018, pyle2018, pyle2019
from curvae.claims.sentences.sentence import Sentence

__all__ = ["SENTENCES", "Sentence"]

SENTENCES: tuple[Sentence, ...] = tuple(
    sentence
    for document in (pyle2018, pyle2019, idler2022, konuk2018, philion2018, aims, besides)
    for sentence in document.SENTENCES
)
