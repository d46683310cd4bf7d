"""First use of a code, or the first after a stated silence: exact for the numbers remembered.

A code is new in a bucket if none of the numbers that it covers was used on the days before, back to
`silence`. A number with an extension is no code of its own where its code is registered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

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


class UsedNumber(msgspec.Struct, frozen=True, array_like=True):
    """A number, the day on which it was last used, and whether it is no code but a sender's id."""

    number: str
    last_day: int
    is_id: bool = False


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

    def __init__(self, silence_days: int, learn_days: int, quiet_s: float) -> None:
        self.quiet_s = quiet_s
        self._silence, self._learn = silence_days, learn_days
        self._first_day: int | None = None
        self._last: dict[str, int] = {}
        self._ids: dict[str, int] = {}
        self._of_code: dict[str, int] = {}
        """Last use of registered codes, by any number that they cover."""
        self._asked: tuple[int, int] | None = None
        self._rows: list[UsedNumber] = []
        self.state = State()
        self.state.shared(self, _first_day=int | None)
        self.state.listed(self, _rows=UsedNumber)
        self.state.before_pack(self._list)
        self.state.after_unpack(self._derive)

    def _list(self) -> None:
        self._rows = [UsedNumber(*each) for each in sorted(self._last.items())]
        self._rows += [UsedNumber(*each, True) for each in sorted(self._ids.items())]

    def _derive(self) -> None:
        self._last = {row.number: row.last_day for row in self._rows if not row.is_id}
        self._ids = {row.number: row.last_day for row in self._rows if row.is_id}
        self._rows, self._asked = [], None

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
        self._last.update(dict.fromkeys(numbers, day))
        self._ids.update(dict.fromkeys(ids, day))
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
        self._last = {number: last for number, last in self._last.items() if last >= oldest}
        self._ids = {number: last for number, last in self._ids.items() if last >= oldest}
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

    def _forget(self, numbers: dict[str, int]) -> None:
        """Forget numbers beyond the bound."""
        if len(numbers) > MOST_NUMBERS:
            by_age = sorted(numbers.items(), key=lambda each: (each[1], each[0]))
            for number, _ in by_age[: len(numbers) - MOST_NUMBERS + SPARE]:
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
