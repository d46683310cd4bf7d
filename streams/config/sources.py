"""The tables ``[sources.x]``, and sources with every default filled in."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal, Self, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator
from pydantic import Field as Limits

from streams.config.duration import format_duration
from streams.config.fields import (
    BucketSize,
    Duration,
    Name,
    PositiveDuration,
    Table,
    Text,
    TopicName,
    Zone,
    raise_problems,
)
from streams.config.file_options import (
    OPTIONS,
    ColumnNames,
    Delimiter,
    Encoding,
    Template,
    TimeFormats,
    option_problems,
    topic_problems,
)
from streams.config.mapping import (
    Consents,
    Kinds,
    Place,
    Unwrap,
    Where,
    conditions_of,
    envelopes_of,
    misplaced,
    places_of,
    words_of,
)
from streams.config.schema_registry import SchemaRegistryTable, registry_problems
from streams.facts.wanted import NOTHING_WANTED, FactsWanted
from streams.items import Channel, ComplaintKind
from streams.names import tables
from streams.names.derived import Derivation
from streams.names.numbers import is_country
from streams.sources.files.encoding import codec_of
from streams.sources.formats.format import (
    MAPPED_FIELDS,
    ONLY_IN,
    Columns,
    Constant,
    Field,
    Format,
    Kind,
    Places,
)
from streams.sources.formats.lines import names_of
from streams.sources.formats.table import FORMATS, FormatName
from streams.sources.mapping.paths import path_problem
from streams.sources.presets.shipped import PRESETS, PresetName

SenderAs = Literal["digits", "e164", "address", "domain", "as_is"]
"""As what a source's sender ids are read; without it as they are."""


def _country(text: str) -> str:
    if not is_country(text):
        raise ValueError('must be two capital letters of a country, such as "CN"')
    return text


