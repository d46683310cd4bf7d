"""What an archive's buckets were counted by, and whether a configuration can judge them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from streams.archive.atomic_files import whole
from streams.config.duration import format_duration
from streams.config.model import Config
from streams.detection.signals import Signal
from streams.items import Level

FILE = "archive.json"
VERSION = 1


class ArchiveUnusable(Exception):
    """An archive, or a part of it, cannot be used; the message says why, and the remedy."""


Origin = Literal["files", "kafka"]
"""What an archive is recorded from: the one is never continued by the other."""


class Counted(msgspec.Struct, frozen=True):
    """How a source was counted: what of it raw events would be needed to change."""

    signal: Signal
    group: str
    bucket_s: int
    lateness_s: float
    max_ahead_s: float
    idle_after_s: float
    dedupe: bool
    daily: bool
    timezone: str


class Manifest(msgspec.Struct, frozen=True):
    """What is the same for all of an archive.

    Attributes
    ----------
    levels, shards
        As they were counted.
    sources
        Every source of the configuration, by name.
    name, timezone, config
        The configuration's name, time zone and hash, to tell archives apart.
    origin
        What it is recorded from.
    events
        Whether it holds raw events.
    complete
        Whether files were recorded to their end; None where there is none, as from Kafka.
    damage
        Where files broke off: what came after that is not recorded.
    """

    levels: list[Level]
    shards: int
    sources: dict[str, Counted]
    name: str
    timezone: str
    config: str
    origin: Origin = "files"
    events: bool = False
    complete: bool | None = None
    damage: list[str] = []
    v: int = VERSION

    @classmethod
    def of(cls, config: Config, origin: Origin = "files", *, events: bool = False) -> Manifest:
        """What a recording by this configuration is counted by."""
        return cls(
            levels=list(config.count.levels),
            shards=config.detect.shards,
            sources={
                source.name: Counted(
                    signal=source.signal,
                    group=source.group,
                    bucket_s=source.bucket_s,
                    lateness_s=source.lateness_s,
                    max_ahead_s=source.max_ahead_s,
                    idle_after_s=source.idle_after_s,
                    dedupe=source.dedupe,
                    daily=source.table.daily,
                    timezone=source.timezone,
                )
                for source in config.sources.values()
            },
            name=config.name,
            timezone=config.timezone,
            config=config.hash,
            origin=origin,
            events=events,
            complete=False if origin == "files" else None,
        )

    def write(self, place: Path) -> None:
        """Write it into an archive's folder."""
        text = msgspec.json.format(msgspec.json.encode(self), indent=2)
        with whole(place / FILE) as file:
            file.write(text + b"\n")


def read_manifest(place: Path) -> Manifest:
    """Read an archive's manifest.

    Raises
    ------
    ArchiveUnusable
        Where the folder is no archive, or one of another version.
    """
    path = place / FILE
    try:
        text = path.read_bytes()
        require_version(path, msgspec.json.decode(text, type=Versioned), VERSION)
        return msgspec.json.decode(text, type=Manifest)
    except OSError as error:
        raise ArchiveUnusable(
            f"{place}: must be an archive, a folder with {FILE}; {error.strerror}."
            " `weathervane record` makes one"
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ArchiveUnusable(f"{path}: must be what `weathervane record` wrote; {error}") from None


class Versioned(msgspec.Struct):
    """The version of what is stored, whatever else it holds."""

    v: int


def require_version(path: Path, found: Versioned, known: int) -> None:
    """Refuse what another version has written, before any of it is taken for what it is not.

    Raises
    ------
    ArchiveUnusable
        Where it is not the version that is known.
    """
    if found.v != known:
        raise ArchiveUnusable(
            f"{path}: must be of version {known}; found {found.v}: another version of Weathervane"
            " made it. Use that one, or record into another folder"
        )


def misfits(manifest: Manifest, config: Config) -> list[str]:
    """Why a configuration cannot judge an archive: a line for each reason, none if it can.

    Parameters
    ----------
    manifest
        What the archive was counted by.
    config
        The configuration to judge it with.
    """
    return list(_misfits(manifest, Manifest.of(config)))


def _misfits(was: Manifest, now: Manifest) -> Iterator[str]:
    if set(was.levels) != set(now.levels):
        yield _must("count.levels", _list(was.levels), _list(now.levels))
    if was.shards != now.shards:
        yield _must("detect.shards", was.shards, now.shards)
    for name in sorted(was.sources.keys() - now.sources.keys()):
        yield f"sources.{name} must be there: the archive holds its counts; it is not"
    for name in sorted(now.sources.keys() - was.sources.keys()):
        yield f"sources.{name} must be one of the archive's ({', '.join(was.sources)})"
    for name in sorted(was.sources.keys() & now.sources.keys()):
        old, new = was.sources[name], now.sources[name]
        for field in Counted.__struct_fields__:
            before, after = getattr(old, field), getattr(new, field)
            if field == "timezone" and not old.daily and old.bucket_s < 86_400:
                continue  # it decides no bucket's place
            if before != after:
                key = {"signal": "kind"}.get(field, field.removesuffix("_s"))
                yield _must(f"sources.{name}.{key}", _shown(field, before), _shown(field, after))


def _must(key: str, was: object, now: object) -> str:
    return f"{key} must be what the archive was counted by, {was}; got {now}"


def _list(levels: list[Level]) -> str:
    return ", ".join(levels)


def _shown(field: str, value: object) -> str:
    if field == "signal":
        return {"sends": "send"}.get(str(value), "complaint")
    if isinstance(value, bool):
        return str(value).lower()
    if field.endswith("_s") and isinstance(value, int | float):
        return f'"{format_duration(value)}"'
    return f'"{value}"'
