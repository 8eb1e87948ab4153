"""Settings of posteriors and codes: bounds on the likelihood, maps, pretraining, the shape of codes."""

from itertools import pairwise

from pydantic import Field, field_validator

from curvae.settings.base import Count, Name, Settings, Whole, axis


class Bound(Settings):
    """Importance-weighted bounds on the log-likelihood of test images under every member of an experiment."""

    samples: Count = Field(500, description="test images used at most")
    counts: axis(Count) = Field(
        (1, 10, 100), description="draws K of each bound, rising, each a divisor of the next; 1 is the evidence bound"
    )
    seed: Whole = Field(0, description="seed of the draws")

    @field_validator("counts")
    @classmethod
    def _nested(cls, counts: tuple[int, ...]) -> tuple[int, ...]:
        if any(larger % smaller for smaller, larger in pairwise(counts)) or list(counts) != sorted(counts):
            raise ValueError("allowed: rising, each a divisor of the next")
        return counts


class Posteriors(Settings):
    """The posteriors of a few data points, Gaussian and with a flow, side by side."""

    gaussian: Name = Field(description="an experiment with two latents on `one_hot` data; its shown member is used")
    flow: Name = Field(description="the same with `model.posterior`")


class Pretraining(Settings):
    """The same network with and without pretraining, side by side."""

    pretrained: Name = Field(description="an experiment with `model.pretrain`")
    scratch: Name = Field(
        description="the same without; with as many epochs more as the pretraining has, it is also compared after as "
        "many passes in all"
    )


class CodeShape(Settings):
    """How weird and how sparse the codes of every member of an experiment are."""

    steps: Count = Field(1000, description="steps of the optimiser of the flow that is fitted to the codes")
    draws: Count = Field(2000, description="points drawn of a fitted Gaussian and of the prior")
    seed: Whole = Field(0, description="seed of flow and draws")
