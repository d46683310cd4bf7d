"""What a judge of misuse is given, and what it says: the protocol that all of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from detectors.pages import PagedTable
from detectors.state import State
from streams.alerts.lifecycle import Severity
from streams.alerts.misuse.basis import Basis
from streams.config.model import Config
from streams.config.sources import Source
from streams.detection.context.bucket import BucketContext
from streams.detection.context.calendar import Occasion
from streams.detection.judges.panel import JudgePanel
from streams.detection.merge import ClosedBucket
from streams.detection.misuse.table import MisuseFacts
from streams.items import Level
from streams.registry.table import Registry


class MisusePlace(NamedTuple):
    """What an alert is about, within a signal."""

    level: Level
    entity: str
    kind: str | None = None


class MisuseBucket(NamedTuple):
    """A closed bucket, as judges of misuse see it.

    Attributes
    ----------
    closed
        Its counts and facts.
    registry
        As it holds for this bucket.
    occasions
        Calendar entries that last in it.
    day
        Number of its day.
    trusted
        Sources whose data are complete here: statistics may learn from them, and judge by them.
    context
        What judges of counts were given; None where they were not asked, in a long empty run.
    """

    closed: ClosedBucket
    registry: Registry
    occasions: Sequence[Occasion]
    day: int
    trusted: frozenset[str]
    context: BucketContext | None = None


class MisuseFound(msgspec.Struct, frozen=True, kw_only=True):
    """What a judge finds in a bucket: an alert opens, or goes on.

    Attributes
    ----------
    place
        What it is about.
    count
        What stands out in this bucket; alerts add it up, unless `observed` is given.
    basis
        What it rests on.
    values
        What was used: an alert gathers them, and its basis names the first of all.
    size
        What must double for another revision; None: what was observed.
    onset
        Start of the stretch that stands out, epoch s; None: this bucket.
    observed, expected
        Since the onset.
    evidence_nats, threshold_nats
        Of statistics; 0 where the finding is exact.
    severity
        It never falls while an alert lasts.
    over
        Whether it is said once, as the last revision of an alert that was never open.
    about
        What tells such ones on one place from each other.
    """

    place: MisusePlace
    count: float
    basis: Basis
    values: tuple[str, ...] = ()
    size: float | None = None
    onset: int | None = None
    observed: float | None = None
    expected: float = 0.0
    evidence_nats: float = 0.0
    threshold_nats: float = 0.0
    severity: Severity = "warning"
    over: bool = False
    about: str | None = None


class MisuseSettings(NamedTuple):
    """What judges are made of.

    Attributes
    ----------
    facts
        The signal's line of the table.
    config
        The configuration.
    group, sources
        The group, and its sources.
    budget_per_day
        False alerts a day that the signal may cost here; 0 where it is exact.
    panel, shard
        The group's judges of counts, and which shard it is in.
    """

    facts: MisuseFacts
    config: Config
    group: str
    sources: Sequence[Source]
    budget_per_day: float
    panel: JudgePanel | None = None
    shard: int = 0


class MisuseJudge(Protocol):
    """Judges a group's buckets for one signal.

    Attributes
    ----------
    quiet_s
        How long nothing must be found for an alert to end.
    waits
        Whether it may find something in a bucket in which nothing was counted: then it is asked at
        the first and the last bucket of each day of a silence.
    state
        What a checkpoint stores of it.
    pages
        What a checkpoint stores only where it has changed, by name.
    let_go
        How many subjects, numbers or entities it has forgotten or passed over since the start,
        since there were too many.
    """

    quiet_s: float
    state: State

    @property
    def waits(self) -> bool:
        """See the class."""
        ...

    @property
    def pages(self) -> Mapping[str, PagedTable[Any]]:
        """See the class."""
        ...

    @property
    def let_go(self) -> int:
        """See the class."""
        ...

    def close(self, bucket: MisuseBucket) -> Iterable[MisuseFound]:
        """Judge a bucket, and learn from it; findings in any order, one a place at most."""
        ...

    def allowed(self, place: MisusePlace, values: Sequence[str], bucket: MisuseBucket) -> bool:
        """Whether all that an open alert has gathered is allowed now: the registry has changed.

        Parameters
        ----------
        place
            What the alert is about.
        values
            What was used.
        bucket
            A bucket in which nothing was found.
        """
        ...


MakeMisuseJudges = Callable[[MisuseSettings], Sequence[MisuseJudge]]
"""Makes the judges of a signal; none where the configuration does not ask for it."""
