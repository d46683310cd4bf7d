"""The open alerts of one level and signal: what begins, follows and ends each.

An entity has one at most. It is followed by the fast baseline, in each bucket, or by the slow one,
in each day, whoever opened it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from detectors import BurstBank, Judgement
from streams.alerts.identity import alert_id
from streams.alerts.lifecycle import Episode, Rules, Step, follow
from streams.alerts.opening import opened
from streams.detection.judges.slow_rise import Rise, SlowBaseline
from streams.detection.plugins.beside import Suspect
from streams.detection.signals import KNOWN, NEWCOMER, SLOW, YOUNG, Signal
from streams.items import Level

F8 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Counted:
    """What a stream counts, in which buckets, and who judges those that counted before."""

    group: str
    level: Level
    signal: Signal
    bucket_s: int
    known: str = KNOWN

    def alert_id(self, entity: str, detector: str, bucket: int) -> str:
        """Id of an alert that opens in a bucket."""
        return alert_id(
            self.group, self.level, entity, self.signal, detector, self.bucket_s, bucket
        )


@dataclass(frozen=True, slots=True)
class Change:
    """An alert that a close opened, changed or ended: the next revision, undressed."""

    level: Level
    signal: Signal
    entity: str
    step: Step
    episode: Episode


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed bucket, as the bank judged it.

    Attributes
    ----------
    start, end
        The bucket, epoch s.
    counts, exposure
        Of each row, newcomers last.
    known
        How many rows are no newcomers.
    judged
        What the bank said.
    onset_start
        Start of the n-th last judged bucket, for the onset.
    """

    start: int
    end: int
    counts: F8
    exposure: F8
    known: int
    judged: Judgement
    onset_start: Callable[[int], int]


