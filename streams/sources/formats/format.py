"""What a format is: its facts, and how the records of its files are read.

A reader yields the texts of a record's fields and never an event: `streams.sources.assemble`
makes the events, so that no format can pass a recipient or reporter on unhashed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from streams.items import Channel
from streams.sources.files.input_file import InputFile
from streams.sources.rejects import Undecodable

Kind = Literal["send", "complaint"]

Field = Literal[
    "time",
    "sender",
    "access_code",
    "signature",
    "account",
    "merchant",
    "domain",
    "platform",
    "category",
    "event_id",
    "count",
    "occurred_at",
    "region",
    "recipient",
    "reporter",
    "kind",
]

SENDER_FIELDS: tuple[Field, ...] = (
    *("sender", "access_code", "signature", "account", "merchant", "domain"),
    *("platform", "category"),
)
MAPPED_FIELDS: tuple[Field, ...] = (
    *("time", *SENDER_FIELDS),
    *("event_id", "count", "occurred_at", "region", "recipient", "reporter"),
)
"""The fields that a ``[sources.x]`` table may map."""

FIELDS: tuple[Field, ...] = (*MAPPED_FIELDS, "kind")
"""All fields, in the order in which readers yield them; ``kind`` is a complaint's kind."""

ONLY_IN: Mapping[Kind, tuple[Field, ...]] = {
    "send": ("recipient",),
    "complaint": ("reporter", "occurred_at", "region"),
}
"""Fields that only one kind of event has."""

PEOPLE: frozenset[Field] = frozenset(("recipient", "reporter"))
"""Fields that name a person: they leave a source only as a keyed hash."""

Values = tuple[str | None, ...]
"""The texts of a record's fields, in the order of `FIELDS`; None, or empty, where it has none."""


@dataclass(frozen=True)
class Columns:
    """Where the records of a file have each field.

    Attributes
    ----------
    source
        The source's name, for messages.
    named
        Column, path or header field by field, in the order of `FIELDS`.
    """

    source: str
    named: Mapping[Field, str]

    def key(self, field: Field) -> str:
        """Return the key of the configuration that asks for a field."""
        return f"sources.{self.source}.{'format' if field == 'kind' else field}"


class RecordReader(Protocol):
    """The records of one open file, read once.

    Attributes
    ----------
    fields
        The fields whose values it yields, in the order of `FIELDS`.
    """

    @property
    def fields(self) -> Sequence[Field]:
        """The fields whose values it yields."""

    def __iter__(self) -> Iterator[Values | bytes | Undecodable]:
        """Yield each record's values, or why it has none.

        A format with `own_events` yields bytes instead, for a record that is one of
        Weathervane's own events.
        """

    def raw(self) -> bytes:
        """Return the bytes of the record yielded last, for its reject."""


@dataclass(frozen=True, kw_only=True)
class Format:
    """The facts of one format, on which configuration, reading and documents rest.

    Attributes
    ----------
    name
        The value of a source's ``format``.
    summary
        What its files are, in a few words.
    kinds
        What its sources may carry.
    channel
        The channel of its events, where the source does not say.
    fields
        Where its records have each field, unless the source's table names another place.
    required
        Fields that the table must map, since the format cannot know where they are.
    places
        What the table names for a field: "columns", "JSON paths", "header fields".
    own_events
        Whether a table that maps none of `required` says that the records are Weathervane's own
        events.
    holds_people
        Whether its records hold people or message text even where no mapped field names a
        person: rejects then leave the payload out by default.
    has_ids
        Says from the mapped fields whether records have ids of their own, so that repeated
        complaints count once by default.
    reader
        Opens a reader; raises `Unopenable` for a file that is not of this format.
    place_problem
        Says what is wrong with a place that the table names; None where nothing is.
    """

    name: str
    summary: str
    kinds: tuple[Kind, ...]
    channel: Channel
    fields: Mapping[Field, str]
    required: tuple[Field, ...]
    places: str
    holds_people: bool
    has_ids: Callable[[Collection[Field]], bool]
    reader: Callable[[InputFile, Columns], RecordReader]
    own_events: bool = False
    place_problem: Callable[[str], str | None] = lambda _: None

    def __post_init__(self) -> None:
        """Refuse a format that reads people and says that it holds none."""
        if PEOPLE & self.fields.keys() and not self.holds_people:
            raise ValueError(f"format {self.name!r} reads people: it must have holds_people=True")

    def columns(self, source: str, mapped: Mapping[Field, str]) -> Columns:
        """Return where a source's records have each field, the table's places first."""
        named = {**self.fields, **mapped}
        return Columns(source, {field: named[field] for field in FIELDS if field in named})

    def reads_people(self, mapped: Mapping[Field, str]) -> bool:
        """Whether a source of this format meets recipients or reporters."""
        return bool(PEOPLE & {*self.fields, *mapped})
