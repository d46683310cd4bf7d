"""Whom people ask for: the last ones of the last days, and who waits for an answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from streams.items import Level
from streams.series.asked import AskedEntity

MOST = 1000
"""Entities that are remembered: those that were asked for last."""

REMEMBERED_S = 7 * 86_400.0

FRESH_S = 60.0
"""Whoever asked longer ago waits for no answer: after a start old questions are read again."""

LOOK_EVERY_S = 60.0
"""How often it is looked for whom nobody asks any more."""

Who = tuple[Level, str]


class AskedFor:
    """The entities that people ask for.

    Attributes
    ----------
    version
        It changes when other entities are asked for.
    """

    def __init__(self) -> None:
        self._at: dict[Who, float] = {}
        """When each was asked for, the last one last."""
        self._waiting: dict[Who, None] = {}
        self._looked_s = 0.0
        self.version = 0

    def __len__(self) -> int:
        """How many are asked for."""
        return len(self._at)

    def take(self, asked: AskedEntity, written_s: float, now_s: float) -> None:
        """Take a question.

        Parameters
        ----------
        asked
            Whom it is about.
        written_s
            When the broker wrote it: the asker's own clock decides nothing.
        now_s
            The clock.
        """
        who = asked.level, asked.id
        if self._at.pop(who, None) is None:
            self.version += 1
        self._at[who] = min(written_s, now_s)
        if len(self._at) > MOST:
            oldest = next(iter(self._at))
            del self._at[oldest]
            self._waiting.pop(oldest, None)
        if written_s >= now_s - FRESH_S:
            self._waiting[who] = None

    def forget(self, now_s: float) -> None:
        """Forget whom nobody has asked for in a long time; it looks once a minute."""
        if now_s < self._looked_s + LOOK_EVERY_S:
            return
        self._looked_s = now_s
        old = [who for who, at_s in self._at.items() if at_s < now_s - REMEMBERED_S]
        for who in old:
            del self._at[who]
        self.version += bool(old)

    def next_waiting(self) -> Who | None:
        """Who is to be answered next; None where nobody is. Each is given once."""
        if not self._waiting:
            return None
        who = next(iter(self._waiting))
        del self._waiting[who]
        return who

    def by_level(self) -> Mapping[Level, Sequence[str]]:
        """Ids of all that are asked for, by level."""
        found: dict[Level, list[str]] = {}
        for level, name in self._at:
            found.setdefault(level, []).append(name)
        return found