class Episodes:
    """Open alerts of one stream, by row.

    Parameters
    ----------
    counted
        What the stream counts.
    rules
        When alerts begin and end.
    bank, slow
        The stream's fast baseline, and its slow one if it has any.
    ids
        Its entities in order of row; grows as the stream's does.
    """

    def __init__(
        self,
        counted: Counted,
        rules: Rules,
        bank: BurstBank,
        slow: SlowBaseline | None,
        ids: list[str],
    ) -> None:
        self._counted, self._rules = counted, rules
        self._bank, self._slow, self._ids = bank, slow, ids
        self._episodes: dict[int, Episode] = {}
        self.alarmed: Flags = np.zeros(len(ids), dtype=np.bool_)
        """Rows whose alert the fast baseline follows."""

    def __len__(self) -> int:
        """How many alerts are open."""
        return len(self._episodes)

    @property
    def rows(self) -> list[int]:
        """Rows with an open alert, whoever follows it, in order of opening."""
        return list(self._episodes)

    def __contains__(self, row: int | None) -> bool:
        """Whether a row has an open alert."""
        return row in self._episodes

    def of(self, row: int | None) -> Episode | None:
        """The row's open alert."""
        return None if row is None else self._episodes.get(row)

    def flags(self) -> Flags:
        """Rows with an open alert, whoever follows it."""
        rows = np.zeros(len(self._ids), dtype=np.bool_)
        rows[list(self._episodes)] = True
        return rows

    def grow(self, more: int) -> None:
        """Add rows."""
        self.alarmed = np.concatenate([self.alarmed, np.zeros(more, dtype=np.bool_)])

    def follow(self, closed: Closed) -> list[Change]:
        """Take the fast baseline's alerts through a closed bucket."""
        rows = [row for row in self._episodes if self.alarmed[row]]
        changes = [self._follow(row, closed) for row in rows]
        return [change for change in changes if change is not None]

    def begin(
        self, closed: Closed, suspects: Sequence[Suspect], left: set[str], elsewhere: Flags
    ) -> list[Change]:
        """Open alerts of bursts, or update a slow rise's where a burst is on top of it.

        Parameters
        ----------
        closed
            The bucket.
        suspects
            Rows that detectors beside ours would alert on.
        left
            Entities whose alert the bucket has changed already.
        elsewhere
            Rows that another stream judges.
        """
        judged = closed.judged
        over = judged.evidence_nats >= judged.threshold_nats
        candidates = np.flatnonzero(over & (closed.counts > 0) & ~self.alarmed & ~elsewhere)
        changes: list[Change | None] = []
        for row in candidates.tolist():
            if row in self._episodes:
                changes.append(self._overtake(row, closed))
            elif self._ids[row] not in left:
                changes.append(self._enter(row, closed))
        for suspect in suspects:
            row = suspect.row
            here = not elsewhere[row] and row not in self._episodes
            if here and self._ids[row] not in left:
                changes.append(self._enter(row, closed, suspect))
        return [change for change in changes if change is not None]

    def take_back(self, slow: SlowBaseline) -> None:
        """Give alerts whose burst is over back to the slow baseline, after its close."""
        for row in self._episodes.keys() - slow.rows:
            if not self.alarmed[row]:
                slow.take_back(row)

    def end_day(
        self,
        slow: SlowBaseline,
        rises: list[Rise],
        start: int,
        end: int,
        apart: set[int],
        elsewhere: Flags,
    ) -> list[Change]:
        """Follow the slow baseline's alerts through a day, and open those of new rises.

        Parameters
        ----------
        slow, rises
            The slow baseline, and what it found in the day.
        start, end
            The day's last bucket, epoch s.
        apart
            Rows that had an alert in that bucket.
        elsewhere
            Rows that another stream judges.
        """
        changes = []
        for row in slow.rows:
            step = slow.follow(row, self._episodes[row], start, end)
            if step is not None:
                changes.append(self._change(row, step))
            if step == "resolved":
                del self._episodes[row]
        for rise in rises:
            if rise.row in apart or elsewhere[rise.row]:
                continue
            name = self._counted.alert_id(self._ids[rise.row], SLOW, start)
            episode = slow.enter(rise, name, start, end)
            if episode is not None:
                self._episodes[rise.row] = episode
                changes.append(self._change(rise.row, "opened"))
        return changes

    def _change(self, row: int, step: Step) -> Change:
        episode = msgspec.structs.replace(self._episodes[row])
        counted = self._counted
        return Change(counted.level, counted.signal, self._ids[row], step, episode)

    def _overtake(self, row: int, closed: Closed) -> Change:
        """Update a slow rise's alert by a burst on top; from now on it is followed as such."""
        assert self._slow is not None
        episode, judged = self._episodes[row], closed.judged
        count = float(closed.counts[row])
        self._slow.overtaken(row, episode, count, float(closed.exposure[row]))
        episode.evidence_nats = float(judged.evidence_nats[row])
        episode.threshold_nats = float(judged.threshold_nats[row])
        episode.revision += 1
        episode.last_bucket, episode.told, episode.quiet = closed.start, closed.end, 0
        episode.shown, episode.highest = episode.observed, count
        episode.grade()
        self.alarmed[row] = True
        self._bank.hold(row)
        return self._change(row, "updated")

    def _enter(self, row: int, closed: Closed, suspect: Suspect | None = None) -> Change | None:
        newcomer = suspect is None and row >= closed.known
        judged, count, start = closed.judged, float(closed.counts[row]), closed.start
        segment = None if newcomer else self._bank.onset(row)
        if segment is None or segment.observed < count:
            onset, observed, expected = start, count, float(judged.expected[row])
        else:
            onset = closed.onset_start(segment.buckets_ago)
            observed, expected = float(segment.observed), float(segment.expected)
        evidence, threshold = float(judged.evidence_nats[row]), float(judged.threshold_nats[row])
        if suspect is not None:
            evidence, threshold = suspect.evidence_nats, suspect.threshold_nats
        detector = NEWCOMER if newcomer else self._counted.known
        if suspect is not None:
            detector = suspect.detector
        # An early alert cannot know which of the two will judge a young entity in the end.
        name = self._counted.alert_id(self._ids[row], detector, start)
        if judged.among_peers[row] and not newcomer and suspect is None:
            detector = YOUNG
        episode = opened(
            self._rules,
            name,
            detector,
            start=start,
            end=closed.end,
            onset=onset,
            count=count,
            observed=observed,
            expected=expected,
            exposure=float(closed.exposure[row]),
            alarmed=count,
            highest=count,
            evidence=evidence,
            threshold=threshold,
        )
        if episode is None:
            return None
        self._episodes[row] = episode
        self.alarmed[row] = True
        self._bank.hold(row)
        return self._change(row, "opened")

    def _follow(self, row: int, closed: Closed) -> Change | None:
        episode = self._episodes[row]
        step = follow(
            episode,
            self._rules,
            bucket=closed.start,
            end=closed.end,
            count=float(closed.counts[row]),
            expected=float(closed.judged.expected[row]),
            exposure=float(closed.exposure[row]),
            fits=bool(closed.judged.fits[row]),
        )
        if step is None:
            return None
        change = self._change(row, step)
        if step == "resolved":
            self.alarmed[row] = False
            at = np.array([row], dtype=np.intp)
            self._bank.reset(at)
            if episode.reason is None and self._slow is not None and self._slow.takes_back(row):
                # The burst is over, the ramp that it stood on may not be.
                episode.revision -= 1
                episode.quiet = 0
                return None
            del self._episodes[row]
            if episode.reason == "level_shift":
                self._bank.adopt_level(at, np.array([episode.rate]))
            if self._slow is not None:
                self._slow.leave(row, shifted=episode.reason == "level_shift")
        return change

    def dump(self) -> list[tuple[int, Episode]]:
        """Open alerts by row."""
        return sorted(self._episodes.items())

    def load(self, episodes: Sequence[tuple[int, Episode]]) -> None:
        """Take what `dump` gave, after the slow baseline has taken its state."""
        self._episodes = dict(episodes)
        self.alarmed = self.flags()
        if self._slow is not None:
            self.alarmed[self._slow.rows] = False
