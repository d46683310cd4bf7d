"""One entity followed through the closes of its streams, so that it can be explained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from detectors import BurstBank
from detectors.burst.prediction_band import PredictionBand
from streams.alerts.lifecycle import Episode
from streams.detection.context.budget import Alphas
from streams.detection.open_alerts import Change, Closed
from streams.detection.signals import NEWCOMER, YOUNG, Signal
from streams.items import Level


@dataclass(frozen=True, slots=True)
class Watched:
    """A closed bucket of one entity, as one stream judged it.

    Attributes
    ----------
    start, end
        The bucket, epoch s.
    count, expected
        What was counted, and what was expected before it was.
    low, high, alarms_at
        As of `PredictionBand`; `alarms_at` is None while an alert is open.
    evidence_nats, threshold_nats
        The detector's, in the bucket; while an alert is open, of the bucket alone.
    factor
        Common factor of the bucket.
    raised
        By how much the calendar raises what is expected of the entity.
    learned
        Whether the baseline learned from the bucket.
    judged
        False where another signal judged the entity in the bucket.
    fits
        Whether the count fits the baseline from before the open alert; else true.
    alert_id
        Of the alert that is open after the bucket, or that the bucket resolved.
    detector
        Which judged it.
    """

    start: int
    end: int
    count: float
    expected: float
    low: float | None
    high: float | None
    alarms_at: float | None
    evidence_nats: float
    threshold_nats: float
    factor: float
    raised: float
    learned: bool
    judged: bool
    fits: bool
    alert_id: str | None
    detector: str


@dataclass(slots=True)
class Watch:
    """Whom a stream tells of in each close.

    Attributes
    ----------
    entity
        Its id.
    seen
        All that was told, in order; begins with the entity's first count.
    """

    entity: str
    seen: list[Watched] = field(default_factory=list)

    def tell(
        self,
        outlook: PredictionBand,
        changes: Sequence[Change],
        episode: Episode | None,
        *,
        start: int,
        end: int,
        count: float,
        expected: float,
        evidence_nats: float,
        threshold_nats: float,
        factor: float,
        raised: float,
        learned: bool,
        judged: bool,
        fits: bool,
        detector: str,
    ) -> None:
        """Take a closed bucket.

        Parameters
        ----------
        outlook
            What the close judged the entity by.
        changes, episode
            The alerts that the bucket changed, and the entity's that is open after it.
        learned
            Whether the baseline learns from such a bucket, unless an alert ended in it.
        start, end, count, expected, evidence_nats, threshold_nats
            See `Watched`, as the rest.
        factor, raised, judged, fits, detector
            Likewise.
        """
        ended = [c for c in changes if c.entity == self.entity and c.step == "resolved"]
        resolved = [change.episode.alert_id for change in ended]
        self.seen.append(
            Watched(
                start=start,
                end=end,
                count=count,
                expected=expected,
                low=outlook.low,
                high=outlook.high,
                alarms_at=outlook.alarms_at,
                evidence_nats=evidence_nats,
                threshold_nats=threshold_nats,
                factor=factor,
                raised=raised,
                learned=learned and not resolved,
                judged=judged,
                fits=fits,
                alert_id=episode.alert_id if episode is not None else next(iter(resolved), None),
                detector=detector,
            )
        )


Watcher = Callable[[str, Level, Signal], Watch | None]
"""Who is followed, by group, level and signal; None where nobody is."""

NOTHING = PredictionBand(None, None, None)
"""Where there is no expectation yet."""


def unwatched(group: str, level: Level, signal: Signal) -> Watch | None:
    """Nobody is followed."""
    return None


def look(
    bank: BurstBank, row: int, alphas: Alphas, exposure: float, raised: float, *, alarmed: bool
) -> PredictionBand:
    """What a close is about to judge a known row by.

    Parameters
    ----------
    bank, row
        The stream's fast baseline, and the row.
    alphas
        Chances of a false alert.
    exposure, raised
        Common factor of the bucket, and by how much the calendar raises the row.
    alarmed
        Whether the fast baseline follows an alert of the row.
    """
    found = bank.open.band(
        row, alphas.known, alphas.young, exposure=exposure, calendar_factor=raised
    )
    return replace(found, alarms_at=None) if alarmed else found


def tell(
    watch: Watch,
    outlook: PredictionBand,
    row: int,
    closed: Closed,
    changes: Sequence[Change],
    episode: Episode | None,
    *,
    factor: float,
    raised: float,
    learned: bool,
    here: bool,
    known: str,
) -> None:
    """Tell a watch what a close found.

    Parameters
    ----------
    watch, outlook, row
        Whom, what the close judged the entity by, and its row.
    closed, changes, episode
        The bucket, the alerts that it changed, and the entity's that is open after it.
    factor, raised
        Common factor of the bucket, and by how much the calendar raises the entity.
    learned
        Whether the baseline learns from such a bucket, unless an alert ended in it.
    here
        Whether this stream judges the entity.
    known
        Who judges those that have counted before.
    """
    judged = closed.judged
    young = YOUNG if judged.among_peers[row] else known
    watch.tell(
        outlook,
        changes,
        episode,
        start=closed.start,
        end=closed.end,
        count=float(closed.counts[row]),
        expected=float(judged.expected[row]),
        evidence_nats=float(judged.evidence_nats[row]),
        threshold_nats=float(judged.threshold_nats[row]),
        factor=factor,
        raised=raised,
        learned=learned,
        judged=here,
        fits=bool(judged.fits[row]),
        detector=NEWCOMER if outlook.high is None else young,
    )
