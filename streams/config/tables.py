"""The smaller tables of the configuration."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from streams.config.addresses.access import ProxyTable, TlsTable
from streams.config.festivals import Festival
from streams.config.fields import (
    AppliesTo,
    Brokers,
    BucketSize,
    Duration,
    FilePath,
    Host,
    KeptDays,
    Levels,
    Name,
    Port,
    PositiveDuration,
    ProcessAddress,
    PublicAddress,
    Table,
    Text,
    raise_problems,
)
from streams.delivery.notify.table import MatchTable
from streams.items import ComplaintKind, name_problem

MOST_OPENING_RULES: Final = 100
"""Tables ``[[cases.open]]``."""


class Kafka(Table):
    """Where the broker is, and librdkafka's settings for getting there."""

    bootstrap: Brokers = "127.0.0.1:9092"
    client: dict[str, str] = Field(default_factory=dict, repr=False)


class Count(Table):
    """How events become counts; each source may override the durations."""

    bucket: BucketSize = 60.0
    lateness: Duration = 10.0
    max_ahead: PositiveDuration = 300.0
    idle_after: PositiveDuration = 30.0
    max_senders: Annotated[int, Field(ge=1, le=100_000_000)] = 250_000
    levels: Levels = Field(default=["sender", "signature", "platform", "all"])


class Rejects(Table):
    """Whether a reject carries the bytes of its record; it always carries their hash."""

    payload: Literal["full", "none"] = "full"


class SeriesTable(Table):
    """Serve's own copy of what detection expected: how long, and how large."""

    keep: KeptDays = 90 * 86_400.0
    most_gb: Annotated[int, Field(ge=1, le=10_000)] = 10


class BulletinTable(Table):
    """Bulletins that serve makes when their period is over, and from which archive."""

    periods: list[Literal["day", "week", "month"]] = Field(default_factory=list)
    archive: FilePath | None = None


class Serve(Table):
    """The HTTP service of the feed; loopback unless configured.

    `url` is where people reach it: messages link to alerts there.
    """

    host: Host = "127.0.0.1"
    port: Port = 8780
    keep: Annotated[int, Field(ge=1, le=10_000_000)] = 100_000
    url: PublicAddress | None = None
    feed_keys: FilePath | None = Field(default=None, repr=False)
    hosts: Annotated[list[Host], Field(max_length=100)] = Field(default_factory=list)
    tls: TlsTable | None = None
    proxy: ProxyTable | None = None
    series: SeriesTable = SeriesTable()
    bulletin: BulletinTable = BulletinTable()

    def link_to(self, alert_id: str) -> str | None:
        """Return the address of an alert's page; None where no address is configured."""
        return None if self.url is None else f"{self.url}/alerts/{alert_id}"


class Metrics(Table):
    """Each process's own Prometheus endpoint."""

    host: Host = "127.0.0.1"
    count_port: Port = 9101
    detect_port: Port = 9102
    serve_port: Port = 9103


class Monitor(Table):
    """Where the monitor's own state is asked for, and how often webhooks are told of it."""

    processes: list[ProcessAddress] = Field(default_factory=list)
    look_every: PositiveDuration = 30.0
    heartbeat: Duration = 3600.0


class LocalArchive(Table):
    """The local archive, into which `up` records."""

    keep: KeptDays = 90 * 86_400.0


class CalendarEntry(Table):
    """A ``[[calendar]]`` table: days on which more than usual is expected of some entities."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    festival: Festival | None = None
    from_: Annotated[dt.date | None, Field(alias="from")] = None
    to: dt.date | None = None
    applies_to: Annotated[list[AppliesTo], Field(min_length=1)]
    factor: Annotated[float, Field(gt=1, le=100)]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        raise_problems(self._misfits())
        return self

    def _misfits(self) -> Iterator[str]:
        days = (self.from_ is not None, self.to is not None)
        if days != ((True, True) if self.festival is None else (False, False)):
            yield "must have either `festival`, or both `from` and `to`"
        elif self.from_ and self.to and self.to < self.from_:
            yield f"must have `to` at or after `from`; got {self.from_} to {self.to}"


class OpeningRule(Table):
    """A ``[[cases.open]]`` table: an alert that matches opens a case, once."""

    name: Name
    match: MatchTable
    kind: ComplaintKind | None = None
    owner: Text | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        problem = None if self.owner is None else name_problem(self.owner)
        raise_problems([] if problem is None else [f"owner {problem}"])
        return self


class HandleWithinOf(Table):
    """How long an addressee has for a case of a kind of complaints, where it differs."""

    marketing: PositiveDuration | None = None
    fraud: PositiveDuration | None = None
    illegal: PositiveDuration | None = None
    optout_ignored: PositiveDuration | None = None
    other: PositiveDuration | None = None


class Cases(Table):
    """How cases are handled.

    Attributes
    ----------
    handle_within
        Seconds from a transfer to its deadline, where nobody says another one.
    handle_within_of
        The same for cases of a kind of complaints.
    open
        Rules; the first that an alert matches opens its case.
    """

    handle_within: PositiveDuration = 15 * 86_400.0
    handle_within_of: HandleWithinOf = HandleWithinOf()
    open: Annotated[list[OpeningRule], Field(max_length=MOST_OPENING_RULES)] = Field(
        default_factory=list
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        names = [rule.name for rule in self.open]
        raise_problems(
            f"must have each name in `open` once; {name} is there {names.count(name)} times"
            for name in dict.fromkeys(names)
            if names.count(name) > 1
        )
        return self

    def within_s(self, kind: ComplaintKind | None) -> float:
        """Return how long an addressee has for a case of a kind."""
        own: float | None = None if kind is None else getattr(self.handle_within_of, kind)
        return self.handle_within if own is None else own
