"""``weathervane user``: people who may log in."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import orjson
import typer
from rich.table import Table

from streams.access.directory import Directory
from streams.access.passwords import password_hash, password_problem
from streams.access.record import KeyedBytes, User, encode_record, tombstone
from streams.access.roles import Role
from streams.access.secrets import new_mark
from streams.access.view import View
from streams.cli.access.people import (
    ViewOption,
    asked_view,
    known,
    local_name,
    required,
    shown_view,
    write,
)
from streams.cli.arguments import (
    BootstrapOption,
    ConfigOption,
    JsonOption,
    connection,
    nearest,
    read_config,
)
from streams.cli.console import err, fail, out
from streams.cli.language import reader
from streams.cli.terminal import plain
from streams.language.catalogue import mark


def user(
    what: Annotated[
        Literal["add", "list", "remove", "password"],
        typer.Argument(metavar="add|list|remove|password", help="What to do.", show_default=False),
    ],
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Whom it is about.", show_default=False),
    ] = None,
    role: Annotated[
        Role | None,
        typer.Option(
            "--role",
            metavar="viewer|operator|admin",
            help="With add: what the user may do. Default: operator.",
            show_default=False,
        ),
    ] = None,
    view: ViewOption = None,
    password_file: Annotated[
        Path | None,
        typer.Option(
            "--password-file",
            metavar="FILE",
            help="Read the password from the first line of a file; - is standard input. Without it"
            " the password is asked for.",
            show_default=False,
        ),
    ] = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add, list and remove people who may log in at serve.

    As soon as there is a user or a token, serve asks everybody who they are.
    A new password, and a removal, end the user's sessions at once.

    Example: weathervane user add wang --role operator

    Example: weathervane user add li --view "platform:Mall"

    Example: weathervane user password wang --password-file wang.txt

    Example: weathervane user list
    """
    settings = read_config(config, bootstrap)
    broker, topic = connection(settings), settings.topic("users")
    takes_password = what in ("add", "password")
    if role is not None and what != "add":
        fail("--role must be given with add; to change it, remove the user and add it anew", 2)
    if view is not None and what != "add":
        fail("--view must be given with add; to change it, remove the user and add it anew", 2)
    sees = asked_view(view)
    if password_file is not None and not takes_password:
        fail("--password-file must be given with add or password", 2)
    if what == "list":
        if name is not None:
            fail("list must be given without a NAME", 2)
        _show(known(broker, topic), settings.timezone, as_json=as_json)
        return
    name = required(name, what)
    secret = _password(password_file) if takes_password else ""
    directory = known(broker, topic)
    before = directory.user(name)
    if what == "add":
        if before is not None:
            fail(f"NAME must be new; {name} is a user: `user password` sets a password")
        changes = [encode_record(_made(name, role or "operator", secret, sees))]
        done = mark("{name} may log in as {role}")
    elif before is None:
        names = ", ".join(nearest(name, [user.name for user in directory.users])) or "nothing"
        fail(f"NAME must be a user's; got {name}, found {names} like it")
    elif what == "password":
        changes = [
            encode_record(_made(name, before.role, secret, before.view)),
            *_sessions(directory, name),
        ]
        done = mark("{name} has a new password; sessions of the one before are over")
    else:
        changes = [tombstone(before), *_sessions(directory, name)]
        done = mark("{name} is removed, and may log in no more")
    write(broker, topic, changes)
    if as_json:
        _print_json({"user": name, "done": what})
    else:
        said = reader().gettext(done).format(name=name, role=role or "operator")
        out.print(said, markup=False, highlight=False, soft_wrap=True)


def _made(name: str, role: Role, password: str, view: View | None) -> User:
    return User(
        name=name,
        role=role,
        password=password_hash(password),
        mark=new_mark(),
        at=dt.datetime.now(dt.UTC),
        by=local_name(),
        view=view,
    )


def _sessions(directory: Directory, name: str) -> list[KeyedBytes]:
    return [tombstone(session) for session in directory.sessions_of(name)]


def _password(file: Path | None) -> str:
    if file is None:
        if not sys.stdin.isatty():
            fail("--password-file must be given where nobody can be asked; - is standard input", 2)
        secret = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        try:
            text = sys.stdin.readline() if str(file) == "-" else file.read_text("utf-8")
        except (OSError, UnicodeError) as error:
            said = error.strerror if isinstance(error, OSError) else "is not UTF-8"
            fail(f"--password-file must be a file that can be read; {file}: {said}", 2)
        secret = (text.splitlines() or [""])[0]
    problem = password_problem(secret)
    if problem is not None:
        fail(f"the password {problem}", 2)
    return str(secret)


def _show(directory: Directory, timezone: str, *, as_json: bool) -> None:
    users = list(directory.users)
    if as_json:
        for each in users:
            _print_json(
                {
                    "name": each.name,
                    "role": each.role,
                    "view": shown_view(each.view),
                    "since": each.at,
                    "by": each.by,
                }
            )
        return
    words = reader()
    table = Table(box=None, pad_edge=False)
    for head in (mark("User"), mark("Role"), mark("View"), mark("Since"), mark("By")):
        table.add_column(words.gettext(head), overflow="fold")
    zone = ZoneInfo(timezone)
    for each in users:
        since = f"{each.at.astimezone(zone):%Y-%m-%d %H:%M}"
        table.add_row(
            plain(each.name), each.role, plain(shown_view(each.view)), since, plain(each.by)
        )
    if users:
        out.print(table)
    text = words.ngettext("{n} user; times in {zone}", "{n} users; times in {zone}", len(users))
    err.print(text.format(n=len(users), zone=timezone), highlight=False)


def _print_json(value: object) -> None:
    line = orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()
    out.print(line, soft_wrap=True, highlight=False, markup=False)
