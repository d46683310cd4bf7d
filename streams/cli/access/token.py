"""``weathervane token``: programs that may ask serve."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import orjson
import typer
from rich.table import Table

from streams.access.directory import Directory
from streams.access.record import Token, encode_record, tombstone
from streams.access.roles import SCOPES, Role
from streams.access.secrets import hashed, new_token
from streams.alerts.phrases import listed
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
    read_config,
)
from streams.cli.console import err, fail, out
from streams.cli.language import reader
from streams.cli.terminal import plain
from streams.config.duration import parse_duration
from streams.language.catalogue import mark

_DEFAULT_FOR = "90d"
_LONGEST_S = 3650 * 86_400.0


def token(
    what: Annotated[
        Literal["add", "list", "revoke"],
        typer.Argument(metavar="add|list|revoke", help="What to do.", show_default=False),
    ],
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="What the program is called; with revoke also its id."),
    ] = None,
    role: Annotated[
        Role | None,
        typer.Option(
            "--role",
            metavar="viewer|operator|admin",
            help="With add: what it may do. Default: viewer.",
            show_default=False,
        ),
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            metavar="feeds|read|act",
            help="With add: only this of what its role may do; may be repeated. Default: all.",
            show_default=False,
        ),
    ] = None,
    view: ViewOption = None,
    lasts: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="DURATION",
            help=f"With add: how long it holds, at most 3650d. Default: {_DEFAULT_FOR}.",
            show_default=False,
        ),
    ] = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add, list and revoke tokens: the way in for programs.

    A token is printed once; only its hash is kept. A program sends it as
    "Authorization: Bearer TOKEN".

    Example: weathervane token add regulator --scope feeds --for 365d

    Example: weathervane token add mall --view platform:Mall

    Example: weathervane token revoke regulator
    """
    settings = read_config(config, bootstrap)
    broker, topic = connection(settings), settings.topic("users")
    for each in scope or []:
        if each not in SCOPES:
            fail(f"--scope must be one of {', '.join(SCOPES)}; got {each}", 2)
    if what != "add" and (role or scope or lasts or view):
        fail("--role, --scope, --view and --for must be given with add", 2)
    sees = asked_view(view)
    if what == "list":
        if name is not None:
            fail("list must be given without a NAME", 2)
        _show(known(broker, topic), settings.timezone, as_json=as_json)
        return
    name = required(name, what)
    now = dt.datetime.now(dt.UTC)
    if what == "revoke":
        gone = [each for each in known(broker, topic).tokens if name in (each.name, each.id)]
        if not gone:
            fail(f"NAME must be a token's name or id; got {name}: `token list` shows them")
        write(broker, topic, [tombstone(each) for each in gone])
        _say({"revoked": [each.id for each in gone]}, f"{name} is revoked", as_json=as_json)
        return
    expires = now + dt.timedelta(seconds=_seconds(lasts or _DEFAULT_FOR))
    directory = known(broker, topic)
    if any(each.name == name for each in directory.tokens):
        fail(f"NAME must be new; {name} is a token: revoke it, or take another name")
    if directory.user(name) is not None:
        fail(f"NAME must be new; {name} is a user, and actions are by a name")
    secret = new_token()
    made = Token(
        id=hashed(secret)[:8],
        name=name,
        sha256=hashed(secret),
        role=role or "viewer",
        scopes=tuple(each for each in SCOPES if scope is None or each in scope),
        expires=expires,
        at=now,
        by=local_name(),
        view=sees,
    )
    write(broker, topic, [encode_record(made)])
    if as_json:
        _say({**_shown(made), "token": secret}, "", as_json=True)
        return
    out.print(secret, markup=False, highlight=False, soft_wrap=True)
    words = reader()
    text = words.gettext(
        "the token of {name} ({role}: {scopes}; view: {view}), until {time} {zone}; it is not shown"
        " again"
    )
    said = text.format(
        name=made.name,
        role=made.role,
        scopes=listed(words, made.scopes),
        view=shown_view(made.view),
        time=f"{expires.astimezone(ZoneInfo(settings.timezone)):%Y-%m-%d %H:%M}",
        zone=settings.timezone,
    )
    err.print(said, markup=False, highlight=False, soft_wrap=True)


_HEADS = (
    mark("Token"),
    mark("Id"),
    mark("Role"),
    mark("Scopes"),
    mark("View"),
    mark("Until"),
    mark("By"),
)


def _seconds(text: str) -> float:
    try:
        seconds = float(parse_duration(text))
    except ValueError as error:
        fail(f"--for {error}", 2)
    if not 60 <= seconds <= _LONGEST_S:
        fail(f"--for must be from 1m to 3650d; got {text}", 2)
    return seconds


def _shown(each: Token) -> dict[str, object]:
    return {
        "id": each.id,
        "name": each.name,
        "role": each.role,
        "scopes": each.scopes,
        "view": shown_view(each.view),
        "expires": each.expires,
        "since": each.at,
        "by": each.by,
    }


def _show(directory: Directory, timezone: str, *, as_json: bool) -> None:
    tokens = list(directory.tokens)
    if as_json:
        for each in tokens:
            _say(_shown(each), "", as_json=True)
        return
    words = reader()
    table = Table(box=None, pad_edge=False)
    for head in _HEADS:
        table.add_column(words.gettext(head), overflow="fold")
    zone, now = ZoneInfo(timezone), dt.datetime.now(dt.UTC)
    for each in tokens:
        until = f"{each.expires.astimezone(zone):%Y-%m-%d %H:%M}"
        if each.expires <= now:
            until = words.gettext("{time} (over)").format(time=until)
        scopes = listed(words, each.scopes)
        view = plain(shown_view(each.view))
        table.add_row(plain(each.name), each.id, each.role, scopes, view, until, plain(each.by))
    if tokens:
        out.print(table)
    text = words.ngettext("{n} token; times in {zone}", "{n} tokens; times in {zone}", len(tokens))
    err.print(text.format(n=len(tokens), zone=timezone), highlight=False)


def _say(value: dict[str, object], text: str, *, as_json: bool) -> None:
    line = orjson.dumps(value, option=orjson.OPT_UTC_Z).decode() if as_json else text
    out.print(line, markup=False, highlight=False, soft_wrap=True)
