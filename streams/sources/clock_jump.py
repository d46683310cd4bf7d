"""Holds events whose time jumps ahead, so that one corrupt time does not make later events late.

The timestamp of a Kafka record bounds its event's time from above (``max_ahead``). Where old data
are read, that bound does not help: a row of 2025 in a file of 2020 is in the past, and would move
the watermark five years ahead.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

JURY = 4
"""How many later events confirm or refute a jump."""


@dataclass(slots=True)
class _Held(Generic[T]):
    time_s: float
    item: T
    seen: int = 0
    below: int = field(default=0)


class JumpGuard(Generic[T]):
    """Holds an event whose time jumps ahead until the next events confirm or refute it.

    An event more than `jump_s` ahead of the front (the largest accepted time) is held, and so is
    the very first event. If three of the next four events of the lane are more than `jump_s` before
    it, it is refused; otherwise it is accepted. Data in order are never refused, however sparse.
    The decision depends on the order of events alone, so a recount decides the same.

    Parameters
    ----------
    bucket_s
        Bucket size in seconds; a jump is more than a day and more than seven buckets.

    Examples
    --------
    >>> guard = JumpGuard[str](60)
    >>> day = 86400.0
    >>> for n in range(4):
    ...     _ = guard.offer(n * 60.0, "good")
    >>> guard.offer(240.0, "good")[0]  # the first event, confirmed by the four after it
    ('good', True)
    >>> guard.offer(900 * day, "corrupt")
    []
    >>> [guard.offer(300.0 + n, f"next {n}") for n in range(4)][-1]
    [('corrupt', False), ('next 3', True)]
    >>> guard.front
    303.0
    """

    def __init__(self, bucket_s: float, front: float | None = None) -> None:
        self.jump_s = max(86400.0, 7.0 * bucket_s)
        self.front = front
        self._held: deque[_Held[T]] = deque()

    def __len__(self) -> int:
        """How many events are held."""
        return len(self._held)

    def offer(self, time_s: float, item: T) -> list[tuple[T, bool]]:
        """Take an event; return the events that are now decided, in order: ``(item, accepted)``."""
        if not self._held and self.front is not None and time_s <= self.front + self.jump_s:
            self.front = max(self.front, time_s)
            return [(item, True)]
        for held in self._held:
            held.seen += 1
            held.below += time_s < held.time_s - self.jump_s
        decided = self._decide(JURY)
        if self.front is not None and time_s <= self.front + self.jump_s:
            self.front = max(self.front, time_s)
            decided.append((item, True))
        else:
            self._held.append(_Held(time_s, item))
        return decided

    def finish(self) -> list[tuple[T, bool]]:
        """Decide about held events by those seen so far: no more events come for now."""
        return self._decide(0)

    def _decide(self, jury: int) -> list[tuple[T, bool]]:
        decided = []
        while self._held and (self._held[0].seen >= jury or self._no_jump(self._held[0].time_s)):
            held = self._held.popleft()
            # A majority refutes; in a full jury of four that is three.
            refuted = held.below * 2 > held.seen and not self._no_jump(held.time_s)
            if not refuted:
                self.front = max(held.time_s, held.time_s if self.front is None else self.front)
            decided.append((held.item, not refuted))
        return decided

    def _no_jump(self, time_s: float) -> bool:
        return self.front is not None and time_s <= self.front + self.jump_s
