"""Serve's HTTP application: feeds, API and pages, behind the gate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from starlette.types import ASGIApp

from streams.access.door import Door, TrustedProxy
from streams.access.view import View
from streams.actions.kafka_desk import sources_of
from streams.config.model import Config
from streams.delivery.access.gate import Gate
from streams.delivery.access.logins import Logins
from streams.delivery.api.actions import add_actions
from streams.delivery.api.alerts import add_alerts
from streams.delivery.api.hand_in import HandIn
from streams.delivery.api.hiding_counts import HidingCounts
from streams.delivery.api.sent import add_notifications
from streams.delivery.api.sessions import add_sessions
from streams.delivery.api.silences import add_silences
from streams.delivery.cases.address import add_cases
from streams.delivery.cases.hand_in import CaseHandIn
from streams.delivery.console.frame.console import Console
from streams.delivery.console.frame.navigation import Frame
from streams.delivery.console.frame.pages import Pages
from streams.delivery.console.frame.problem_page import problem_page
from streams.delivery.console.frame.static_files import installed_files
from streams.delivery.console.wiring import add_console
from streams.delivery.entities.address import add_entities
from streams.delivery.feed.service import build_service
from streams.delivery.registry.address import add_registry
from streams.delivery.served_parts import ServedParts, parts_of_view


def build_application(
    config: Config,
    parts: ServedParts,
    *,
    now: Callable[[], dt.datetime],
    monotonic_s: Callable[[], float],
) -> tuple[FastAPI, Gate]:
    """Make the application, and the gate that stands before it.

    Parameters
    ----------
    config
        The configuration.
    parts
        What it answers from.
    now, monotonic_s
        Clocks: of day, and for the limit of logins.
    """
    door, logins = door_of(config), Logins(parts.users, now, monotonic_s)
    app, console = _application(config, parts, logins, now, Frame(config.name, parts.watched.look))

    async def app_of_view(view: View) -> ASGIApp:
        opened = await parts.views.opened(view)
        if opened.app is None:
            mine = parts_of_view(parts, opened, sources_of(config), now)
            opened.app, _ = _application(config, mine, logins, now, Frame(config.name, None))
        return opened.app

    problems = partial(problem_page, console)
    return app, Gate(app, app, door, parts.users, now, problems, app_of_view)


def _application(
    config: Config,
    parts: ServedParts,
    logins: Logins,
    now: Callable[[], dt.datetime],
    frame: Frame,
) -> tuple[FastAPI, Console]:
    """Make an application of parts, and its console."""
    live, users, book, board = parts.live, parts.users, parts.book, parts.board
    door = door_of(config)
    app = build_service(live, name=config.name, expected=parts.expected, proofs=parts.proofs)
    add_sessions(app, door, logins)
    add_alerts(app, board, book, parts.revisions, parts.sent, now)

    def may_exist(alert_id: str) -> bool:
        return not live.ready or board.has_dropped or board.alert(alert_id) is not None

    def is_early(alert_id: str) -> bool:
        row = board.alert(alert_id)
        return row is not None and row.revision == 0

    desk = HandIn(book, may_exist, is_early, now)
    add_actions(app, book, desk, now)
    cases, filed = parts.cases.book, parts.cases.filed
    case_desk = CaseHandIn(config, cases, board, now)
    add_cases(app, cases, filed, case_desk, now)
    add_notifications(app, parts.sent)
    add_entities(app, parts.library, board)
    add_registry(app, lambda: parts.library.declared(), now, ZoneInfo(config.timezone))
    sources = sources_of(config)
    hidden = HidingCounts(board, book, sources)
    add_silences(app, board, book, sources, hidden, now)
    static = installed_files()
    console = Console(
        config=config,
        live=live,
        board=board,
        book=book,
        desk=desk,
        revisions=parts.revisions,
        hidden=hidden,
        sent=parts.sent,
        library=parts.library,
        watched=parts.watched,
        cases=parts.cases,
        case_desk=case_desk,
        users=users,
        logins=logins,
        door=door,
        pages=Pages(static, frame, secure=door.secure),
        static=static,
        frame=frame,
        now=now,
    )
    add_console(app, console)
    return app, console


def over_https(config: Config) -> bool:
    """Whether people reach serve over HTTPS, by its own certificate or a proxy's."""
    return config.serve.tls is not None or (config.serve.url or "").startswith("https:")


def door_of(config: Config) -> Door:
    """Return what the configuration says of who may come in."""
    serve, proxy = config.serve, config.serve.proxy
    cookie, url = f"weathervane-{config.name}", urlsplit(config.serve.url or "")
    names = [serve.host, *serve.hosts, *([url.hostname] if url.hostname else [])]
    return Door(
        host=serve.host,
        names=frozenset(name.lower().rstrip(".") for name in names),
        origins=frozenset([f"{url.scheme}://{url.netloc}".lower()] if url.hostname else []),
        proxy=None
        if proxy is None
        else TrustedProxy(tuple(proxy.peers), proxy.user_header, proxy.role),
        # A browser takes a cookie of such a name only over HTTPS, and from this host alone.
        cookie=f"__Host-{cookie}" if over_https(config) else cookie,
        secure=over_https(config),
    )
