"""What a format is: its facts, how a file is split into records, and how a record is decoded.

The two halves are apart, so that the record of a topic and that of a file go through the same
functions. Both give the texts of fields and never an event: `streams.sources.assemble` makes the
events, so that no format can pass a recipient or reporter on unhashed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import Literal, Protocol

from streams.items import Channel, ComplaintKind, Skipped
from streams.sources.files.input_file import InputFile
from streams.sources.lost_fields import NoText
from streams.sources.rejects import Undecodable
from streams.sources.schemas.table import SchemaTable

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
    "campaign",
    "consent",
    "kind",
]

SENDER_FIELDS: tuple[Field, ...] = (
    *("sender", "access_code", "signature", "account", "merchant", "domain"),
    *("platform", "category"),
)
MAPPED_FIELDS: tuple[Field, ...] = (
    *("time", *SENDER_FIELDS),
    *("event_id", "count", "occurred_at", "region", "recipient", "reporter"),
    *("campaign", "consent"),
)
"""The fields that a ``[sources.x]`` table may map."""

FIELDS: tuple[Field, ...] = (*MAPPED_FIELDS, "kind")
"""All fields, in the order in which readers yield them; ``kind`` is a complaint's kind."""

ONLY_IN: Mapping[Kind, tuple[Field, ...]] = {
    "send": ("recipient", "campaign", "consent"),
    "complaint": ("reporter", "occurred_at", "region"),
}
"""Fields that only one kind of event has."""

NEEDED: frozenset[Field] = frozenset(("time", "sender", "count"))
"""Fields without which nothing, or another number, would count: an event does without the others
where their values are impossible, or their columns are missing."""

CODED: frozenset[Field] = frozenset(("consent", "kind"))
"""Fields of a few words, for which a table may name the texts that stand for them. Sends have the
one and complaints the other: it is the last of a source's fields."""

PEOPLE: frozenset[Field] = frozenset(("recipient", "reporter"))
"""Fields that name a person: they leave a source only as a keyed hash."""

Values = tuple[str | NoText | None, ...]
"""The texts of an item's fields, in the order of `FIELDS`; None, or empty, where it has none.

Where a field has what is no text, an item without time, sender or count is none, and one without
another field has a `NoText` there.
"""

Headers = Sequence[tuple[str, bytes | None]]
"""The headers of a topic's record; a file's records have none."""


@dataclass(frozen=True)
class Constant:
    """A text that stands for a field in every record."""

    value: str


Places = tuple[str | Constant, ...]
"""Where a field stands. Of several places the first counts that has a value; but the texts of
``time`` and ``occurred_at`` are joined, in this order."""


EnvelopeName = Literal["cloudevents", "debezium", "sns"]
"""What a document may be wrapped in."""


@dataclass(frozen=True)
class Columns:
    """Where the records of a source have each field.

    Attributes
    ----------
    source
        The source's name, for messages.
    named
        Columns, paths or header fields by field, in the order of `FIELDS`.
    words
        What the texts of the last field stand for, which is of `CODED`; ``*`` stands for any other
        text. None where the text itself is the word.
    header
        The names of a row's columns, where its file has no header.
    template
        How a line is written that is split into them; empty for rows.
    delimiter
        What stands between them; None where the file shows it.
    encoding
        The codec of its text; None for UTF-8, or what its first bytes say.
    items
        The path of the items in a record; None where a record is one item.
    where
        The items that are wanted: for each place, the texts of which it must have one.
    unwrap
        The envelopes around a record's document, the outermost first.
    maps_kind
        Whether the source's table says where the kind stands, and not its format.
    registry
        The address of the schema registry that its records name; empty where they name none.
    schemas
        What is decided about their schemas.
    """

    source: str
    named: Mapping[Field, Places]
    words: Mapping[str, str] | None = None
    header: tuple[str, ...] | None = None
    template: str = ""
    delimiter: str | None = None
    encoding: str | None = None
    items: str | None = None
    where: tuple[tuple[str, frozenset[str]], ...] = ()
    unwrap: tuple[EnvelopeName, ...] = ()
    maps_kind: bool = False
    registry: str = ""
    schemas: SchemaTable = dataclass_field(default_factory=SchemaTable, compare=False, repr=False)

    def with_schemas(self, schemas: SchemaTable) -> Columns:
        """Return these places with what is decided about schemas."""
        return replace(self, schemas=schemas)

    def key(self, field: Field | None) -> str:
        """Return the key of the configuration that asks for a field; None is a condition."""
        if field is None:
            return f"sources.{self.source}.where"
        of_kind = "complaint_kind" if self.maps_kind else "format"
        return f"sources.{self.source}.{of_kind if field == 'kind' else field}"


