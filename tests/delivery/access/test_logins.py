"""Logging in and out, over HTTP."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import httpx
import pytest

from streams.access.login_limit import BY_USER, WINDOW_S
from streams.access.record import Session, decode_record
from tests.access.known import HASH, PASSWORD, a_token, a_user
from tests.delivery.access.serving import Served

RIGHT = {"user": "wang", "password": PASSWORD}
LOGIN = "/api/v1/session"


def test_who_logs_in_gets_a_session_for_twelve_hours() -> None:
    """The cookie is for this service alone; with it one may read, and with the CSRF token act."""
    served = Served(a_user(), host="0.0.0.0")

    async def script(client: httpx.AsyncClient) -> None:
        assert (await client.get("/feeds")).status_code == 401
        answer = await client.post(LOGIN, json=RIGHT)
        assert answer.status_code == 200
        cookie = answer.headers["set-cookie"]
        for word in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"):
            assert word in cookie
        assert "Domain" not in cookie
        assert (await client.get("/feeds")).status_code == 200
        me = (await client.get("/api/v1/me")).json()
        assert (me["name"], me["role"], me["via"]) == ("wang", "operator", "session")
        assert me["csrf"] == answer.json()["csrf"]
        assert (await client.delete(LOGIN)).status_code == 403
        done = await client.delete(LOGIN, headers={"X-CSRF-Token": me["csrf"]})
        assert done.status_code == 204
        assert (await client.get("/feeds")).status_code == 401

    served.run(script, "192.0.2.7")
    (begun, ended) = served.users.written
    assert ended == (begun.key, None)
    session = decode_record(begun.key, begun.value or b"")
    assert isinstance(session, Session)
    assert session.expires - session.at == dt.timedelta(hours=12)


def test_a_session_holds_at_every_serve_and_ends_by_itself() -> None:
    """Another serve that reads the same topic knows it; after twelve hours none does."""
    one, other = Served(a_user(), host="0.0.0.0"), Served(a_user(), host="0.0.0.0")
    cookie = one.ask("POST", LOGIN, json=RIGHT).cookies["weathervane-local"]
    for record in one.users.written:
        other.users.directory.take(*record)
    headers = {"Cookie": f"weathervane-local={cookie}"}
    assert other.ask("GET", "/feeds", headers=headers).status_code == 200
    other.clock.day += dt.timedelta(hours=12)
    assert other.ask("GET", "/feeds", headers=headers).status_code == 401
    # The next login ends its record.
    assert other.ask("POST", LOGIN, json=RIGHT).status_code == 200
    assert other.users.written[0] == (one.users.written[0].key, None)


@pytest.mark.parametrize("user", ["wang", "nobody"])
def test_a_wrong_login_says_the_same_for_every_name(user: str) -> None:
    """Whether a user is there is not told."""
    answer = Served(a_user()).ask("POST", LOGIN, json={"user": user, "password": "wrong"})
    assert answer.status_code == 401
    assert answer.json()["detail"] == "user and password must fit each other"
    assert "set-cookie" not in answer.headers


def test_logins_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """After ten failures the right password is not even tried; the answer says when to come."""
    tried = []
    monkeypatch.setattr(
        "streams.delivery.access.logins.fits",
        lambda password, known: tried.append(password) or password == PASSWORD,  # type: ignore[func-returns-value]
    )
    served = Served(a_user())
    for _ in range(BY_USER):
        wrong = served.ask("POST", LOGIN, json={"user": "wang", "password": "wrong"})
        assert wrong.status_code == 401
    answer = served.ask("POST", LOGIN, json=RIGHT)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= WINDOW_S + 1
    assert len(tried) == BY_USER
    assert served.ask("POST", LOGIN, "192.0.2.9", json=RIGHT).status_code == 200
    served.clock.seconds = WINDOW_S + 1
    assert served.ask("POST", LOGIN, json=RIGHT).status_code == 200


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"content": b'{"user":"wang","password":"x"}'}, 415),
        ({"data": RIGHT}, 415),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 422),
        ({"content": b"[" * 3000, "headers": {"content-type": "application/json"}}, 422),
        ({"json": {"user": "wang"}}, 422),
        ({"json": {**RIGHT, "more": 1}}, 422),
        ({"json": {**RIGHT, "password": "x" * 1001}}, 422),
        ({"json": RIGHT, "headers": {"origin": "http://evil.example"}}, 403),
        ({"json": RIGHT, "headers": {"sec-fetch-site": "cross-site"}}, 403),
        ({"json": RIGHT, "headers": {"host": "evil.example"}}, 421),
    ],
)
def test_what_is_no_login_is_refused(options: dict[str, Any], status: int) -> None:
    """Forms and plain text, which pages of others can send, and what is not JSON of the form."""
    served = Served(a_user())
    answer = served.ask("POST", LOGIN, **options)
    assert answer.status_code == status, answer.text
    assert served.users.written == []


def test_no_secret_is_in_a_log_or_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    """Passwords, hashes, tokens and cookies are said nowhere, whatever goes wrong."""
    caplog.set_level(logging.DEBUG)
    served = Served(a_user(), a_token("wvt_secret"), host="0.0.0.0")
    bodies = (RIGHT, {**RIGHT, "password": "not-the-password"}, {**RIGHT, "password": 7})
    said = [served.ask("POST", LOGIN, json=body) for body in bodies]
    cookie = said[0].cookies["weathervane-local"]
    for headers in (
        {"Authorization": "Bearer wvt_secret"},
        {"Authorization": "Bearer wvt_wrong"},
        {"Cookie": f"weathervane-local={cookie}"},
    ):
        paths = ("/api/v1/me", "/feeds", "/openapi.json", "/nothing")
        said += [served.ask("GET", path, headers=headers) for path in paths]
    texts = caplog.text + "".join(answer.text for answer in said)
    for secret in (PASSWORD, "not-the-password", HASH, "wvt_secret", "wvt_wrong", cookie):
        assert secret not in texts


def test_over_https_the_cookie_is_for_https_alone() -> None:
    """Its name begins so that a browser takes it over HTTPS only, from this host."""
    served = Served(a_user(), tls={"certificate": "c.pem", "key": "k.pem"})
    answer = served.ask("POST", LOGIN, base="https://127.0.0.1:8780", json=RIGHT)
    assert answer.headers["set-cookie"].startswith("__Host-weathervane-local=")
    assert "Secure" in answer.headers["set-cookie"]


def test_answers_of_the_api_are_not_kept_and_cannot_be_framed() -> None:
    """Headers of every answer, refusals too."""
    for answer in (Served().ask("GET", "/api/v1/me"), Served(a_user()).ask("GET", "/api/v1/me")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