class SourceTable(Table):
    """A ``[sources.x]`` table: one raw topic (or files), one kind, one bucket size."""

    kind: Kind
    preset: PresetName | None = None
    format: FormatName = "json"
    topic: TopicName | None = None
    topic_format: Literal["events", "source"] = "events"
    partitions: Annotated[int, Limits(ge=1, le=10_000)] = 4
    group: Name | None = None
    bucket: BucketSize | None = None
    lateness: Duration | None = None
    max_ahead: PositiveDuration | None = None
    idle_after: PositiveDuration | None = None
    timezone: Zone | None = None
    daily: bool = False
    dedupe: bool | None = None
    channel: Channel | None = None
    complaint_kind: Kinds = "other"
    count_by: Literal["events", "reporters"] = "events"
    cells: bool = False
    rejects_payload: Literal["full", "none"] | None = None
    sender_as: SenderAs | None = None
    country: Annotated[str, AfterValidator(_country)] | None = None
    time_format: TimeFormats | None = None
    encoding: Encoding | None = None
    delimiter: Delimiter | None = None
    columns: ColumnNames | None = None
    template: Template | None = None
    schema_registry: SchemaRegistryTable | None = None
    # which items there are, and which are wanted
    items: Text | None = None
    where: Where | None = None
    unwrap: Unwrap | None = None
    # columns, header fields or paths
    time: Place | None = None
    occurred_at: Place | None = None
    event_id: Place | None = None
    count: Place | None = None
    sender: Place | None = None
    access_code: Place | None = None
    signature: Place | None = None
    account: Place | None = None
    merchant: Place | None = None
    domain: Place | None = None
    platform: Place | None = None
    category: Place | None = None
    region: Place | None = None
    recipient: Place | None = None
    reporter: Place | None = None
    campaign: Place | None = None
    consent: Consents | None = None

    @model_validator(mode="before")
    @classmethod
    def _with_preset(cls, data: Any) -> Any:
        name = data.get("preset") if isinstance(data, dict) else None
        found = PRESETS.get(name) if isinstance(name, str) else None
        return data if found is None else found.under(data)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        raise_problems(self._misfits())
        return self

    def mapped(self) -> dict[Field, Places]:
        """Return the columns or paths that the table names, by field."""
        named = {field: getattr(self, field) for field in MAPPED_FIELDS}
        return {field: places_of(place) for field, place in named.items() if place is not None}

    @property
    def own_events(self) -> bool:
        """Whether the records are Weathervane's own events, and not another's."""
        found = FORMATS[self.format]
        return found.own_events and not self.mapped().keys() & set(found.required)

    @property
    def names(self) -> list[str] | None:
        """The names of a row's columns, or of a line's parts, where the table names them."""
        return self.columns if self.template is None else names_of(self.template)

    @property
    def words(self) -> dict[str, str] | None:
        """The kinds of complaints, or the consents of sends, by text; None where none is named."""
        return words_of(self.consent if self.kind == "send" else self.complaint_kind)

    @property
    def default_kind(self) -> ComplaintKind:
        """The kind of a complaint of which nothing else is said."""
        if isinstance(self.complaint_kind, dict):
            return "other"
        return cast("ComplaintKind", self.complaint_kind)

    @property
    def tables(self) -> dict[str, str]:
        """Versions of the packages whose tables decide."""
        return tables.of_numbers() if self.sender_as == "e164" else {}

    def _misfits(self) -> Iterator[str]:
        found, mapped = FORMATS[self.format], self.mapped()
        unsaid = list(self._unsaid(mapped))
        if unsaid:
            yield from unsaid
            return
        foreign = [field for kind in ONLY_IN if kind != self.kind for field in ONLY_IN[kind]]
        missing = [field for field in found.required if field not in mapped]
        keys = " and ".join(f"`{field}`" for field in found.required)
        if missing and not found.own_events:
            yield f'must name the {found.places} {keys} where format is "{found.name}"'
        elif missing and any(field not in foreign for field in mapped):
            yield (f"must name both {keys} ({found.places}), or neither (Weathervane's own events)")
        if self.kind not in found.kinds:
            kinds = " or ".join(f'"{kind}"' for kind in found.kinds)
            yield f'must have kind = {kinds} where format is "{found.name}"'
        for kind, fields in ONLY_IN.items():
            if self.kind != kind and any(field in mapped for field in fields):
                *first, last = (f"`{field}`" for field in fields)
                named = f"{', '.join(first)} and {last}" if first else last
                yield f'may name {named} only where kind is "{kind}"'
        if self.kind == "send" and "complaint_kind" in self.model_fields_set:
            yield 'may have `complaint_kind` only where kind is "complaint"; remove it'
        options = [option for option in OPTIONS if getattr(self, option) is not None]
        if self.topic_format == "source":
            yield from topic_problems(options, found, FORMATS.values())
        yield from option_problems(options, found.options, self.format, own_events=self.own_events)
        if "template" in found.options and self.template is None:
            yield f'must have a `template` where format is "{found.name}"'
        yield from registry_problems(self.schema_registry, self.topic_format, found, mapped)
        if self.country is not None and self.sender_as != "e164":
            yield 'may have `country` only where sender_as is "e164"; remove it'
        nested = [key for key in ("items", "unwrap") if getattr(self, key) is not None]
        yield from misplaced(found, nested, self._places(), self.names)
        if found.nested and self.items is not None:
            problem = path_problem(self.items)
            if problem is not None:
                yield f".items {problem}"

    def _unsaid(self, mapped: Collection[Field]) -> Iterator[str]:
        """Say what the table's preset asks for."""
        if self.preset is None:
            return
        preset = PRESETS[self.preset]
        if self.kind not in preset.keys:
            kinds = " or ".join(f'"{kind}"' for kind in preset.keys)
            yield f'must have kind = {kinds} where preset is "{preset.name}"'
            return
        for field, reason in preset.must_name.items():
            if field not in mapped:
                yield f'must name `{field}` where preset is "{preset.name}": {reason}'

    def _places(self) -> Iterator[tuple[str, str | Constant]]:
        """Give every place that the table names, with the key that names it."""
        for field, places in self.mapped().items():
            key = "consent.from" if field == "consent" and self.words is not None else field
            yield from ((key, place) for place in places)
        if isinstance(self.complaint_kind, dict):
            yield from (("complaint_kind.from", place) for place in places_of(self.complaint_kind))
        for place in self.where or {}:
            yield "where", place


