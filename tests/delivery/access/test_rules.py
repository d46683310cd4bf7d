"""Every address for every role from everywhere: who gets an answer, as one table says."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest
from starlette.routing import Route

from streams.access.record import Record
from streams.access.roles import SCOPES, Role, permits
from streams.access.secrets import csrf_token
from streams.delivery.access.rules import OPEN, RULES, rule_of
from tests.access.known import a_session, a_token, a_user
from tests.delivery.access.serving import Served, empty_feeds

PROXY = {"peers": ["10.0.0.5"], "user_header": "X-Forwarded-User", "role": "viewer"}
KNOWN: list[Record] = [
    *(a_user(role, role) for role in ("viewer", "operator", "admin")),
    *(a_session(f"session-{role}", role) for role in ("viewer", "operator", "admin")),
    *(
        a_token(f"token-{role}", f"program-{role}", role)
        for role in ("viewer", "operator", "admin")
    ),
]
PEERS = {
    "loopback": "127.0.0.1",
    "elsewhere": "192.0.2.7",
    "proxy": "10.0.0.5",
    "beside": "10.0.0.6",
}
WAYS = ("nobody", "token", "session", "header")
ROLES: tuple[Role, ...] = ("viewer", "operator", "admin")


def routes() -> list[tuple[str, str]]:
    """Every address of the application, by its routes."""
    app = Served().app
    return sorted(
        (method, route.path)
        for route in app.routes
        if isinstance(route, Route)
        for method in route.methods or ()
        if method != "HEAD"
    )


ROUTES = routes()


def test_every_address_has_a_rule_and_every_rule_an_address() -> None:
    """A new address without a rule fails here; so does a rule of one that is gone."""
    assert sorted(RULES) == ROUTES


def test_what_is_open_is_listed() -> None:
    """Off loopback nothing is open but health, the login, its page's files, and documents."""
    assert {place for place, rule in RULES.items() if rule == OPEN} == {
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("POST", "/api/v1/session"),
        ("GET", "/login"),
        ("POST", "/login"),
        ("GET", "/static/{name}"),
        ("GET", "/docs"),
        ("GET", "/docs/{path:path}"),
    }


def test_what_changes_something_is_no_get_and_needs_a_scope_or_a_session() -> None:
    """Any method but GET is a change; only operators act."""
    for (method, path), rule in RULES.items():
        assert method in ("GET", "POST", "DELETE")
        of_sessions = ("/api/v1/session", "/api/v1/silences", "/login", "/logout")
        if method != "GET" and not path.startswith(of_sessions):
            assert (rule.role in ("operator", "admin"), rule.scope) == (True, "act"), path


def concrete(path: str) -> str:
    return (
        path.replace("{group}", "60s")
        .replace("{shard}", "0")
        .replace("{alert_id}", "2b1926685558e977")
    )


def credentials(way: str, role: Role, cookie: str) -> dict[str, str]:
    match way:
        case "token":
            return {"Authorization": f"Bearer token-{role}"}
        case "session":
            secret = f"session-{role}"
            return {"Cookie": f"{cookie}={secret}", "X-CSRF-Token": csrf_token(secret)}
        case "header":
            return {"X-Forwarded-User": role}
    return {}


def passes(served: Served, method: str, path: str, peer: str, headers: dict[str, str]) -> int:
    """Return the status of the gate alone: 0 where it passes a request on."""
    inner: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        inner.append(scope)
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    gate, before = served.gate, served.gate._inner
    gate._inner = app
    try:
        status = served.ask(method, concrete(path), peer, headers=headers).status_code
    finally:
        gate._inner = before
    assert (status == 299) == bool(inner)
    return 0 if inner else status


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=lambda value: str(value))
def test_who_may_ask_is_as_the_table_says(method: str, path: str) -> None:
    """Each address x way x role x peer, with users and a proxy: 401, 403, or an answer."""
    served = Served(*KNOWN, host="0.0.0.0", proxy=PROXY)
    rule = rule_of(method, path)
    for way, role, peer in itertools.product(WAYS, ROLES, PEERS):
        holds = way in ("token", "session") or (way == "header" and peer == "proxy")
        if rule.role is None:
            wanted = 0
        elif not holds:
            wanted = 401
        else:
            wanted = 0 if permits(role, rule.role) else 403
        headers = credentials(way, role, "weathervane-local")
        found = passes(served, method, path, PEERS[peer], headers)
        assert found == wanted, (way, role, peer)


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=lambda value: str(value))
def test_loopback_needs_no_set_up_and_nothing_else_is_open(method: str, path: str) -> None:
    """Without users serve on loopback answers this machine; off loopback it answers nobody."""
    at_home, reached = Served(), Served(host="0.0.0.0")
    is_open = RULES[method, path] == OPEN
    for name, peer in PEERS.items():
        home = 0 if is_open or name == "loopback" else 401
        assert passes(at_home, method, path, peer, {}) == home, name
        assert passes(reached, method, path, peer, {}) == (0 if is_open else 401), name
        forwarded = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-User": "admin"}
        assert passes(at_home, method, path, peer, forwarded) == (0 if is_open else 401), name


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=lambda value: str(value))
def test_a_token_may_what_its_scopes_name(method: str, path: str) -> None:
    """Whatever its role."""
    rule = RULES[method, path]
    for scope in SCOPES:
        served = Served(a_token("t", role="admin", scopes=(scope,)), host="0.0.0.0")
        wanted = 0 if rule.role is None or rule.scope in (None, scope) else 403
        headers = {"Authorization": "Bearer t"}
        assert passes(served, method, path, "192.0.2.7", headers) == wanted, scope


@pytest.mark.parametrize("path", ["/redoc", "/api/v1/users", "/feeds/", "/api", "/../etc/passwd"])
def test_an_address_that_is_not_there_says_so_to_the_known_only(path: str) -> None:
    """Who asks without a name learns nothing of what there is."""
    served = Served(*KNOWN, host="0.0.0.0")
    assert served.ask("GET", path, "192.0.2.7").status_code == 401
    headers = {"Authorization": "Bearer token-viewer"}
    assert served.ask("GET", path, "192.0.2.7", headers=headers).status_code in (307, 404)
    assert served.ask("PUT", "/feeds", "192.0.2.7").status_code == 401


def test_no_get_changes_anything() -> None:
    """All addresses that GET asks leave users, feeds and board as they were."""
    served = Served(*KNOWN, live=empty_feeds())
    for method, path in ROUTES:
        if method != "GET" or path.endswith("/events"):
            continue
        for verb in ("GET", "HEAD"):
            headers = {"Authorization": "Bearer token-admin"}
            served.ask(verb, concrete(path), headers=headers, follow_redirects=False)
    assert served.users.written == []


def test_what_is_not_read_yet_lets_nobody_in() -> None:
    """While users are being read nobody is taken for the local user, and health still answers."""
    served = Served()
    served.users.problem = "users are still being read"  # type: ignore[assignment]
    assert served.ask("GET", "/feeds").status_code == 503
    assert served.ask("GET", "/healthz").status_code == 200
    assert served.ask("GET", "/readyz").status_code == 503


def test_other_kinds_of_connections_are_not_answered() -> None:
    """A websocket passes no gate."""
    served, sent = Served(), []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    asyncio.run(served.gate({"type": "websocket", "path": "/feeds"}, receive, send))
    assert sent == []
