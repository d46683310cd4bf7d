"""Chooses which place of some records is which field of an event, by names and by values."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from streams.items import name_problem
from streams.sources.formats.format import ONLY_IN, Field, Kind
from streams.sources.times.proposals import Proposal, propose
from streams.sources.times.times import Times, UnusableTime
from streams.sources.trial.columns import FoundPlace
from streams.sources.trial.hints import COMPLAINT, HINTS, is_text, likeness

MOSTLY = 0.9
"""So much of a column must be of a kind."""

YEARS_S = 15 * 365.25 * 86400.0
"""An older number is not taken for a time: an access code may look like one of 2003."""

_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{8,17}")
_CODE = re.compile(r"\+?[0-9]{3,21}")
_WHOLE = re.compile(r"[0-9]{1,9}")
_SIGNATURE = re.compile(r"[【\[].+[】\]]")


@dataclass
class Mapping:
    """A proposed table ``[sources.x]``.

    Attributes
    ----------
    kind
        Sends or complaints.
    places
        The place of each field that was found.
    time
        How the texts of `time` are read; None where there is no such column.
    example
        The first of its times, read; empty where it cannot be read without `time_format`.
    sender_as, channel
        Settings that follow from the senders; None where none does.
    unused
        The places that no field takes.
    senders
        The senders' ids, as the records have them.
    """

    kind: Kind
    places: dict[Field, str] = field(default_factory=dict)
    time: Proposal | None = None
    example: str = ""
    sender_as: str | None = None
    channel: str | None = None
    unused: list[str] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)


def choose(
    columns: Sequence[FoundPlace], records: int, *, now_s: float, timezone: str, kind: Kind | None
) -> Mapping:
    """Propose a mapping.

    Parameters
    ----------
    columns
        Of the records.
    records
        How many records there are.
    now_s
        The time, epoch s.
    timezone
        That of times without one.
    kind
        What they are, if that is known.
    """
    if kind is None:
        of_complaints = any(COMPLAINT.search(column.place) for column in columns)
        kind = "complaint" if of_complaints else "send"
    found = Mapping(kind)
    foreign = {name for other, names in ONLY_IN.items() if other != kind for name in names}
    fits = _Fits(records, now_s, timezone)
    scores = [
        (fits.score(name, column), name, column)
        for name in HINTS
        if name not in foreign
        for column in columns
        if column.texts and not is_text(column)
    ]
    taken: dict[Field, FoundPlace] = {}
    # The surest first; of equal ones that of the field, and then of the place, that comes first.
    for score, name, column in sorted(scores, key=lambda each: -each[0]):
        if score > 0.0 and name not in taken and column not in taken.values():
            taken[name] = column
    for name in (name for name in HINTS if name in taken):
        best = taken[name]
        found.places[name] = f"{best.place}[*]" if best.arrays else best.place
        if name == "time":
            found.time, found.example = propose(best.texts), fits.read(best.texts[0]) or ""
        elif name == "sender":
            found.senders = best.texts
        if name == "sender" and _share(best, lambda text: "@" in text) >= MOSTLY:
            found.sender_as, found.channel = "domain", "email"
    used = set(found.places.values())
    found.unused = [c.place for c in columns if not {c.place, f"{c.place}[*]"} & used]
    return found


class _Fits:
    """How well a column fits a field: 0 or less where it does not."""

    def __init__(self, records: int, now_s: float, timezone: str) -> None:
        self._records, self._now_s = records, now_s
        self._times = Times(timezone)

    def score(self, name: Field, column: FoundPlace) -> float:
        """Return how well a column fits a field."""
        like = likeness(name, column)
        if column.arrays and name not in ("recipient", "reporter"):
            return 0.0
        match name:
            case "time":
                share = self._times_share(column, likely=like > 0.0)
                return like + share if share >= MOSTLY else 0.0
            case "occurred_at":
                return like if self._times_share(column, likely=like > 0.0) >= MOSTLY else 0.0
            case "recipient" | "reporter":
                person = _share(column, _is_person) >= MOSTLY
                mostly_new = column.distinct > 0.5 * len(column.texts)
                return (like + mostly_new if like > 0.0 else 0.0) if person else like - 2.5
            case "count":
                return like if _share(column, lambda t: bool(_WHOLE.fullmatch(t))) == 1.0 else 0.0
            case "event_id":
                own = column.distinct == len(column.texts) == self._records > 1
                return like if own and self._times_share(column) < MOSTLY else 0.0
            case "signature":
                marked = _share(column, lambda text: bool(_SIGNATURE.fullmatch(text))) >= MOSTLY
                return max(like, 2.0 * marked)
            case "sender":
                repeats = 1 < column.distinct <= len(column.texts) / 2
                code = repeats and _share(column, lambda t: bool(_CODE.fullmatch(t))) >= MOSTLY
                return max(like, 0.5 * code) if _share(column, _is_name) == 1.0 else 0.0
            case _:
                return like if like >= 2.0 and _share(column, _is_name) == 1.0 else 0.0

    def read(self, text: str) -> str | None:
        """Return the time that a text means, where it is read without a format."""
        try:
            return self._times[text].isoformat()
        except UnusableTime:
            return None

    def _times_share(self, column: FoundPlace, *, likely: bool = False) -> float:
        """Return how much of a column may be times; old numbers only where the name says so."""
        if _share(column, _is_number) >= MOSTLY:
            return _share(column, self._can_be_read if likely else self._is_recent)
        found = propose(column.texts)
        return found.times / max(found.times + found.others, 1)

    def _can_be_read(self, text: str) -> bool:
        return self.read(text) is not None

    def _is_recent(self, text: str) -> bool:
        try:
            time_s = self._times[text].timestamp()
        except UnusableTime:
            return False
        return self._now_s - YEARS_S <= time_s <= self._now_s + 7 * 86400.0


def _share(column: FoundPlace, is_so: Callable[[str], bool]) -> float:
    return sum(map(is_so, column.texts)) / max(len(column.texts), 1)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _is_person(text: str) -> bool:
    return "@" in text or bool(_PHONE.fullmatch(text)) or "*" in text


def _is_name(text: str) -> bool:
    return name_problem(text) is None
