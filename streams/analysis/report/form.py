"""What a report shows, before it is a page or a table. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from streams.analysis.report.calibration import Histogram
from streams.analysis.report.collect import Affected, Day, SourceFacts
from streams.analysis.report.detection_rate import OfSize


@dataclass(frozen=True, slots=True)
class AffectedRow:
    """An affected entity, its counts over the recording, and in which of them it had an alert."""

    who: Affected
    counts: Sequence[int]
    alarmed: Sequence[bool]


@dataclass(frozen=True, slots=True)
class ClassOfAlerts:
    """The alerts of a class, the allowed false ones and, if there are labels, what these say.

    `false` and `unjudged` are the numbers of alerts that labels call false, and of which none says
    anything; None without labels.
    """

    name: str
    allowed: float
    alerts: int
    false: int | None
    unjudged: int | None


@dataclass(frozen=True, slots=True)
class FaultRow:
    """An alert on a source: when, and its sentence."""

    source: str
    kind: str
    since: str
    until: str
    summary: str


@dataclass(frozen=True, slots=True)
class DetectionRates:
    """What was detected of the true or injected bursts, by their size.

    `what` says in English which bursts these are, and what their size is. `false` and
    `unjudged` are the numbers of alerts that labels call false, and of which none says anything;
    None if bursts were injected.
    """

    what: str
    false: int | None
    unjudged: int | None
    sizes: Sequence[OfSize]


@dataclass(frozen=True, slots=True)
class ReportContent:
    """All that the page shows; the last fact is the configuration."""

    facts: Sequence[tuple[str, str]]
    days: Sequence[Day]
    budget_per_day: float
    detected: DetectionRates | None
    affected: Sequence[tuple[str, Sequence[AffectedRow]]]
    classes: Sequence[ClassOfAlerts]
    histograms: Sequence[Histogram]
    sources: Sequence[tuple[str, SourceFacts]]
    faults: Sequence[FaultRow]
    notes: Sequence[str]