class RecordReader(Protocol):
    """The records of one open file, read once."""

    def __iter__(self) -> Iterator[Values | bytes | Undecodable | Skipped]:
        """Yield each record.

        A format whose records stand alone yields their bytes, which `Format.record` decodes, or
        `streams.sources.event_json` where they are Weathervane's own events. Another yields the
        values of each record's one item. `Undecodable` is a record that cannot be read.
        """

    def raw(self) -> bytes:
        """Return the bytes of the record yielded last, for its reject."""


class RecordDecoder(Protocol):
    """Decodes the records of a source, those of a topic as those of a file."""

    def items(self, value: bytes, headers: Headers) -> Iterable[Values | Undecodable | Skipped]:
        """Return the items of a record: their values, or why one has none.

        Raises
        ------
        Undecodable
            Where nothing of the record can be read.
        """


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
    reader
        Opens a reader of a file; raises `Unopenable` where it is not of this format.
    record
        Makes what decodes a record by itself; None where the records of this format stand only
        in files.
    kinds_by_text
        A complaint's kind by the text of the field ``kind``, unless the table says another.
    binary
        Whether its files are bytes and no text.
    may_ask_registry
        Whether its records may name schemas of a registry.
    reads_folders
        Whether a folder may be named in place of a file: its files are read one after another.
    place_problem
        Says what is wrong with a place that the table names; None where nothing is.
    options
        Which of ``time_format``, ``encoding``, ``delimiter``, ``columns`` and ``template`` its
        tables may have.
    nested
        Whether a record is a document of objects and arrays, in which places are paths.
    """

    name: str
    summary: str
    kinds: tuple[Kind, ...]
    channel: Channel
    fields: Mapping[Field, str | Places]
    required: tuple[Field, ...]
    places: str
    holds_people: bool
    reader: Callable[[InputFile, Columns], RecordReader]
    record: Callable[[Columns], RecordDecoder] | None = None
    kinds_by_text: Mapping[str, ComplaintKind] | None = None
    own_events: bool = False
    binary: bool = False
    may_ask_registry: bool = False
    reads_folders: bool = False
    place_problem: Callable[[str], str | None] = lambda _: None
    options: tuple[str, ...] = ()
    nested: bool = False

    def __post_init__(self) -> None:
        """Refuse a format that reads people and says that it holds none."""
        if PEOPLE & self.fields.keys() and not self.holds_people:
            raise ValueError(f"format {self.name!r} reads people: it must have holds_people=True")

    def columns(self, source: str, mapped: Mapping[Field, Places]) -> Columns:
        """Return where a source's records have each field, the table's places first."""
        own = {
            field: (places,) if isinstance(places, str) else places
            for field, places in self.fields.items()
        }
        named = {**own, **mapped}
        fields = {field: named[field] for field in FIELDS if field in named}
        return Columns(source, fields, self.kinds_by_text)

    def reads_people(self, mapped: Collection[Field]) -> bool:
        """Whether a source of this format meets recipients or reporters."""
        return bool(PEOPLE & {*self.fields, *mapped})
