"""First use of a code, or the first after a stated silence: exact for the numbers remembered.

A code is new in a bucket if none of the numbers that it covers was used on the days before, back to
`silence`. A number with an extension is no code of its own where its code is registered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from detectors.pages import PagedTable
from detectors.state import State
from streams.alerts.misuse.basis import NewCodeBasis
from streams.counts.bucket import DAY_S
from streams.detection.misuse.judge import (
    MisuseBucket,
    MisuseFound,
    MisuseJudge,
    MisusePlace,
    MisuseSettings,
)
from streams.detection.misuse.uses import UsedCode, code_of, uses_in
from streams.items import SURPLUS
from streams.registry.entry import CodeEntry
from streams.registry.table import Registry

MOST_NUMBERS: Final = 500_000
"""Numbers that are remembered; beyond them those that were used longest ago are forgotten.

As many ids of senders that are no codes are remembered apart: they may be registered later, and a
flood of them forgets no code.
"""

SPARE: Final = MOST_NUMBERS // 10
"""Numbers that are forgotten at once."""

REMEMBERED: Final = 4
"""A number is remembered for so many times the silence."""


class NewCodeJudge:
    """Finds codes that are used for the first time, or again.

    Parameters
    ----------
    silence_days
        After so many days without use a code is new again.
    learn_days
        At first numbers are only learned, for so many days.
    quiet_s
        How long an alert lasts.
    """

    waits = False

    def __init__(self, silence_days: int, learn_days: int, quiet_s: float) -> None:
        self.quiet_s = quiet_s
        self._silence, self._learn = silence_days, learn_days
        self._first_day: int | None = None
        self._last: PagedTable[int] = PagedTable(int)
        """The day on which each number was last used."""
        self._ids: PagedTable[int] = PagedTable(int)
        self.pages = {"numbers": self._last, "ids": self._ids}
        self.let_go = 0
        self._of_code: dict[str, int] = {}
        """Last use of registered codes, by any number that they cover."""
        self._asked: tuple[int, int] | None = None
        self.state = State()
        self.state.shared(self, _first_day=int | None)

    def close(self, bucket: MisuseBucket) -> Iterable[MisuseFound]:
        """See `MisuseJudge`."""
        day = bucket.day
        self._know(bucket.registry, day)
        used: dict[str, UsedCode] = {}
        counts: dict[str, int] = {}
        numbers, ids = set[str](), set[str]()
        for use in uses_in(bucket.closed):
            found = code_of(use, bucket.registry, day)
            if found is not None:
                if found.code not in used or found.level == "access_code":
                    used[found.code] = found
                counts[found.code] = counts.get(found.code, 0) + use.total
                numbers.add(found.number)
            elif use.level == "sender" and use.kind != SURPLUS:
                ids.add(use.id)
        if (used or ids) and self._first_day is None:
            self._first_day = day
        learned = self._first_day is not None and day - self._first_day >= self._learn
        out = []
        for code, how in used.items():
            last = self._last_use(how)
            if learned and (last is None or day - last > self._silence):
                out.append(self._found(how, counts[code], last, bucket))
            if how.entry is not None:
                self._of_code[code] = day
        for number in numbers:
            self._last[number] = day
        for name in ids:
            self._ids[name] = day
        self._forget(self._last)
        self._forget(self._ids)
        return out

    def _last_use(self, how: UsedCode) -> int | None:
        if how.entry is None:
            found = [of[how.number] for of in (self._last, self._ids) if how.number in of]
            return max(found, default=None)
        return self._of_code.get(how.code)

    def _know(self, registry: Registry, day: int) -> None:
        """Work out the last use of registered codes, where the registry or the day is another."""
        asked = (registry.seq, day)
        if asked == self._asked:
            return
        self._asked, self._of_code = asked, {}
        oldest = day - REMEMBERED * self._silence
        for known in (self._last, self._ids):
            known.keep(lambda _, last: last >= oldest)
        if not registry.number_of("code"):
            return
        for number, last in (*self._last.items(), *self._ids.items()):
            entry = registry.code_of(number, day)
            if isinstance(entry, CodeEntry):
                self._of_code[entry.id] = max(last, self._of_code.get(entry.id, last))

    def _found(
        self, how: UsedCode, count: int, last: int | None, bucket: MisuseBucket
    ) -> MisuseFound:
        entry = how.entry
        silent = None if last is None else bucket.day - last
        unknown = entry is None and bucket.registry.number_of("code") > 0
        return MisuseFound(
            place=MisusePlace(how.level, how.code, "first" if last is None else "again"),
            count=count,
            basis=NewCodeBasis(
                entry=None if entry is None else entry.id,
                holder=None if entry is None else entry.holder,
                plan=how.plan,
                silent_days=silent,
            ),
            severity="critical" if unknown else "warning",
        )

    def _forget(self, numbers: PagedTable[int]) -> None:
        """Forget numbers beyond the bound."""
        if len(numbers) > MOST_NUMBERS:
            by_age = sorted(numbers.items(), key=lambda each: (each[1], each[0]))
            gone = by_age[: len(numbers) - MOST_NUMBERS + SPARE]
            self.let_go += len(gone)
            for number, _ in gone:
                del numbers[number]
            self._asked = None

    def allowed(self, place: MisusePlace, values: Sequence[str], bucket: MisuseBucket) -> bool:
        """See `MisuseJudge`: being new is never forbidden."""
        return False


def judges(settings: MisuseSettings) -> Sequence[MisuseJudge]:
    """Make the judge of a group."""
    misuse = settings.config.detect.misuse
    silence, learn = round(misuse.silence / DAY_S), round(misuse.learn / DAY_S)
    return [NewCodeJudge(silence, learn, misuse.quiet)]
