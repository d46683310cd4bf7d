"""``weathervane init``: writes a commented configuration file."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from streams.archive.atomic_files import output_file
from streams.broker.client.connection import Connection
from streams.broker.errors import KafkaEdgeError
from streams.broker.topics.tail import last_records
from streams.cli.arguments import DEFAULT_CONFIG, BootstrapOption
from streams.cli.console import err, fail
from streams.config.addresses.hosts import brokers_problem
from streams.config.model import Config
from streams.config.problems import shown
from streams.printable import printable
from streams.sources.files.input_file import InputFile, Unopenable
from streams.sources.formats.format import PEOPLE, Kind
from streams.sources.privacy import ENVIRONMENT
from streams.sources.trial.block import Block, block, source_name
from streams.sources.trial.choose import Mapping, choose
from streams.sources.trial.look import Look, NotUnderstood, look_at_file, look_at_records
from streams.sources.trial.shared import shared_level

LOOKED_AT = 500
"""Records by which a mapping is proposed."""

_KEY = "hash.key"


def template() -> str:
    """Return the commented configuration; each of its values is the default."""
    return resources.files("streams.cli.setup").joinpath("template.toml").read_text("utf-8")


def init(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="The file to write. Default: weathervane.toml.", show_default=False
        ),
    ] = None,
    topic: Annotated[
        str | None,
        typer.Option(
            "--topic",
            metavar="NAME",
            help="Propose a source that reads this topic, by its last records.",
            show_default=False,
        ),
    ] = None,
    sample: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="SAMPLE",
            help="Propose a source for files like this one, by its first records.",
            show_default=False,
        ),
    ] = None,
    complaints: Annotated[
        bool | None,
        typer.Option(
            "--complaints/--sends",
            help="What the records of --topic or --from are. Default: as their names say.",
            show_default=False,
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="The same as FILE.", hidden=True)
    ] = None,
    bootstrap: BootstrapOption = None,
) -> None:
    """Write a commented configuration file with the default values.

    With --topic or --from it proposes a source: which place is the time, the
    sender, a person. Look at what it proposes, then see with `weathervane try`
    what the records become. An existing file is never overwritten.

    Example: weathervane init && weathervane check-config

    Example: weathervane init --topic mt_log --bootstrap kafka-1:9092
    """
    path = file or config or DEFAULT_CONFIG
    if path.exists():
        fail(f"{path}: must not exist yet; found one: move it away, or name another path")
    if topic is not None and sample is not None:
        fail("--topic and --from must not be given together: give the one that count will read", 2)
    if bootstrap is not None and (problem := brokers_problem(bootstrap)) is not None:
        fail(f"--bootstrap {problem}; got {shown(bootstrap)}", 2)
    text, key = template(), None
    if bootstrap is not None:
        text = text.replace(f'"{Config().kafka.bootstrap}"', f'"{bootstrap}"', 1)
    kind: Kind | None = None if complaints is None else "complaint" if complaints else "send"
    notes: list[str] = []
    if topic is not None or sample is not None:
        look, settings = _look(topic, sample, bootstrap)
        found = choose(
            look.columns, look.records, now_s=time.time(), timezone=Config().timezone, kind=kind
        )
        if look.format == "arf":
            found.kind = "complaint"
        text += f"\n{block(settings, found)}"
        shared = shared_level(found.senders)
        if shared is not None:
            text += f"\n{shared.lines(Config().count.levels)}"
        if PEOPLE & found.places.keys() and not os.environ.get(ENVIRONMENT):
            key = path.parent / _KEY
            named = json.dumps(str(key.absolute()), ensure_ascii=False)
            text = text.replace('# hash_key_file = "hash.key" ', f"hash_key_file = {named}   ", 1)
        notes = _notes(settings, found, path, bootstrap)
        if shared is not None:
            notes.append(
                f"{shared.ids} different senders have something in common: the file proposes"
                f" levels.{shared.level}, at which ids that change show"
            )
    _write(path, lambda target: _write_new(target, text.encode()))
    if key is not None and not key.exists():
        _write(key, _write_key)
        notes.append(f"wrote {key}, by which people are hashed: keep it; another key, other hashes")
    for note in (f"wrote {path}; check it with: weathervane check-config {path}", *notes):
        err.print(note, markup=False, highlight=False, soft_wrap=True)


def _look(topic: str | None, sample: Path | None, bootstrap: str | None) -> tuple[Look, Block]:
    """Look at some records, or end with status 1 and say what is in the way."""
    try:
        if topic is not None:
            place = Connection(bootstrap or Config().kafka.bootstrap)
            records = last_records(place, topic, LOOKED_AT)
            look = look_at_records([record.value or b"" for record in records])
            name = source_name(topic)
        else:
            assert sample is not None
            with_lines = InputFile(sample)
            try:
                look = look_at_file(list(islice(with_lines.lines(), LOOKED_AT)))
            finally:
                with_lines.close()
            name = source_name(sample.name)
    except (NotUnderstood, Unopenable, KafkaEdgeError) as error:
        fail(str(error))
    anothers = None if look.own else topic
    return look, Block(
        name, look.format, anothers, look.items, look.delimiter, look.encoding, look.header
    )


def _notes(settings: Block, found: Mapping, path: Path, bootstrap: str | None) -> list[str]:
    named = printable(", ".join(f"{field} = {place}" for field, place in found.places.items()))
    said = [f"proposed sources.{settings.name} ({found.kind}s): {named or 'no place was found'}"]
    if found.time is not None and found.time.problem is not None:
        said.append(f"its time {found.time.problem}: choose in the file")
    sample = "" if settings.topic is not None else " SAMPLE"
    config = "" if path == DEFAULT_CONFIG else f" --config {path}"
    broker = "" if bootstrap is None or sample else f" --bootstrap {bootstrap}"
    command = f"weathervane try {settings.name}{sample}{config}{broker}"
    said.append(f"see what its records become: {command}")
    return said


def _write(path: Path, write: Callable[[Path], None]) -> None:
    try:
        write(path)
    except FileExistsError:
        fail(f"{path}: must not exist yet; found one: move it away, or name another path")
    except OSError as error:
        fail(f"{path}: cannot be written: {error.strerror}")


def _write_new(path: Path, content: bytes) -> None:
    with output_file(path, new=True) as written:
        written.write(content)


def _write_key(path: Path) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as written:
        written.write(secrets.token_hex(32).encode() + b"\n")
