"""The manifest of an archive: how its buckets were counted, and what can judge them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from streams.archive.atomic_files import atomic_file
from streams.archive.facts_counted import CELLS_WORD, facts_missing, wanted_words
from streams.config.duration import format_duration
from streams.config.model import Config
from streams.detection.signals import FACTS_OF_SIGNAL, SourcedSignal
from streams.items import Level

FILE = "archive.json"
VERSION = 2


class ArchiveUnusable(Exception):
    """An archive cannot be used, or a part of it cannot; the message says why and what to do.

    Attributes
    ----------
    in_use
        Whether it can be used once the process that records into it has ended.
    """

    def __init__(self, message: str, *, in_use: bool = False) -> None:
        super().__init__(message)
        self.in_use = in_use


Origin = Literal["files", "kafka"]
"""What an archive is recorded from; a recording from one never continues the other."""


class SourceSettings(msgspec.Struct, frozen=True):
    """How a source was counted: to change any of these, the raw events are needed."""

    signal: SourcedSignal
    group: str
    bucket_s: int
    lateness_s: float
    max_ahead_s: float
    idle_after_s: float
    dedupe: bool
    daily: bool
    timezone: str
    facts: list[str] = []
    """What was counted beside totals, such as ``distinct/sender/reporters``: the table first."""


class Manifest(msgspec.Struct, frozen=True):
    """What holds for all of an archive.

    Attributes
    ----------
    levels, shards
        The levels and the number of shards of the counts.
    sources
        Settings of every source of the configuration, by name.
    name, timezone, config
        The configuration's name, time zone and hash, to distinguish archives.
    origin
        What it is recorded from.
    events
        Whether it holds raw events.
    complete
        Whether files were recorded to their end; None if there is no end, as for Kafka.
    damage
        The places where files broke off; what came after them is not recorded.
    """

    levels: list[Level]
    shards: int
    sources: dict[str, SourceSettings]
    name: str
    timezone: str
    config: str
    origin: Origin = "files"
    events: bool = False
    complete: bool | None = None
    damage: list[str] = []
    v: int = VERSION

    @classmethod
    def from_config(
        cls, config: Config, origin: Origin = "files", *, events: bool = False
    ) -> Manifest:
        """Make the manifest of a recording by this configuration."""
        return cls(
            levels=list(config.count.levels),
            shards=config.detect.shards,
            sources={
                source.name: SourceSettings(
                    signal=source.signal,
                    group=source.group,
                    bucket_s=source.bucket_s,
                    lateness_s=source.lateness_s,
                    max_ahead_s=source.max_ahead_s,
                    idle_after_s=source.idle_after_s,
                    dedupe=source.dedupe,
                    daily=source.table.daily,
                    timezone=source.timezone,
                    facts=wanted_words(source.facts),
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

    def write(self, root: Path) -> None:
        """Write it into an archive's folder."""
        text = msgspec.json.format(msgspec.json.encode(self), indent=2)
        with atomic_file(root / FILE) as file:
            file.write(text + b"\n")


_manifest = msgspec.json.Decoder(Manifest)


def read_manifest(root: Path) -> Manifest:
    """Read an archive's manifest.

    Raises
    ------
    ArchiveUnusable
        If the folder is not an archive, or an archive of another version.
    """
    path = root / FILE
    try:
        text = path.read_bytes()
        require_version(path, _versioned.decode(text), VERSION)
        return _manifest.decode(text)
    except OSError as error:
        raise ArchiveUnusable(
            f"{root}: must be an archive, that is a folder with {FILE}; {error.strerror}."
            " `weathervane record` makes one"
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ArchiveUnusable(
            f"{path}: must be a file that `weathervane record` wrote; {error}"
        ) from None


class Versioned(msgspec.Struct):
    """The version of a stored file, whatever else the file holds."""

    v: int


_versioned = msgspec.json.Decoder(Versioned)


def require_version(path: Path, found: Versioned, known: int) -> None:
    """Refuse a file that this version cannot read before any of it is misread.

    Raises
    ------
    ArchiveUnusable
        If it is of none of the known version and the two before it.
    """
    oldest = max(known - 2, 1)
    if not oldest <= found.v <= known:
        versions = str(known) if oldest == known else f"{oldest} to {known}"
        raise ArchiveUnusable(
            f"{path}: must be of version {versions}; found {found.v}, which another version of"
            " Weathervane wrote. Use that version, or record into another folder"
        )


def misfits(manifest: Manifest, config: Config, *, go_on: bool = False) -> list[str]:
    """Say why a configuration cannot judge an archive: a line for each reason, none if it can.

    Parameters
    ----------
    manifest
        How the archive was counted.
    config
        The configuration to judge it with.
    go_on
        Whether it is to be recorded on: then the same must be counted beside totals, too.
    """
    now = Manifest.from_config(config)
    problems = list(_misfits(manifest, now))
    if go_on:
        problems += [
            f"sources.{name} must still count {', '.join(gone)}, as the archive does;"
            " nothing asks for it any more"
            for name, source in now.sources.items()
            if name in manifest.sources
            and (gone := [w for w in manifest.sources[name].facts if w not in source.facts])
        ]
        problems += [
            f"sources.{name} must have counted {CELLS_WORD} when the archive was begun; it did not."
            " Record into another folder, or remove `cells`"
            for name, source in now.sources.items()
            if CELLS_WORD in source.facts
            and name in manifest.sources
            and CELLS_WORD not in manifest.sources[name].facts
        ]
    return problems


def _misfits(was: Manifest, now: Manifest) -> Iterator[str]:
    if set(was.levels) != set(now.levels):
        yield _must("count.levels", _list(was.levels), _list(now.levels))
    if was.shards != now.shards:
        yield _must("detect.shards", was.shards, now.shards)
    for name in sorted(was.sources.keys() - now.sources.keys()):
        yield f"sources.{name} must be configured: the archive holds its counts; it is missing"
    for name in sorted(now.sources.keys() - was.sources.keys()):
        yield (
            f"sources.{name} must be one of the archive's sources, {', '.join(was.sources)};"
            " remove it, or judge another archive"
        )
    for name in sorted(was.sources.keys() & now.sources.keys()):
        old, new = was.sources[name], now.sources[name]
        for field in SourceSettings.__struct_fields__:
            before, after = getattr(old, field), getattr(new, field)
            if field == "facts":
                yield from facts_missing(name, old.facts, new.facts)
                continue
            if field == "timezone" and not old.daily and old.bucket_s < 86_400:
                continue  # it does not decide where a bucket lies
            if before != after:
                key = {"signal": "kind"}.get(field, field.removesuffix("_s"))
                yield _must(f"sources.{name}.{key}", _shown(field, before), _shown(field, after))


def _must(key: str, was: object, now: object) -> str:
    return f"{key} must be {was}, as when the archive was recorded; got {now}"


def _list(levels: list[Level]) -> str:
    return ", ".join(levels)


def _shown(field: str, value: object) -> str:
    if field == "signal":
        return str(FACTS_OF_SIGNAL[str(value)].kind)
    if isinstance(value, bool):
        return str(value).lower()
    if field.endswith("_s") and isinstance(value, int | float):
        return f'"{format_duration(value)}"'
    return f'"{value}"'
