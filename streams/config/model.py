"""The configuration's shape: every key, its rule and its default.

Pydantic reads it because it reports every problem of a file at once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import zoneinfo
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    model_validator,
)

from streams.config.duration import format_duration, parse_duration
from streams.config.festivals import Festival
from streams.guest import find, trial
from streams.items import LEVELS, Channel, ComplaintKind, Level

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
LONGEST_S = 3650 * 86400.0  # beyond it sums of times would leave the calendar


def _bounded(seconds: float) -> float:
    if seconds > LONGEST_S:
        raise ValueError(f'must be at most "{format_duration(LONGEST_S)}"')
    return seconds


def _positive(seconds: float) -> float:
    if seconds <= 0:
        raise ValueError("must be longer than 0s")
    return seconds


def _bucket(seconds: float) -> float:
    if seconds < 1 or seconds > 86400 or 86400 % seconds or seconds != int(seconds):
        raise ValueError('must be whole seconds that divide a day, such as "60s", "15m" or "1d"')
    return seconds


def _zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError('must be an IANA time zone such as "Asia/Shanghai"') from None
    return name


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(
            "must be 1 to 100 letters, digits, '.', '_' or '-', a letter or digit first"
        )
    return text


def _applies(text: str) -> str:
    level, slash, entity = text.partition("/")
    if text != "all" and not (level in LEVELS and level != "all" and slash and entity):
        raise ValueError(
            'must be "all", or a level and an id or *, such as "platform/*" or'
            ' "sender/106900012345"'
        )
    return text


def _once(levels: list[Level]) -> list[Level]:
    if len(set(levels)) != len(levels):
        raise ValueError("must name each level once")
    return levels


def _signals_once(signals: list[str]) -> list[str]:
    if len(set(signals)) != len(signals):
        raise ValueError("must name each signal once")
    return signals


def _own_name(name: str) -> str:
    if name in OWN_DETECTORS:
        raise ValueError("must be a name that none of Weathervane's own detectors has")
    return name


def _detector(path: str) -> str:
    find(path)
    return path


OWN_DETECTORS = {
    *("e-sr", "first-count", "young-count", "slow-e-sr", "rate-e-sr"),
    *("weekly-level", "divisibility", "usual-share"),
}
"""What alerts of Weathervane's own say in `detector`."""

_as_text = PlainSerializer(format_duration, return_type=str)
Duration = Annotated[float, BeforeValidator(parse_duration), AfterValidator(_bounded), _as_text]
PositiveDuration = Annotated[
    float,
    BeforeValidator(parse_duration),
    AfterValidator(_positive),
    AfterValidator(_bounded),
    _as_text,
]
BucketSize = Annotated[float, BeforeValidator(parse_duration), AfterValidator(_bucket), _as_text]
Zone = Annotated[str, AfterValidator(_zone)]
Name = Annotated[str, AfterValidator(_name)]
Port = Annotated[int, Field(ge=1, le=65535)]
Text = Annotated[str, Field(min_length=1)]
AppliesTo = Annotated[str, AfterValidator(_applies)]
Signals = Annotated[
    list[Literal["sends", "complaints"]], Field(min_length=1), AfterValidator(_signals_once)
]
Levels = Annotated[list[Level], Field(min_length=1), AfterValidator(_once)]


class _Table(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True
    )


def _raise_problems(problems: Iterable[str]) -> None:
    """Raise one error with a line for each problem; nothing where there is none."""
    lines = list(problems)
    if lines:
        raise ValueError("\n".join(lines))


class Kafka(_Table):
    """Where the broker is, and librdkafka's settings for getting there."""

    bootstrap: Text = "127.0.0.1:9092"
    client: dict[str, str] = Field(default_factory=dict, repr=False)


class Count(_Table):
    """How events become counts; each source may override the durations."""

    bucket: BucketSize = 60.0
    lateness: Duration = 10.0
    max_ahead: PositiveDuration = 300.0
    idle_after: PositiveDuration = 30.0
    levels: Levels = ["sender", "signature", "platform", "all"]


