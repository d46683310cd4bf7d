"""Who is late, and whose clock is ahead: the worst senders of a lane, in bounded memory."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

MOST_NAMED = 256
"""Senders that are counted apart; a new one takes the place of the one with the fewest."""

JURY = 4
"""An event is ahead of its lane if most of so many that follow lie a bucket or more before it."""


class WorstSenders:
    """How many events each of the worst senders had: a sender's number is at most too high.

    References
    ----------
    A. Metwally, D. Agrawal, A. El Abbadi: Efficient computation of frequent and top-k elements in
    data streams. ICDT 2005.

    Examples
    --------
    >>> worst = WorstSenders()
    >>> for sender in ["a", "b", "b", None]:
    ...     worst.add(sender)
    >>> worst.counts, worst.total
    ({'a': 1, 'b': 2}, 4)
    """

    def __init__(self) -> None:
        self.total = 0
        self.counts: dict[str, int] = {}

    def add(self, sender: str | None) -> None:
        """Count an event."""
        self.total += 1
        if sender is None:
            return
        counts = self.counts
        before = counts.get(sender, 0)
        if not before and len(counts) >= MOST_NAMED:
            fewest = min(counts, key=lambda name: counts[name])
            before = counts.pop(fewest)
        counts[sender] = before + 1


class AheadSenders(WorstSenders):
    """Senders whose events lie a bucket or more ahead of their lane, and not after a pause in it.

    It only names them: `Watermark` decides.

    Examples
    --------
    >>> ahead = AheadSenders(60.0)
    >>> for time_s, sender in [(0, "a"), (7200, "fast"), (1, "a"), (2, "b"), (3, "a"), (4, "b")]:
    ...     ahead.take(time_s, sender)
    >>> ahead.counts
    {'fast': 1}
    """

    def __init__(self, bucket_s: float) -> None:
        super().__init__()
        self._bucket_s = bucket_s
        self._usual_s = float("inf")
        self._held: deque[_Ahead] = deque()

    def stays_close(self, earliest_s: float, latest_s: float) -> bool:
        """Whether none of some events can be ahead."""
        return not self._held and latest_s < min(earliest_s, self._usual_s) + self._bucket_s

    def take(self, time_s: float, sender: str | None) -> None:
        """Take an event; one that seems to be ahead is judged by those that follow."""
        held = self._held
        for one in held:
            one.seen += 1
            one.below += time_s <= one.time_s - self._bucket_s
        while held and held[0].seen >= JURY:
            one = held.popleft()
            if one.below > JURY // 2:
                self.add(one.sender)
            else:
                self._usual_s = one.time_s
        if time_s >= self._usual_s + self._bucket_s:
            held.append(_Ahead(time_s, sender))
        else:
            self._usual_s = time_s


@dataclass(slots=True)
class _Ahead:
    time_s: float
    sender: str | None
    seen: int = 0
    below: int = 0