class Source(BaseModel):
    """A source with every default filled in, as the program uses it."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    name: str
    table: SourceTable
    topic: str
    bucket_s: int
    lateness_s: float
    max_ahead_s: float
    idle_after_s: float
    max_senders: int
    timezone: str
    dedupe: bool
    channel: Channel
    payload_in_rejects: bool
    derivations: tuple[Derivation, ...]
    named: bool
    """Whether the file names it; if not, it is one of the default sources."""
    sharing: int = 1
    """How many sources read its topic."""
    facts: FactsWanted = NOTHING_WANTED
    """What its lanes count beside totals."""

    @property
    def kind(self) -> Kind:
        """Sends or complaints."""
        return self.table.kind

    @property
    def only_read(self) -> bool:
        """Whether its topic is another's, with records of the source's format: it is only read."""
        return self.table.topic_format == "source"

    def record_id(self, partition: int, offset: int) -> str:
        """Return the id of the event of a topic's record that has none of its own."""
        return f"{self.name}:{self.topic}-{partition}-{offset}"

    @property
    def signal(self) -> Literal["sends", "complaints"]:
        """The signal that this source's counts feed."""
        return "sends" if self.table.kind == "send" else "complaints"

    @property
    def group(self) -> str:
        """Sources of a group share one clock: the same bucket size (and zone, for days)."""
        if self.table.group is not None:
            return self.table.group
        size = format_duration(self.bucket_s)
        return f"{size}-{self.timezone.replace('/', '-')}" if self.bucket_s == 86400 else size

    @property
    def format(self) -> Format:
        """The facts of its format."""
        return FORMATS[self.table.format]

    @property
    def columns(self) -> Columns:
        """Where its records have each field, and which of their items are wanted."""
        table = self.table
        places = table.mapped()
        if isinstance(table.complaint_kind, dict):
            places["kind"] = places_of(table.complaint_kind)
        columns = self.format.columns(self.name, places)
        return replace(
            columns,
            words=columns.words if table.words is None else table.words,
            maps_kind=isinstance(table.complaint_kind, dict),
            items=table.items,
            where=conditions_of(table.where),
            unwrap=envelopes_of(table.unwrap),
            header=None if table.names is None else tuple(table.names),
            template=table.template or "",
            delimiter=table.delimiter,
            encoding=None if table.encoding is None else codec_of(table.encoding),
            registry="" if self.registry is None else self.registry.url,
        )

    @property
    def registry(self) -> SchemaRegistryTable | None:
        """Where the schemas of its records are; None where they name none."""
        return self.table.schema_registry

    @property
    def own_events(self) -> bool:
        """Whether its records are Weathervane's own events, and not another's."""
        return self.table.own_events

    def may_have(self, field: str) -> bool:
        """Whether its events may have a field: those of our own form may have any."""
        return self.own_events or field in self.table.mapped() or field in self.format.fields

    @property
    def hashes_people(self) -> bool:
        """Whether its records name recipients or reporters, which leave it only as a hash."""
        return self.format.reads_people(self.table.mapped())


UNNAMED_SOURCES = {"sends": SourceTable(kind="send"), "complaints": SourceTable(kind="complaint")}
"""The default sources, where the file does not name them."""


def clock(source: Source) -> tuple[int, str | None]:
    """Return what sources of a group share: the bucket size and, for days, the time zone."""
    return source.bucket_s, source.timezone if source.bucket_s == 86400 else None