class BesideTable(_Table):
    """A ``[[detect.beside]]`` table: a river anomaly detector to run beside Weathervane's own.

    Attributes
    ----------
    name
        What its alerts say in `detector`.
    detector, parameters
        Dotted path of its class, and what that is called with.
    share
        Part of `budget_per_day` that its false alerts may cost.
    levels, signals
        What it watches.
    most
        Entities that it watches at most, the busiest, of each level, signal, group and shard.
    warmup
        Buckets of an entity that it learns before it is first asked.
    """

    name: Annotated[Name, AfterValidator(_own_name)]
    detector: Annotated[str, AfterValidator(_detector)]
    parameters: dict[str, Any] = {}
    share: Annotated[float, Field(gt=0, lt=1)]
    levels: Levels = ["sender"]
    signals: Signals = ["sends", "complaints"]
    most: Annotated[int, Field(ge=1, le=100_000)] = 100
    warmup: Annotated[int, Field(ge=1, le=100_000)] = 30

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _raise_problems(trial(self.detector, self.parameters))
        return self


class Detect(_Table):
    """What false alerts are accepted, and how long an alert lives."""

    budget_per_day: Annotated[float, Field(gt=0, le=1e6)] = 5.0
    min_count: Annotated[int, Field(ge=1, le=1_000_000_000)] = 1
    exit_after: Annotated[int, Field(ge=1, le=10_000)] = 3
    min_hold: Annotated[int, Field(ge=0, le=10_000)] = 1
    longest_life: PositiveDuration = 14 * 86400.0
    shards: Annotated[int, Field(ge=1, le=1024)] = 1
    checkpoint_every: PositiveDuration = 10.0
    beside: list[BesideTable] = []


class Rejects(_Table):
    """Whether a reject carries the record's bytes (its hash it always does)."""

    payload: Literal["full", "none"] = "full"


class Serve(_Table):
    """The HTTP service of the feed; loopback unless configured."""

    host: Text = "127.0.0.1"
    port: Port = 8780
    keep: Annotated[int, Field(ge=1, le=10_000_000)] = 100_000


class Metrics(_Table):
    """Each process's own Prometheus endpoint."""

    host: Text = "127.0.0.1"
    count_port: Port = 9101
    detect_port: Port = 9102
    serve_port: Port = 9103


class Webhook(_Table):
    """A receiver of alerts: each is posted as a CloudEvent."""

    name: Name
    url: Annotated[str, Field(pattern=r"^https?://[^\s]+$")]
    timeout: PositiveDuration = 10.0


