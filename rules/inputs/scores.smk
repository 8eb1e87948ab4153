"""Inputs and params of scores. No rule stands here."""

# What every look at codes and factors takes.
DRAWN = ["factors", "samples", "seed", "dead"]
SCORED = [*DRAWN, "train", "test", "batch", "bootstrap", "permutations", "preset"]


def beside(name, table):
    """A table of the scores of an experiment and of those that stand beside it."""
    return [
        f"results/scores/{experiment}_{table}.csv"
        for experiment in (name, *STUDY.scores[name].beside)
    ]
