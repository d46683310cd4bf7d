"""The watermark of a lane: how far its own records, together, say that time has gone on.

Each accepted record has a vote: its event time, or the time at which it was written where that is
earlier, since nothing is written before it happens. The last 64 votes are kept. A bucket is over if

* 53 of them lie beyond its end and the lateness: so many of a lane's records must be wrong to close
  a bucket too early, and eleven may lag behind without holding it up; or
* the newest of them does and is *prompt*, as 53 of them are: the broker itself set their records'
  times, and these differ from the event times by no more than the lateness. Then the vote cannot
  lie ahead of the broker's clock, and whatever is as prompt as the rest is in time.

Votes are in whole seconds. They are part of every mark, so a recount decides the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import accumulate
from operator import sub
from typing import NamedTuple

from streams.counts.bucket import Buckets
from streams.sources.batch import EventBatch, Moments, seconds_of

_MOST_WAITING = 16


class Quorum(NamedTuple):
    """How many votes are kept, and how many of them must agree."""

    kept: int
    agree: int


RECORDS = Quorum(64, 53)

DATES = Quorum(8, 7)
"""Of a source whose records have dates: few records a day must be enough to end a day."""


class Votes(NamedTuple):
    """The last votes of a lane, as a mark has them.

    Attributes
    ----------
    times
        Epoch s, in the order of the records.
    prompt
        A bit for each, the last is the lowest: whether it was prompt.
    """

    times: tuple[int, ...] = ()
    prompt: int = 0


class Watermark:
    """The watermark of one lane; it moves from the end of a bucket to the end of a later one.

    Parameters
    ----------
    buckets, lateness_s
        The source's buckets, and how long an event may come behind others of its lane.
    closed, votes
        The watermark, and the votes, to go on from.
    quorum
        How many votes are kept.

    Attributes
    ----------
    closed
        The watermark, epoch s: the end of a bucket; minus infinity before the first vote.
    by_records
        How far the votes alone have carried it.

    Examples
    --------
    >>> watermark = Watermark(Buckets(60, "UTC"), 10.0)
    >>> def take(time_s: float) -> bool:
    ...     return watermark.take(time_s, None, appended=False)
    >>> [take(60.0 + n) for n in range(60)].index(True), watermark.closed
    (52, 0.0)
    >>> take(3600.0)  # alone, it closes nothing
    False
    >>> take(130.0), take(130.0), watermark.closed
    (False, True, 60.0)
    """

    def __init__(
        self,
        buckets: Buckets,
        lateness_s: float,
        closed: float = float("-inf"),
        votes: Votes = Votes(),  # noqa: B008 (immutable)
        quorum: Quorum = RECORDS,
    ) -> None:
        self._buckets, self._lateness_s, self._quorum = buckets, lateness_s, quorum
        self._prompt_s = max(lateness_s, 1.0)
        size, bits = quorum.kept, votes.prompt
        self._times: deque[int] = deque(votes.times, size)
        self._prompt: deque[bool] = deque(
            (bool(bits >> at & 1) for at in reversed(range(len(votes.times)))), size
        )
        self._lags: deque[float | None] = deque([None] * len(votes.times), size)
        self._waiting: list[tuple[Moments, Sequence[float], bool]] = []
        """Times and writing times of the last events of batches, which have not voted yet."""
        self.closed = float("-inf")
        self._next = float("-inf")  # votes from here on lie beyond the bucket that is next to close
        self._beyond, self._prompts = len(self._times), sum(self._prompt)
        self.close_to(closed)
        self.by_records = self._floor(self.reached)

    @property
    def votes(self) -> Votes:
        """The last votes."""
        self._settle()
        bits = 0
        for prompt in self._prompt:
            bits = bits << 1 | prompt
        return Votes(tuple(self._times), bits)

    @property
    def reached(self) -> float:
        """The event time, epoch s, that the votes have reached by now, less the lateness."""
        self._settle()
        times, agree = self._times, self._quorum.agree
        if len(times) < agree:
            return float("-inf")
        reached = sorted(times)[-agree]
        if self._prompts >= agree:
            prompt = (
                time for time, is_prompt in zip(times, self._prompt, strict=True) if is_prompt
            )
            reached = max(reached, *prompt)
        return reached - self._lateness_s

    @property
    def lag_s(self) -> float | None:
        """How long after its event a record is written, but for those that may lie behind.

        It is of the records since this process began; None before the first.
        """
        self._settle()
        lags = sorted(lag for lag in self._lags if lag is not None)
        return lags[(len(lags) - 1) * self._quorum.agree // self._quorum.kept] if lags else None

    def take(self, time_s: float, written_s: float | None, *, appended: bool) -> bool:
        """Take the vote of an accepted record; return whether the watermark rose.

        Parameters
        ----------
        time_s
            Its event time, epoch s.
        written_s
            When it was written, epoch s.
        appended
            Whether the broker set this time, and not who wrote it.
        """
        if self._waiting:
            self._settle()
        self._vote(time_s, written_s, appended)
        agree = self._quorum.agree
        if self._beyond < agree and not (
            self._prompt[-1] and self._times[-1] >= self._next and self._prompts >= agree
        ):
            return False
        self.by_records = max(self.by_records, self._floor(self.reached))
        return self.close_to(self.by_records)

    def take_all(self, batch: EventBatch, written_s: Sequence[float], *, appended: bool) -> bool:
        """Take the votes of a batch that does not move the watermark.

        Returns
        -------
        bool
            False if it may move it. Then nothing was taken: call `take` for each.
        """
        beyond_s = self._next
        _, latest_s = batch.span_s
        if self._beyond or (latest_s >= beyond_s and max(written_s) >= beyond_s):
            times_s = batch.times_s
            self._settle()
            if self._most_beyond(map(min, times_s, written_s)) >= self._quorum.agree:
                return False
            if appended and any(
                abs(written - time_s) <= self._prompt_s
                for time_s, written in zip(times_s, written_s, strict=True)
                if written >= beyond_s and time_s >= beyond_s
            ):
                return False
            self._wait(batch, written_s, appended)
            self._settle()
            return True
        if len(batch) >= self._quorum.kept:
            self._waiting.clear()  # these push all others out
        self._wait(batch, written_s, appended)
        if len(self._waiting) > _MOST_WAITING:
            self._settle()
        return True

    def _most_beyond(self, votes: Iterable[float]) -> int:
        """How many votes lie beyond the next bucket, at most, while these take others' places."""
        came = [int(vote) >= self._next for vote in votes]
        before = [time >= self._next for time in self._times]
        left = [*[False] * (self._quorum.kept - len(before)), *before, *came]
        most: int = max(accumulate(map(sub, came, left), initial=self._beyond))
        return most

    def close_to(self, through: float) -> bool:
        """Raise the watermark to the last end of a bucket that is not after `through`."""
        through = self._floor(through)
        if through <= self.closed:
            return False
        self._settle()
        self.closed = through
        self._next = self._buckets.end(int(through)) + self._lateness_s
        self._beyond = sum(time >= self._next for time in self._times)
        return True

    def _floor(self, time_s: float) -> float:
        return float(self._buckets.start(time_s)) if time_s > float("-inf") else time_s

    def _vote(self, time_s: float, written_s: float | None, appended: bool) -> None:
        lag_s = None if written_s is None else written_s - time_s
        vote = int(time_s if written_s is None else min(time_s, written_s))
        prompt = appended and lag_s is not None and abs(lag_s) <= self._prompt_s
        if len(self._times) == self._quorum.kept:
            self._beyond -= self._times[0] >= self._next
            self._prompts -= self._prompt[0]
        self._times.append(vote)
        self._prompt.append(prompt)
        self._lags.append(lag_s if lag_s is None else max(lag_s, 0.0))
        self._beyond += vote >= self._next
        self._prompts += prompt

    def _wait(self, batch: EventBatch, written_s: Sequence[float], appended: bool) -> None:
        """Keep what a batch's votes are made of: only the last of them matter.

        Not the events, whose memory the next batch can have.
        """
        last = slice(-self._quorum.kept, None)
        self._waiting.append((batch.times[last], written_s[last], appended))

    def _settle(self) -> None:
        """Take the votes that batches have left behind."""
        for times, written_s, appended in self._waiting:
            for time_s, written in zip(seconds_of(times), written_s, strict=True):
                self._vote(time_s, written, appended)
        self._waiting.clear()