class CalendarEntry(_Table):
    """A ``[[calendar]]`` table: days on which more than usual is expected of whom it names."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    festival: Festival | None = None
    from_: Annotated[dt.date | None, Field(alias="from")] = None
    to: dt.date | None = None
    applies_to: Annotated[list[AppliesTo], Field(min_length=1)]
    factor: Annotated[float, Field(gt=1, le=100)]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _raise_problems(self._misfits())
        return self

    def _misfits(self) -> Iterator[str]:
        days = (self.from_ is not None, self.to is not None)
        if days != ((True, True) if self.festival is None else (False, False)):
            yield "must have either `festival`, or both `from` and `to`"
        elif self.from_ and self.to and self.to < self.from_:
            yield f"must have `to` at or after `from`; got {self.from_} to {self.to}"


class SourceTable(_Table):
    """A ``[sources.x]`` table: one raw topic (or files), one kind, one bucket size."""

    kind: Literal["send", "complaint"]
    format: Literal["json", "csv", "ftc", "arf"] = "json"
    topic: Name | None = None
    partitions: Annotated[int, Field(ge=1, le=10_000)] = 4
    group: Name | None = None
    bucket: BucketSize | None = None
    lateness: Duration | None = None
    max_ahead: PositiveDuration | None = None
    idle_after: PositiveDuration | None = None
    timezone: Zone | None = None
    daily: bool = False
    dedupe: bool | None = None
    channel: Channel | None = None
    complaint_kind: ComplaintKind = "other"
    rejects_payload: Literal["full", "none"] | None = None
    # columns or JSON paths
    time: Text | None = None
    occurred_at: Text | None = None
    event_id: Text | None = None
    count: Text | None = None
    sender: Text | None = None
    access_code: Text | None = None
    signature: Text | None = None
    account: Text | None = None
    merchant: Text | None = None
    platform: Text | None = None
    category: Text | None = None
    region: Text | None = None
    recipient: Text | None = None
    reporter: Text | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _raise_problems(self._misfits())
        return self

    def _misfits(self) -> Iterator[str]:
        if self.format == "csv" and (self.time is None or self.sender is None):
            yield 'must name the columns `time` and `sender` where format is "csv"'
        if self.format == "json" and (self.time is None) != (self.sender is None):
            yield (
                "must name both `time` and `sender` (JSON paths), or neither (Weathervane's own"
                " events)"
            )
        if self.format in ("ftc", "arf") and self.kind != "complaint":
            yield f'must have kind = "complaint" where format is "{self.format}"'
        if self.kind == "send" and (self.reporter or self.occurred_at or self.region):
            yield 'may name `reporter`, `occurred_at` and `region` only where kind is "complaint"'
        if self.kind == "complaint" and self.recipient:
            yield 'may name `recipient` only where kind is "send"'


class Source(BaseModel):
    """A source with every default filled in: what the program works with."""

    model_config = ConfigDict(frozen=True)

    name: str
    table: SourceTable
    topic: str
    bucket_s: int
    lateness_s: float
    max_ahead_s: float
    idle_after_s: float
    timezone: str
    dedupe: bool
    channel: Channel
    payload_in_rejects: bool
    named: bool
    """Whether the file names it, or it is one of those there by default."""

    @property
    def kind(self) -> Literal["send", "complaint"]:
        """Sends or complaints."""
        return self.table.kind

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
    def hashes_people(self) -> bool:
        """Whether its adapter meets recipients or reporters, which leave it only hashed."""
        return bool(self.table.recipient or self.table.reporter or self.table.format == "arf")


UNNAMED_SOURCES = {"sends": SourceTable(kind="send"), "complaints": SourceTable(kind="complaint")}
"""There by default, where the file does not name them."""


def _clock(source: Source) -> tuple[int, str | None]:
    """What sources of a group share: days begin where their zone says."""
    return source.bucket_s, source.timezone if source.bucket_s == 86400 else None


class Config(_Table):
    """The whole file."""

    name: Name = "local"
    timezone: Zone = "Asia/Shanghai"
    data_dir: Path = Field(default=Path(".weathervane"), strict=False)
    hash_key_file: Annotated[Path | None, Field(strict=False)] = None
    kafka: Kafka = Kafka()
    count: Count = Count()
    detect: Detect = Detect()
    rejects: Rejects = Rejects()
    serve: Serve = Serve()
    metrics: Metrics = Metrics()
    webhooks: list[Webhook] = []
    calendar: list[CalendarEntry] = []
    sources_: dict[Name, SourceTable] = Field(default_factory=dict, alias="sources")

    @model_validator(mode="before")
    @classmethod
    def _default_sources(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("sources", {}), dict):
            own = data.get("sources", {})
            return {**data, "sources": {**UNNAMED_SOURCES, **own}}
        return data

    @cached_property
    def sources(self) -> dict[str, Source]:
        """Every source by name, defaults filled in, in order of name."""
        return dict(sorted(self._filled().items()))

    def _filled(self) -> dict[str, Source]:
        """Sources in the file's order, the default ones first: problems name the later one."""
        return {name: self._source(name, table) for name, table in self.sources_.items()}

    def _source(self, name: str, table: SourceTable) -> Source:
        def first(own: float | None, default: float) -> float:
            return default if own is None else own

        own_ids = table.format in ("json", "arf") and (
            table.sender is None or table.event_id is not None
        )
        channel: dict[str, Channel] = {"ftc": "voice", "arf": "email"}
        # What could not be understood was not hashed either: people stay out of `rejects`.
        people = table.format == "arf" or table.recipient or table.reporter
        payload = table.rejects_payload or ("none" if people else self.rejects.payload)
        return Source(
            name=name,
            table=table,
            topic=table.topic or name,
            bucket_s=int(first(table.bucket, self.count.bucket)),
            lateness_s=0.0 if table.daily else first(table.lateness, self.count.lateness),
            max_ahead_s=first(table.max_ahead, self.count.max_ahead),
            idle_after_s=first(table.idle_after, self.count.idle_after),
            timezone=table.timezone or self.timezone,
            dedupe=(table.kind == "complaint" and own_ids)
            if table.dedupe is None
            else table.dedupe,
            channel=table.channel or channel.get(table.format, "sms"),
            payload_in_rejects=payload == "full",
            named=table is not UNNAMED_SOURCES.get(name),
        )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        # Not `self.sources`: kept from here, it would outlive a `model_copy` that changes it.
        _raise_problems(
            [
                *self._topics_shared(),
                *self._groups_mixed(),
                *self._webhooks_alike(),
                *self._calendar_misfits(),
                *self._beside_misfits(),
            ]
        )
        return self

    def _topics_shared(self) -> Iterator[str]:
        owners: dict[str, str] = dict.fromkeys(
            ("counts", "alerts", "rejects"), "Weathervane itself"
        )
        for name, source in self._filled().items():
            owner = owners.setdefault(source.topic, f"sources.{name}")
            if owner != f"sources.{name}":
                yield f'sources.{name}.topic must be its own; "{source.topic}" is that of {owner}'

    def _groups_mixed(self) -> Iterator[str]:
        first: dict[str, Source] = {}
        for name, source in self._filled().items():
            if source.table.daily and source.bucket_s != 86400:
                yield f'sources.{name}.bucket must be "1d" where daily is true'
                continue
            peer = first.setdefault(source.group, source)
            if _clock(peer) != _clock(source):
                yield (
                    f"sources.{name}.group must hold sources of one bucket size and, for days, one"
                    f' time zone; "{source.group}" also holds sources.{peer.name}'
                )

    def _webhooks_alike(self) -> Iterator[str]:
        names = [hook.name for hook in self.webhooks]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f'webhooks.name must be unique, it is the receiver\'s queue; got "{name}" again'

    def _calendar_misfits(self) -> Iterator[str]:
        names = [entry.name for entry in self.calendar]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield (
                "calendar.name must be unique, what an entry prevents is counted by it;"
                f' got "{name}" again'
            )
        for number, entry in enumerate(self.calendar):
            for text in entry.applies_to:
                if text.partition("/")[0] not in self.count.levels:
                    yield (
                        f"calendar.{number}.applies_to must keep to the levels of count.levels"
                        f' ({", ".join(self.count.levels)}); got "{text}"'
                    )

    def _beside_misfits(self) -> Iterator[str]:
        names = [table.name for table in self.detect.beside]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield (
                f'detect.beside.name must be unique, alerts are told apart by it; got "{name}"'
                " again"
            )
        shares = sum(table.share for table in self.detect.beside)
        if shares >= 1.0:
            yield (
                "detect.beside.share must leave some of the budget to Weathervane's own"
                f" detectors: all together below 1; got {shares:.6g}"
            )
        for number, table in enumerate(self.detect.beside):
            for level in table.levels:
                if level not in self.count.levels:
                    yield (
                        f"detect.beside.{number}.levels must keep to the levels of count.levels"
                        f' ({", ".join(self.count.levels)}); got "{level}"'
                    )

    @cached_property
    def groups(self) -> dict[str, list[Source]]:
        """Sources by group, both in order of name."""
        out: dict[str, list[Source]] = {}
        for source in self.sources.values():
            out.setdefault(source.group, []).append(source)
        return dict(sorted(out.items()))

    @cached_property
    def hash(self) -> str:
        """Twelve hex digits over what decides the alerts: not addresses, ports or paths."""
        decisive = {
            "timezone": self.timezone,
            "count": self.count.model_dump(),
            "detect": self.detect.model_dump(
                exclude={"checkpoint_every"} | (set() if self.detect.beside else {"beside"})
            ),
            "sources": {
                k: v.model_dump(exclude={"topic"}) for k, v in sorted(self.sources_.items())
            },
            "calendar": [entry.model_dump() for entry in self.calendar],
            "named": [name for name, source in self.sources.items() if source.named],
        }
        text = orjson.dumps(decisive, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(text).hexdigest()[:12]
