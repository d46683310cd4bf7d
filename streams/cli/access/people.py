"""What `user` and `token` share: who is known, read from the topic, and changes written to it."""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from typing import Annotated

import typer

from streams.access.directory import Directory
from streams.access.record import KeyedBytes
from streams.access.store import read_directory, write_records
from streams.access.view import View, read_view
from streams.broker.client.connection import Connection
from streams.broker.client.writer import WriteFailed
from streams.broker.errors import KafkaEdgeError
from streams.cli.console import err, fail
from streams.items import name_problem


def known(broker: Connection, topic: str) -> Directory:
    """Return who is known, or end with status 1."""
    try:
        directory, problems = read_directory(broker, topic)
    except KafkaEdgeError as error:
        fail(str(error))
    for problem in problems:
        err.print(problem, markup=False, highlight=False, soft_wrap=True)
    return directory


def write(broker: Connection, topic: str, records: Iterable[KeyedBytes]) -> None:
    """Write changes, or end with status 1."""
    try:
        write_records(broker, topic, records)
    except (KafkaEdgeError, WriteFailed) as error:
        fail(f"{error}; run the command again")


ViewOption = Annotated[
    str | None,
    typer.Option(
        "--view",
        metavar="all|platform:NAME|region:NAME|carrier:NAME",
        help="With add: see only what concerns one platform, or the codes that the registry gives"
        " to one carrier, or to one region alone. Default: all.",
        show_default=False,
    ),
]


def asked_view(text: str | None) -> View | None:
    """Return the view that was asked for, None for everything, or end with status 2."""
    try:
        return None if text is None else read_view(text)
    except ValueError as error:
        fail(f"--view {error}", 2)


def shown_view(view: View | None) -> str:
    """Return a view as a list names it."""
    return "all" if view is None else str(view)


def local_name() -> str:
    """Return what the system calls whoever runs the command."""
    try:
        found = getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
    return "unknown" if name_problem(found) else found


def required(name: str | None, command: str) -> str:
    """Return a name that must be given and be one, or end with status 2."""
    if name is None:
        fail(f"{command} must have a NAME", 2)
    problem = name_problem(name)
    if problem is not None or name != name.strip():
        fail(f"NAME {problem or 'must not begin or end with a blank'}", 2)
    return name
