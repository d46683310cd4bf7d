"""Arguments that several commands take, and how they are read."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent
from streams.broker.errors import SettingsError
from streams.cli.console import fail
from streams.config.addresses.hosts import brokers_problem
from streams.config.detect import DetectorCheck
from streams.config.load import ConfigError, load_config
from streams.config.model import Config
from streams.config.problems import shown
from streams.names.canonical import form_of_stored
from streams.printable import printable
from streams.sources.privacy import NoHashKey, read_hash_key

DEFAULT_CONFIG = Path("weathervane.toml")
_MOST_NAMES = 5
_INSTANCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Configuration file. Default: weathervane.toml if there is one, else the built-in"
        " defaults.",
        show_default=False,
    ),
]
BootstrapOption = Annotated[
    str | None,
    typer.Option(
        "--bootstrap",
        metavar="HOST:PORT",
        help="Kafka brokers, separated by commas; overrides the configuration.",
        show_default=False,
    ),
]


def instance_name(name: str | None) -> str | None:
    """Check an instance's name: groups' members and folders are called after it."""
    if name is None or _INSTANCE.fullmatch(name):
        return name
    raise typer.BadParameter(
        "must be 1 to 100 letters, digits, '.', '_' or '-', a letter or digit first"
    )


InstanceOption = Annotated[
    str | None,
    typer.Option(
        "--instance",
        metavar="NAME",
        callback=instance_name,
        help="A name that no other process of this kind has. After a restart the process gets its"
        " partitions back at once (static membership).",
        show_default=False,
    ),
]
SortOption = Annotated[
    bool,
    typer.Option(
        "--sort",
        help="Put each source's events into the order of their times first. What does not fit into"
        " memory goes into the temporary folder.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        help="Only at this time or later, such as 2026-03-02 or 2026-03-02T18:00.",
        show_default=False,
    ),
]


def read_config(path: Path | None, bootstrap: str | None = None, *, judges: bool = False) -> Config:
    """Read the configuration, or end with status 2 and every problem.

    Parameters
    ----------
    path, bootstrap
        The file, and a broker's address that overrides the file's.
    judges
        Whether the command judges counts. Only such commands import and try the river detectors
        that the file names.
    """
    check: DetectorCheck | None = None
    if judges:
        from streams.detection.plugins import river_detector as check
    try:
        config = load_config(
            path or DEFAULT_CONFIG, must_exist=path is not None, detector_check=check
        )
    except ConfigError as error:
        fail(str(error), 2)
    if bootstrap is None:
        return config
    problem = brokers_problem(bootstrap)
    if problem is not None:
        fail(f"--bootstrap {problem}; got {shown(bootstrap)}", 2)
    kafka = config.kafka.model_copy(update={"bootstrap": bootstrap})
    return config.model_copy(update={"kafka": kafka})


def connection(config: Config) -> Connection:
    """Return the broker's address and client settings, or end with status 2."""
    found = Connection(config.kafka.bootstrap, config.kafka.client)
    try:
        for_confluent(found)
    except SettingsError as error:
        fail(str(error), 2)
    return found


def topics_key(config: Config) -> bytes | None:
    """Return the key for hashing people in topics that are another's, or end with status 2."""
    try:
        return read_hash_key(config, [s for s in config.sources.values() if s.only_read])
    except NoHashKey as error:
        fail(str(error), 2)


def files_by_source(config: Config, arguments: Sequence[str]) -> dict[str, list[Path]]:
    """Read ``SOURCE=FILE`` arguments, or end with status 2 and name the wrong one."""
    files: dict[str, list[Path]] = {}
    for argument in arguments:
        name, separator, path = argument.partition("=")
        if not separator:
            fail(f"{argument}: must be SOURCE=FILE, such as ftc=complaints.csv.gz", 2)
        if name not in config.sources:
            known = ", ".join(config.sources)
            fail(f"{argument}: the source must be one of the configuration's ({known})", 2)
        files.setdefault(name, []).append(Path(path))
    return files


def parse_entity(argument: str, text: str, levels: Sequence[str]) -> tuple[str, str]:
    """Read ``sender/106900012345``, or end with status 2 and name the `argument`."""
    level, slash, name = text.partition("/")
    if not slash or not name or level not in levels:
        fail(
            f"{argument} must be a level, a slash and an id, such as sender/106900012345;"
            f" got {text}",
            2,
        )
    return level, name if level == "source" else form_of_stored(name)


def parse_since(text: str | None) -> dt.datetime | None:
    """Read the time of `SinceOption`, perhaps without a zone, or end with status 2."""
    if text is None:
        return None
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        fail(f'--since must be a time such as "2026-03-02T18:00"; got {printable(text)[:80]}', 2)


def in_zone(time: dt.datetime | None, timezone: str) -> dt.datetime | None:
    """Give a time that names no zone that of the configuration."""
    if time is None or time.tzinfo is not None:
        return time
    return time.replace(tzinfo=ZoneInfo(timezone))


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return the names most similar to one: those that contain it, then those that differ little.

    Examples
    --------
    >>> nearest("106900012354", ["106900012345", "106900099999", "95588"])
    ['106900012345']
    >>> nearest("Mall", ["The Mall", "Bank"])
    ['The Mall']
    """
    start, end = name[:3], name[-3:]
    similar, containing = [], []
    for candidate in known:
        if name in candidate:
            containing.append(candidate)
        elif candidate.startswith(start) or candidate.endswith(end):
            # A typing error leaves the start or the end intact; comparing every name is too slow.
            similar.append(candidate)
    close = difflib.get_close_matches(name, similar, _MOST_NAMES)
    return [*sorted(containing)[:_MOST_NAMES], *close][:_MOST_NAMES]
