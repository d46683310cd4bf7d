"""The tables ``[sources.x]``, and sources with every default filled in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from streams.config.duration import format_duration
from streams.config.fields import (
    BucketSize,
    Duration,
    Name,
    PositiveDuration,
    Table,
    Text,
    Zone,
    raise_problems,
)
from streams.items import Channel, ComplaintKind


class SourceTable(Table):
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
        raise_problems(self._misfits())
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


def clock(source: Source) -> tuple[int, str | None]:
    """What sources of a group share: days begin where their zone says."""
    return source.bucket_s, source.timezone if source.bucket_s == 86400 else None
