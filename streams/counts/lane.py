"""Counts one lane: turns its events into running totals, and says how far it may be committed.

Everything here is a function of the lane's records, its idle decisions and the mark from which it
resumed: no clock, no broker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from streams.config.sources import Source
from streams.counts.bucket import Buckets
from streams.counts.clock.held import Refused, Taken, refused
from streams.counts.clock.idle import idle_step_s
from streams.counts.clock.idle_log import IdleLog
from streams.counts.clock.strays import AheadSenders, WorstSenders
from streams.counts.clock.watermark import DATES, RECORDS, Watermark
from streams.counts.facts.maker import LaneFacts
from streams.counts.mark import ROOMS, Mark
from streams.counts.open_bucket import Flush, LaneBucket, ids_a_bucket, shares_of
from streams.items import Complaint, End, Level, Send
from streams.sources.batch import EventBatch, SenderKeys
from streams.sources.clock_jump import JumpGuard


class Lane:
    """Counts one partition of a source's topic.

    The lane's watermark is what its last records say together (`Watermark`). When it reaches the
    end of a bucket, this closes: its totals are final, and events that come for it later are late.
    Late, duplicate and rejected records are tallied in the bucket that is the newest of the lane
    when they come. So a recount from the bucket's first record tallies them again.

    Parameters
    ----------
    source
        Bucket size, lateness, dedupe and the most senders come from here.
    levels
        Levels to roll up to when totals are written.
    mark
        Where to start; it holds the state that a run without a crash has at this offset.
    """

    def __init__(self, source: Source, levels: list[Level], mark: Mark | None = None) -> None:
        mark = Mark(0) if mark is None else mark
        self.buckets = Buckets(source.bucket_s, source.timezone)
        quorum = DATES if source.table.daily else RECORDS
        self.clock = Watermark(self.buckets, source.lateness_s, mark.closed, mark.votes, quorum)
        open_s = source.lateness_s + source.max_ahead_s  # for so long may a bucket wait
        self._idle_step_s = idle_step_s(source.bucket_s, open_s, source.sharing)
        self._room, self._dedupe = ROOMS[source.sharing], source.dedupe
        self._most_ids = ids_a_bucket(source.bucket_s, open_s)
        self._levels = levels
        self._keys = SenderKeys(source.derivations)
        self._most_senders = source.max_senders
        self._facts = LaneFacts(source)
        self._guard: JumpGuard[Taken] = JumpGuard(source.bucket_s, mark.front)
        self._published = mark.published
        self._idle_log = IdleLog(mark.idle)
        self._position = mark.offset
        self._read = mark.read
        self._held_mark: Mark | None = None
        self._record: tuple[int, Mark] | None = None  # the last one of several items
        self._open: dict[int, LaneBucket] = {}
        self._newest: LaneBucket | None = None
        self._done: dict[int, LaneBucket] = {}
        self._lo, self._hi, self._current = 0, 0, None  # type: tuple[int, int, LaneBucket | None]
        self._idle = False
        self.refused: list[Refused] = []
        self.late_senders, self.ahead = WorstSenders(), AheadSenders(source.bucket_s)
        self.events = self.late = self.duplicates = self.totals = self._unchecked = 0
        self.late_after_idle = 0  # whose bucket only an idle decision or an end mark closed

    @property
    def position(self) -> int:
        """The offset of the next record to be read."""
        return self._position

    @property
    def front(self) -> float | None:
        """The largest accepted event time, epoch s; None before the first."""
        return self._guard.front

    @property
    def watermark(self) -> float:
        """The epoch s by which buckets must end to be closed in this lane."""
        return self.clock.closed

    @property
    def holds(self) -> bool:
        """Whether events are held until later ones confirm their time."""
        return len(self._guard) > 0

    @property
    def unchecked(self) -> int:
        """Events that may be repeats: their buckets remember no more ids."""
        return self._unchecked + sum(bucket.unchecked for bucket in self._open.values())

    def to_write(self, *, early: bool) -> int:
        """Of how many senders a flush would write at most: that is how long it takes."""
        buckets = (*self._done.values(), *self._open.values()) if early else self._done.values()
        return sum(len(bucket.counts) for bucket in buckets)

    def begin_record(self, offset: int) -> None:
        """Begin a record of several items: a recount of what one of them begins takes all again.

        Call `event` or `reject` for each of them next.
        """
        self._advance(offset)
        self._record = offset, self._held_mark or self._here(offset)

    def event(
        self,
        offset: int,
        event: Send | Complaint,
        written_s: float | None = None,
        *,
        appended: bool = False,
        index: int | None = None,
    ) -> None:
        """Take one event; events that the guard refuses appear in `refused`.

        Its record was written at `written_s`; `appended` says that the broker set this time. Where
        the record has several items, `index` says which it is.
        """
        self._advance(offset)
        time_s = event.event_time.timestamp()
        one = (offset, time_s, event, written_s, appended, index)
        guard, front = self._guard, self._guard.front
        if self._held_mark is None and front is not None and time_s <= front + guard.jump_s:
            self._accept(one)
            guard.front = max(time_s, front)
            return
        if self._held_mark is None:  # its time jumps, or others are held
            self._held_mark = self._before(offset)
        self._settle(guard.offer(time_s, one))

    def add(
        self, last: int, batch: EventBatch, written_s: Sequence[float], *, appended: bool = False
    ) -> bool:
        """Take a batch whose events only add to open buckets, as `event` would one by one.

        `last` is the offset of the last of them. False if an event may do more than add: then no
        event was taken, and `event` must be called for each.
        """
        front = self._guard.front
        if front is None or not self._open or self.holds or self._idle_log.is_recount:
            return False
        earliest_s, latest_s = batch.span_s
        if latest_s > front + self._guard.jump_s:
            return False
        shares = shares_of(self._keys.batch(batch), self._open, earliest_s, latest_s)
        if sum(len(share) for _, share in shares) < len(batch):
            return False  # the others begin a bucket, or are late
        if not self.clock.take_all(batch, written_s, appended=appended):
            return False  # a bucket may close
        for bucket, share in shares:
            bucket.events += len(share)
            if self._dedupe:
                fresh = list(map(bucket.is_new, share.ids))
                self.duplicates += len(fresh) - sum(fresh)
                share = share.where(fresh)
            bucket.add(share)
        self.events += len(batch)
        if not self.ahead.stays_close(earliest_s, latest_s):
            for time_s, sender in zip(batch.times_s, batch.sender_ids, strict=True):
                self.ahead.take(time_s, sender)
        self._guard.front = max(front, latest_s)
        self._position = last + 1
        self._idle = False
        return True

    def reject(self, offset: int) -> None:
        """Note a record of this lane, or an item of one, that is not an event."""
        self._advance(offset)
        if self._newest is not None:
            self._newest.rejects += 1

    def skip(self, offset: int) -> None:
        """Pass a record that the source leaves out."""
        self._advance(offset)

    def end(self, offset: int, mark: End) -> None:
        """Take an end mark: close every bucket that starts by its time."""
        self._advance(offset)
        self._settle(self._guard.finish())
        through = mark.through.timestamp()
        self._close_to(self.buckets.end(self.buckets.start(through)))

    def idle_step(self, through: float) -> float | None:
        """Return the time through which the lane may be declared idle now, a step or more on.

        At most `through`; None where a decision would change nothing, or a mark has no room.
        """
        step = through
        if through > float("-inf"):
            step = self.buckets.start(through // self._idle_step_s * self._idle_step_s)
        has_room = self.holds and len(self.mark().idle) < self._room.settled
        return step if step > self.clock.closed or has_room else None

    def idle(self, through: float) -> None:
        """Declare the lane idle at its position: buckets that end by `through` are closed."""
        self._repeat_idle(self._position)
        through = self.buckets.start(through) if through > float("-inf") else through
        self._decide_idle(through)
        self._idle_log.add(self._position, self.clock.closed)

    def mark_idle(self, through: float) -> Mark:
        """Return a mark from which a recount takes this idle decision at the present position.

        Commit it before you call `idle`: a reader must see no decision that a crash undoes.
        """
        mark = self.mark()
        through = self.buckets.start(through) if through > float("-inf") else through
        before = tuple(entry for entry in mark.idle if entry[0] != self._position)
        return replace(mark, idle=(*before, (self._position, through)))

    def finish(self) -> None:
        """Decide about the held events now, because no more records come for a while."""
        self._settle(self._guard.finish())

    def flush(self, *, early: bool = True) -> Flush:
        """Return what must be published: final totals once, and open totals that have grown."""
        self._repeat_idle(self._position)
        out = Flush()
        # A bucket up to `published` was published before the crash that led to this recount, which
        # may begin in its midst.
        for bucket in (*self._done.values(), *(self._open.values() if early else ())):
            if bucket.end > self._published:
                bucket.write(out, final=bucket.start in self._done)
        self._done.clear()
        if self.clock.closed > self._published:
            self._published = out.watermark = self.clock.closed
            out.idle = self._idle
        self.totals += len(out.totals)
        return out

    def mark(self) -> Mark:
        """Return where a recount must start: the smallest first offset of all open buckets."""
        marks = [bucket.mark for bucket in (*self._open.values(), *self._done.values())]
        if self._held_mark is not None:
            marks.append(self._held_mark)
        first = min(marks, key=lambda m: m.offset) if marks else self._here(self._position)
        # A decision at the mark itself is already in its state.
        read, idle = max(self._read, self._position), self._idle_log.after(first.offset)
        return replace(first, published=self._published, idle=idle, read=read)

    def _advance(self, offset: int) -> None:
        self._repeat_idle(offset)
        self._position = offset + 1
        self._idle = False

    def _repeat_idle(self, position: int) -> None:
        """Apply the idle decisions that a run before the crash took up to this position."""
        for decided_at, through in self._idle_log.due(position):
            self._position = decided_at
            self._decide_idle(through)

    def _decide_idle(self, through: float) -> None:
        self._settle(self._guard.finish())
        self._close_to(through)
        self._idle = True

    def _here(self, offset: int) -> Mark:
        return Mark(offset, self._guard.front, self.clock.closed, votes=self.clock.votes)

    def _before(self, offset: int) -> Mark:
        """Return where a recount takes this record, and all that is held, as they were taken."""
        if self._record is not None and self._record[0] == offset:
            return self._record[1]
        return self._here(offset)

    def _settle(self, decided: list[tuple[Taken, bool]]) -> None:
        for one, accepted in decided:
            if accepted:
                self._accept(one)
            else:
                if self._newest is not None:
                    self._newest.rejects += 1
                self.refused.append(refused(one))
        if not len(self._guard):
            self._held_mark = None

    def _accept(self, one: Taken) -> None:
        offset, time_s, event, written_s, appended, _ = one
        self._count(offset, time_s, event)
        if self.clock.take(time_s, written_s, appended=appended):
            self._close()
        self.ahead.take(time_s, event.sender.id)

    def _count(self, offset: int, time_s: float, event: Send | Complaint) -> None:
        self.events += 1
        if self._lo <= time_s < self._hi and self._current is not None:
            bucket = self._current
        else:
            start = self.buckets.start(time_s)
            end = self.buckets.end(start)
            if end <= self.clock.closed:
                self.late += 1
                self.late_senders.add(event.sender.id)
                self.late_after_idle += end > self.clock.by_records
                if self._newest is not None:
                    self._newest.events += 1
                    self._newest.late += 1
                if self._facts.late:
                    self._late(start, offset, event)
                return
            found = self._open.get(start)
            bucket = self._begin(start, end, offset) if found is None else found
            self._lo, self._hi, self._current = start, end, bucket
        bucket.events += 1
        if self._dedupe and not bucket.is_new(event.event_id):
            self.duplicates += 1
            return
        bucket.take(self._keys.key(event.sender), event.count, self._facts.of_event(event))

    def _late(self, of_bucket: int, offset: int, event: Send | Complaint) -> None:
        """Count a late event in the first bucket that is not closed: so a recount does the same."""
        start = self.buckets.start(self.clock.closed)
        bucket = self._open.get(start) or self._begin(start, self.buckets.end(start), offset)
        self._facts.add_late(bucket, of_bucket, self._keys.key(event.sender), event)

    def _begin(self, start: int, end: int, offset: int) -> LaneBucket:
        mark = self._held_mark
        if mark is None:
            mark = self._before(offset)
        bucket = self._open[start] = LaneBucket(
            start, end, mark, self._levels, self._most_senders, self._most_ids
        )
        self._facts.begin(bucket)
        if self._newest is None or end > self._newest.end:
            self._newest = bucket
        return bucket

    def _close_to(self, through: float) -> None:
        if self.clock.close_to(through):
            self._close()

    def _close(self) -> None:
        """Close the buckets that the watermark has passed."""
        watermark = self.clock.closed
        for start in sorted(s for s, b in self._open.items() if b.end <= watermark):
            bucket = self._open.pop(start)
            self._done[start] = bucket
            self._unchecked += bucket.unchecked
            if bucket is self._current:
                self._lo, self._hi, self._current = 0, 0, None
            if bucket is self._newest:
                self._newest = None
