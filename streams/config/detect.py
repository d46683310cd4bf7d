"""The table ``[detect]``: how many false alerts are accepted, and how detectors judge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Protocol, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from streams.config.detection.look_back import LookBackTable
from streams.config.detection.misuse import MisuseTable
from streams.config.fields import (
    Levels,
    Name,
    PositiveDuration,
    Signals,
    Table,
    WholeDays,
    raise_problems,
)
from streams.detection.signals import KNOWN, OWN_DETECTORS, BurstDetector
from streams.rule_packs.pack import PackName

LEAST_PART = 0.001
"""A smaller part of the budget is a mistake: nothing could be found with it."""


def _none_or_a_part(part: float) -> float:
    if 0.0 < part < LEAST_PART:
        raise ValueError(f"must be 0, or at least {LEAST_PART:g}")
    return part


def _own_name(name: str) -> str:
    if name in OWN_DETECTORS:
        raise ValueError("must be a name that none of Weathervane's own detectors has")
    return name


class DetectorCheck(Protocol):
    """Tries a detector that the configuration names.

    Only commands that judge hand one to `load_config`: it imports river and runs the detector on
    300 buckets, which no other command should wait for.
    """

    def find(self, path: str, /) -> object:
        """Import the detector's class; raise ValueError with the rule that the path breaks."""

    def trial(self, path: str, parameters: Mapping[str, Any], /) -> Iterable[str]:
        """Run the detector; yield a line for each reason why it cannot be used."""


class BesideTable(Table):
    """A ``[[detect.beside]]`` table: a river anomaly detector to run beside Weathervane's own.

    Attributes
    ----------
    name
        The name of its alerts' `detector`.
    detector, parameters
        The dotted path of its class, and the arguments of that class.
    share
        The part of `budget_per_day` that its false alerts may use.
    levels, signals
        The levels and signals that it watches.
    most
        How many entities it watches at most, the busiest, of each level, signal, group and shard.
    warmup
        How many buckets of an entity it learns before it is first asked for a score.
    """

    name: Annotated[Name, AfterValidator(_own_name)]
    detector: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    share: Annotated[float, Field(ge=LEAST_PART, lt=1)]
    levels: Levels = Field(default=["sender"])
    signals: Signals = Field(default=["sends", "complaints"])
    most: Annotated[int, Field(ge=1, le=100_000)] = 100
    warmup: Annotated[int, Field(ge=1, le=100_000)] = 30

    @field_validator("detector")
    @classmethod
    def _is_installed(cls, path: str, info: ValidationInfo) -> str:
        check: DetectorCheck | None = info.context
        if check is not None:
            check.find(path)
        return path

    @model_validator(mode="after")
    def _runs(self, info: ValidationInfo) -> Self:
        check: DetectorCheck | None = info.context
        if check is not None:
            raise_problems(check.trial(self.detector, self.parameters))
        return self


def _ascending(ratios: list[float]) -> list[float]:
    if sorted(set(ratios)) != ratios:
        raise ValueError("must rise from each to the next")
    return ratios


class BurstTable(Table):
    """The table ``[detect.burst]``: how entities that have counted before are judged.

    Attributes
    ----------
    detector
        ``"e-sr"`` gathers evidence over buckets, ``"tail"`` judges each bucket by itself.
    ratios
        The bursts that "e-sr" looks for, as ratios of count to expectation.
    keep_per_day
        The weight that learned counts keep after a day.
    """

    detector: BurstDetector = KNOWN
    ratios: Annotated[
        list[Annotated[float, Field(gt=1, le=1000)]],
        Field(min_length=1, max_length=16),
        AfterValidator(_ascending),
    ] = Field(default=[1.5, 2.0, 4.0, 10.0])
    keep_per_day: Annotated[float, Field(ge=0.5, le=0.999)] = 0.97


class SplitTable(Table):
    """The table ``[detect.split]``: how the budget of a level and signal is split.

    The part that these leave is for entities that have counted before.

    Attributes
    ----------
    newcomers, young
        The part for first buckets, and that for entities known for a few days, which are judged
        among their peers. First buckets are always judged; young may be 0.
    slow
        The part for slow rises; with 0 they are not looked for.
    """

    newcomers: Annotated[float, Field(ge=LEAST_PART, lt=1)] = 0.3
    young: Annotated[float, Field(ge=0, lt=1), AfterValidator(_none_or_a_part)] = 0.25
    slow: Annotated[float, Field(ge=0, lt=1), AfterValidator(_none_or_a_part)] = 0.05

    @model_validator(mode="after")
    def _fits(self) -> Self:
        taken = self.newcomers + self.young + self.slow
        if taken > 1.0 - LEAST_PART:
            raise ValueError(
                "must leave some of the budget to those that have counted before: newcomers,"
                f" young and slow together at most {1.0 - LEAST_PART:g}; got {taken:.6g}"
            )
        return self


def _each_once(packs: list[str]) -> list[str]:
    if len(set(packs)) != len(packs):
        raise ValueError("must name each pack once")
    return packs


LEAST_BUDGET, MOST_BUDGET = 1e-4, 1e6
"""False alerts a day: one in 27 years, and one in a tenth of a second."""


class Detect(Table):
    """The table ``[detect]``."""

    budget_per_day: Annotated[float, Field(ge=LEAST_BUDGET, le=MOST_BUDGET)] = 5.0
    min_count: Annotated[int, Field(ge=1, le=1_000_000_000)] = 1
    exit_after: Annotated[int, Field(ge=1, le=10_000)] = 3
    min_hold: Annotated[int, Field(ge=0, le=10_000)] = 1
    longest_life: PositiveDuration = 14 * 86400.0
    forget_after: WholeDays = 90 * 86400.0
    max_entities: Annotated[int, Field(ge=1, le=100_000_000)] = 1_000_000
    shards: Annotated[int, Field(ge=1, le=1024)] = 1
    checkpoint_every: PositiveDuration = 90.0
    burst: BurstTable = BurstTable()
    split: SplitTable = SplitTable()
    beside: list[BesideTable] = Field(default_factory=list)
    misuse: MisuseTable = MisuseTable()
    look_back: LookBackTable = LookBackTable()
    rules: Annotated[list[PackName], AfterValidator(_each_once)] = Field(default_factory=list)
