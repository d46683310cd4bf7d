"""What a source's closed buckets say about the source itself.

Each shard judges the share of a source that it sees, and acts on what it finds: divides,
does not learn, does not judge. The shard that holds the entity ``source/NAME`` tells.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.source_faults.divisibility import DIVISORS, Cells, Divisibility, cells_of
from detectors.source_faults.share import UsualShare
from streams.config.sources import Source
from streams.counts.bucket import DAY_S
from streams.detection.signals import DIVISIBILITY, USUAL_SHARE
from streams.detection.source_faults.lifecycle import FaultReason, Faults, FeedChange
from streams.detection.source_faults.missing_data import Lulls, sure
from streams.items import Level

F8 = npt.NDArray[np.float64]

SURE_DAYS = 1000.0
"""Days of a source in which chance makes one feed alert of a kind, if buckets are independent."""

LONGEST_S = 7 * DAY_S
"""A fault that has lasted a week is how the source is now."""

OFF_S = 35 * DAY_S
"""By then every hour of the week has been silent more often than its level looks back."""

KEEP_PER_DAY = 0.9


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a closed bucket of a source is worth.

    Attributes
    ----------
    times
        How many times over it came: its counts are to be divided by this.
    learn
        Whether what it says about entities may be learned.
    gap
        No event, though some were due: not to be judged.
    silent_s
        How long there has been no event, in seconds of data time.
    changes
        Feed alerts that it opened, changed or ended.
    """

    times: int = 1
    learn: bool = True
    gap: bool = False
    silent_s: float = 0.0
    changes: list[FeedChange] = field(default_factory=list)


