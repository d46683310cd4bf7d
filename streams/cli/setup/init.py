"""``weathervane init``: writes a commented configuration file."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Sequence
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from streams.archive.atomic_files import output_file
from streams.broker.client.connection import Connection
from streams.broker.errors import KafkaEdgeError
from streams.broker.topics.tail import last_records
from streams.cli.arguments import DEFAULT_CONFIG, BootstrapOption
from streams.cli.console import err, fail
from streams.cli.setup.known_shape import KnownShape, known_shapes
from streams.config.addresses.hosts import brokers_problem
from streams.config.model import Config
from streams.config.problems import shown
from streams.printable import printable
from streams.sources.files.input_file import InputFile, Unopenable
from streams.sources.formats.format import PEOPLE, Kind
from streams.sources.presets.shipped import PRESETS
from streams.sources.privacy import ENVIRONMENT
from streams.sources.trial.block import (
    Block,
    block,
    preset_block,
    registry_block,
    source_name,
)
from streams.sources.trial.choose import Mapping, choose
from streams.sources.trial.look import (
    NotUnderstood,
    look_at_file,
    look_at_records,
    names_schemas,
)
from streams.sources.trial.shared import shared_level

LOOKED_AT = 500
"""Records by which a mapping is proposed."""

_KEY = "hash.key"


class _Proposed(NamedTuple):
    """Tables of sources, what to say of them, their names, and whether people are in them."""

    table: str
    notes: list[str]
    names: list[str]
    people: bool = False


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
        proposed = _propose(topic, sample, bootstrap, kind)
        text += f"\n{proposed.table}"
        if proposed.people and not os.environ.get(ENVIRONMENT):
            key = path.parent / _KEY
            named = json.dumps(str(key.absolute()), ensure_ascii=False)
            text = text.replace('# hash_key_file = "hash.key" ', f"hash_key_file = {named}   ", 1)
        notes = [*proposed.notes, *map(_command(topic, path, bootstrap), proposed.names)]
    _write(path, lambda target: _write_new(target, text.encode()))
    if key is not None and not key.exists():
        _write(key, _write_key)
        notes.append(f"wrote {key}, by which people are hashed: keep it; another key, other hashes")
    for note in (f"wrote {path}; check it with: weathervane check-config {path}", *notes):
        err.print(note, markup=False, highlight=False, soft_wrap=True)


def _propose(
    topic: str | None, sample: Path | None, bootstrap: str | None, kind: Kind | None
) -> _Proposed:
    """Look at some records, or end with status 1 and say what is in the way."""
    try:
        values, name = _records(topic, sample, bootstrap)
        shapes = known_shapes(values, kind)
        if shapes:
            return _of_preset(name, topic, shapes)
        if topic is not None and names_schemas(values):
            note = f"sources.{name}: the records name schemas in a registry: say where it is"
            return _Proposed(registry_block(name, topic), [note], [name])
        look = look_at_file(values) if topic is None else look_at_records(values)
    except (NotUnderstood, Unopenable, KafkaEdgeError) as error:
        fail(str(error))
    anothers = None if look.own else topic
    around = look.items, look.delimiter, look.encoding, look.header
    settings = Block(name, look.format, anothers, *around)
    now_s, timezone = time.time(), Config().timezone
    found = choose(look.columns, look.records, now_s=now_s, timezone=timezone, kind=kind)
    if look.format == "arf":
        found.kind = "complaint"
    table, notes = block(settings, found), _notes(settings, found)
    shared = shared_level(found.senders)
    if shared is not None:
        table += f"\n{shared.lines(Config().count.levels)}"
        notes.append(
            f"{shared.ids} different senders have something in common: the file proposes"
            f" levels.{shared.level}, at which ids that change show"
        )
    return _Proposed(table, notes, [name], bool(PEOPLE & found.places.keys()))


def _records(
    topic: str | None, sample: Path | None, bootstrap: str | None
) -> tuple[list[bytes], str]:
    """Return some records, or a file's first lines, and what their source may be called."""
    if topic is not None:
        place = Connection(bootstrap or Config().kafka.bootstrap)
        records = last_records(place, topic, LOOKED_AT)
        return [record.value or b"" for record in records], source_name(topic)
    assert sample is not None
    with_lines = InputFile(sample)
    try:
        return list(islice(with_lines.lines(), LOOKED_AT)), source_name(sample.name)
    finally:
        with_lines.close()


def _of_preset(name: str, topic: str | None, shapes: Sequence[KnownShape]) -> _Proposed:
    names = [f"{name}-{s.kind}s" if len(shapes) > 1 else name for s in shapes]
    tables = [
        preset_block(own, topic, shape.kind, shape.preset, shape.unwrap)
        for own, shape in zip(names, shapes, strict=True)
    ]
    notes = [
        f"proposed sources.{own} ({shape.kind}s): the records have the shape of {shape.preset}"
        for own, shape in zip(names, shapes, strict=True)
    ]
    people = any(PEOPLE & PRESETS[shape.preset].keys[shape.kind].keys() for shape in shapes)
    return _Proposed("\n".join(tables), notes, names, people)


def _notes(settings: Block, found: Mapping) -> list[str]:
    named = printable(", ".join(f"{field} = {place}" for field, place in found.places.items()))
    said = [f"proposed sources.{settings.name} ({found.kind}s): {named or 'no place was found'}"]
    if found.time is not None and found.time.problem is not None:
        said.append(f"its time {found.time.problem}: choose in the file")
    return said


def _command(topic: str | None, path: Path, bootstrap: str | None) -> Callable[[str], str]:
    """Return what says how to see what a source's records become."""
    sample = "" if topic is not None else " SAMPLE"
    config = "" if path == DEFAULT_CONFIG else f" --config {path}"
    broker = "" if bootstrap is None or sample else f" --bootstrap {bootstrap}"
    return lambda name: (
        f"see what its records become: weathervane try {name}{sample}{config}{broker}"
    )


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