class FeedHealth:
    """Judges a source by its closed buckets, in order; nothing else is looked at.

    * ``gap``: no event in a bucket, or in a run of them, where `WeeklyLevel` and the spread
      around it leave less than one chance in 1,000 days, and which is longer than such
      runs of this source are (`UsualRuns`). Hours of the week in which a source is silent
      are none of it, nor is the first week of a source with daily buckets. Such buckets
      are not judged. Resolved when there are events.
    * ``truncated``: events, but the bulk (an entity counts for a tenth of the usual total at
      most) is under a quarter of the usual, as sure as a gap. Judged, not learned.
    * ``posted_twice``: `Divisibility`. The counts are divided, then judged and learned. As
      ``ratio`` the alert has the number of times.
    * ``stalled``: a gap that has lasted a day and three buckets while another source of the
      group had events in three of its buckets, and in this one; it takes the gap's place.
      Whether a lane is behind, idle or dead is not asked: the close knows only what was
      counted, so that the same input gives the same alerts. That the whole pipeline stands
      still is not seen here, but in the lag that each process shows.
    * ``senderless_share``: of complaints, `UsualShare`. Reported only.

    A fault that lasts a week is resolved as ``level_shift``, what was usual is forgotten, and
    learning goes on. An hour of the week that was faulty four weeks running is forgotten too.

    Parameters
    ----------
    source
        The source.
    levels
        Levels that are counted, the widest first.
    whole
        Whether this is the only shard: only then is the share without a sender known.
    longest_life_s
        A fault lasts no longer than any alert may.
    """

    def __init__(
        self, source: Source, levels: list[Level], *, whole: bool, longest_life_s: float
    ) -> None:
        days = source.bucket_s / DAY_S
        keep = KEEP_PER_DAY**days
        self._narrowest = levels[-1]
        self._share_known = (
            whole and "all" in levels and levels[-1] == "sender" and source.kind == "complaint"
        )
        self._faults = Faults(
            source.group, source.name, source.bucket_s, min(LONGEST_S, longest_life_s)
        )
        self._threshold = sure(SURE_DAYS, days)
        self._lulls = Lulls(source, self._faults, self._threshold, keep)
        self._divisibility = Divisibility(keep)
        self._share = UsualShare(keep)
        self._silent_since: int | None = None
        self._begun = False

    @property
    def open_alerts(self) -> int:
        """Feed alerts open."""
        return len(self._faults.open)

    def close(
        self, start: int, end: int, sums: Mapping[Level, Mapping[str, int]], *, others: bool
    ) -> Verdict:
        """Judge a closed bucket.

        Parameters
        ----------
        start, end
            The bucket, epoch s.
        sums
            The source's counts by level and id.
        others
            Whether another source of the group had an event in it.
        """
        named = sums.get(self._narrowest, {})
        counts = np.fromiter(named.values(), dtype=np.float64, count=len(named))
        in_names = float(sum(named.values()))
        total = max(in_names, float(sum(sums.get("all", {}).values())))
        if total:
            self._begun, self._silent_since = True, None
        elif not self._begun:
            return Verdict()
        elif self._silent_since is None:
            self._silent_since = start
        elif end - self._silent_since > OFF_S:
            return Verdict(silent_s=float(end - self._silent_since))
        times, changes = self._repeats(start, cells_of(named), counts, total)
        # What names no one, or no one on this level, is part of the bulk.
        rest = (total - in_names) / times
        apart = counts / times
        if self._narrowest == "all":
            rest, apart = total / times, apart[:0]
        faulty, more = self._lulls.close(start, end, apart, rest, others=others)
        changes += more
        if self._share_known and not faulty and total:
            changes += self._senderless(start, total, total - in_names)
        return Verdict(
            times=times,
            learn=not faulty,
            gap=faulty and not total,
            silent_s=0.0 if self._silent_since is None else float(end - self._silent_since),
            changes=changes,
        )

    def _repeats(
        self, start: int, cells: Cells, counts: F8, total: float
    ) -> tuple[int, list[FeedChange]]:
        """How many times over the bucket came."""
        threshold = self._threshold + math.log(len(DIVISORS))
        repeat = self._divisibility.test(cells, counts, threshold_nats=threshold)
        if repeat.times > 1 and not self._faults.outlived("posted_twice", start):
            run = self._faults.run("posted_twice", start)
            run.observed += total
            run.expected += total / repeat.times
            run.evidence_nats += repeat.evidence_nats
            return repeat.times, self._faults.bad(
                "posted_twice", start, run, detector=DIVISIBILITY, threshold_nats=threshold
            )
        reason: FaultReason | None = None
        if repeat.times > 1:
            self._divisibility.forget()
            reason = "level_shift"
        if len(counts):
            self._divisibility.learn(cells, counts)
        return 1, self._faults.good("posted_twice", reason)

    def _senderless(self, start: int, total: float, senderless: float) -> list[FeedChange]:
        nats = self._share.evidence_nats(senderless, total)
        if nats >= self._threshold and not self._faults.outlived("senderless_share", start):
            run = self._faults.run("senderless_share", start)
            run.observed += senderless
            run.expected += self._share.mean * total
            run.evidence_nats += nats
            return self._faults.bad(
                "senderless_share",
                start,
                run,
                detector=USUAL_SHARE,
                threshold_nats=self._threshold,
            )
        reason: FaultReason | None = None
        if nats >= self._threshold:
            self._share.forget()
            reason = "level_shift"
        self._share.learn(senderless, total)
        return self._faults.good("senderless_share", reason)

    def pack(self) -> bytes:
        """State as bytes."""
        return msgspec.msgpack.encode(
            _State(
                lulls=self._lulls.pack(),
                divisibility=self._divisibility.dump(),
                share=self._share.dump(),
                faults=self._faults.pack(),
                silent_since=self._silent_since,
                begun=self._begun,
            )
        )

    def unpack(self, packed: bytes) -> None:
        """Take the state that `pack` gave."""
        state = msgspec.msgpack.decode(packed, type=_State)
        self._lulls.unpack(state.lulls)
        self._divisibility.load(state.divisibility)
        self._share.load(state.share)
        self._faults.unpack(state.faults)
        self._silent_since, self._begun = state.silent_since, state.begun


class _State(msgspec.Struct):
    lulls: bytes
    divisibility: list[bytes]
    share: list[float]
    faults: bytes
    silent_since: int | None
    begun: bool
