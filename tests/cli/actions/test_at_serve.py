"""The commands that act, at a serve process over HTTP, whose application is the real one."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvicorn

from streams.access.record import Record
from streams.access.roles import Role
from streams.actions.note import encode_note
from streams.actions.state import MOST_RUNNING
from streams.alerts.cloudevent import decode_event
from streams.config.addresses.access import TlsTable
from streams.delivery.feed.connection_limits import bounded
from tests.access.known import a_token
from tests.actions.examples import silence
from tests.alerts.examples import OPENED, raw
from tests.cli.cli import Cli
from tests.delivery.access.serving import Served
from tests.delivery.access.test_tls import made

ID = OPENED.alert_id
SECRET = "wv_a-secret-token"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch)


def token(role: Role = "operator") -> Record:
    """A token that holds today."""
    expires = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    return msgspec.structs.replace(a_token(SECRET, "pager", role), expires=expires)


def served_with(*records: Record, **serve: Any) -> Served:
    """Serve of today, which holds one alert that has just come."""
    served = Served(*records, **serve)
    served.clock.day = dt.datetime.now(dt.UTC)
    served.board.take(decode_event(raw()), raw(), served.clock.day.timestamp() - 60)
    return served


@contextlib.contextmanager
def running(served: Served, tls: TlsTable | None = None) -> Iterator[str]:
    """Answer at an address."""
    server = uvicorn.Server(bounded(served.gate, stop_within_s=1, tls=tls))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            scheme = "http" if tls is None else "https"
            yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def served() -> Served:
    """Serve with a program's token."""
    return served_with(token())


@pytest.fixture
def url(cli: Cli, served: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its address, which the commands find in the environment with the token."""
    assert cli  # it has cleared the environment before
    with running(served) as found:
        monkeypatch.setenv("WEATHERVANE_URL", found)
        monkeypatch.setenv("WEATHERVANE_TOKEN", SECRET)
        yield found


def test_all_that_is_done_about_an_alert_is_done_over_http(
    cli: Cli, served: Served, url: str
) -> None:
    """Acknowledged, assigned, noted and labelled by the token's name; the log shows each text."""
    done = cli("ack", f"{ID}.1", "--note", "called them")
    assert (done.exit_code, done.stdout) == (0, f"{ID} acknowledged as warning; version 1\n")
    assert served.book.state.alert(ID).acknowledged_by == "pager"
    assert cli("assign", ID, "--to", "li").exit_code == 0
    assert cli("note", ID, "their contract ends").exit_code == 0
    assert cli("unack", ID).stdout == f"{ID} is acknowledged no more; version 4\n"
    labelled = cli("label", ID, "false", "--note", "yearly")
    assert (labelled.exit_code, labelled.stdout) == (0, f"1 label to {url}: 1 false\n")
    (label,) = map(json.loads, cli("label", "--list", "--json").stdout.splitlines())
    assert (label["verdict"], label["note"], label["by"]) == ("false", "yearly", "pager")
    log = [json.loads(line) for line in cli("actions", "--json").stdout.splitlines()]
    assert [(each["type"], each["by"], each["text"]) for each in log] == [
        ("acknowledge", "pager", "called them"),
        ("assign", "pager", None),
        ("note", "pager", "their contract ends"),
        ("unacknowledge", "pager", None),
        ("label", "pager", "yearly"),
    ]
    assert cli("note", "--erase", log[2]["id"]).exit_code == 0
    assert "contract" not in cli("actions", "--csv").stdout
    served.book.notes.take("c" * 32, encode_note("Mr Li"))
    assert "1 text belongs to no action here" in cli("actions").stderr
    assert cli("note", "--erase", "c" * 32).exit_code == 0
    assert "Mr Li" not in cli("actions", "--json").stdout


def test_silences_are_previewed_made_counted_and_ended(cli: Cli, served: Served, url: str) -> None:
    """The preview and the counts are serve's, of the alerts that it holds."""
    asked = ("--id", OPENED.entity.id, "--for", "4h", "--comment", "a sale")
    shown = cli("silence", *asked, "--dry-run", "--json")
    assert json.loads(shown.stdout) == {"alerts": [ID], "messages": 1, "of": 1}
    made_ = cli("silence", *asked, "--yes")
    assert made_.exit_code == 0
    assert "hidden 1 of 1 alerts, and 1 messages" in made_.stderr
    assert OPENED.summary in made_.stderr
    served.board.take(
        decode_event(raw(revision=2, event="resolved", state="resolved")),
        raw(revision=2, event="resolved", state="resolved"),
        dt.datetime.now(dt.UTC).timestamp(),
    )
    (row,) = map(json.loads, cli("silences", "--json").stdout.splitlines())
    assert (row["comment"], row["by"], row["hidden_alerts"], row["hidden_messages"]) == (
        "a sale", "pager", 1, 1,
    )  # fmt: skip
    assert cli("unsilence", row["id"][:6]).exit_code == 0
    assert cli("silences", "--json").stdout == ""
    (ended,) = map(json.loads, cli("silences", "--ended", "--json").stdout.splitlines())
    assert (ended["ended_by"], ended["runs"]) == ("pager", False)
    assert cli("snooze", ID, "--for", "4h").exit_code == 0
    assert cli("snooze", ID, "--end").exit_code == 0


def test_a_conflict_over_http_has_its_status(cli: Cli, url: str) -> None:
    """Somebody has acted since: status 3."""
    assert cli("ack", ID, "--expects", "0").exit_code == 0
    late = cli("ack", ID, "--expects", "0")
    assert (late.exit_code, late.stdout) == (3, "")
    assert "it has 1 now" in late.stderr


def test_unknown_alerts_are_named(cli: Cli, served: Served, url: str) -> None:
    """With what is like them, and nothing is done."""
    wrong = ID[:-1] + "0"
    for command in (("ack", wrong), ("label", wrong, "true")):
        result = cli(*command)
        assert result.exit_code == 1
        assert ID in result.stderr
    assert not served.book.log


def test_nobody_acts_as_another_over_http(
    cli: Cli, served: Served, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a token --by would be of no effect, so that it is refused; without users it holds."""
    refused = cli("ack", ID, "--by", "wang")
    assert refused.exit_code == 1
    assert f"--by must be left out: at {url} you act as pager" in refused.stderr
    assert not served.book.log
    monkeypatch.delenv("WEATHERVANE_TOKEN")
    open_ = served_with()
    with running(open_) as local:
        assert cli("ack", ID, "--by", "wang", "--url", local).exit_code == 0
    assert open_.book.log[0].action.by == "wang"


def test_who_may_not_is_told_why(
    cli: Cli, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No token, one that is unknown, a viewer's: what to do, and never the secret."""
    monkeypatch.delenv("WEATHERVANE_TOKEN")
    assert "none was given" in cli("ack", ID).stderr
    (tmp_path / "token").write_text("wv_another-secret\n")
    unknown = cli("ack", ID, "--token-file", "token")
    assert unknown.exit_code == 1
    assert "--token-file must give a token that serve knows" in unknown.stderr
    assert "another-secret" not in unknown.output
    (tmp_path / "token").write_text(f"{SECRET}\n")
    assert cli("ack", ID, "--token-file", "token").exit_code == 0
    with running(served_with(token("viewer"))) as of_viewer:
        refused = cli("ack", ID, "--token-file", "token", "--url", of_viewer)
        assert refused.exit_code == 1
        assert "the role must be operator or more; that of pager is viewer" in refused.stderr
        assert cli("silences", "--token-file", "token", "--url", of_viewer).exit_code == 0


def test_what_is_not_serve_is_named(cli: Cli, tmp_path: Path) -> None:
    """Nobody listens; another name; a certificate that nobody trusts; plain HTTP for TLS."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        nobody = f"http://127.0.0.1:{gone.getsockname()[1]}"
    assert "must be a serve process that can be reached" in cli("ack", ID, "--url", nobody).stderr
    tls = made(tmp_path, "one")
    files = {"certificate": str(tls.certificate), "key": str(tls.key)}
    with running(served_with(tls=files), tls) as secure:
        untrusted = cli("ack", ID, "--url", secure)
        assert (untrusted.exit_code, untrusted.stdout) == (1, "")
        assert "must have a certificate that this machine trusts" in untrusted.stderr
        assert "SSL_CERT_FILE" in untrusted.stderr
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SSL_CERT_FILE", str(tls.certificate))
            assert cli("ack", ID, "--url", secure).exit_code == 0
    with running(served_with()) as plain:
        tls_only = cli("ack", ID, "--url", plain.replace("http:", "https:"))
        assert "must speak TLS, or its address must begin with http://" in tls_only.stderr


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (421, {}, "must be a name that serve answers to: why"),
        (429, {}, "has had too many requests: why"),
        (302, {"Location": "https://other.example"}, "it answers 302, a redirect"),
        (404, {}, "must be the address of a serve process of this version"),
        (503, {}, ": why"),
        (200, {}, "must be the address of a serve process of this version"),
    ],
)
def test_each_refusal_says_what_to_do(
    cli: Cli, served: Served, url: str, status: int, headers: dict[str, str], said: str
) -> None:
    """Whatever answers, a sentence with the address; no redirect is followed."""

    async def refuses(scope: Any, receive: Any, send: Any) -> None:
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        body = b"[]" if status == 200 else b'{"detail": "why"}' if status != 404 else b"<html>"
        await send({"type": "http.response.body", "body": body})

    served.gate._inner = refuses
    result = cli("silences")
    assert result.exit_code == 1
    assert url in result.stderr
    assert said in result.stderr
    assert SECRET not in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--url", "ftp://x"], "--url must be an http or https address"),
        (["--url", "http://wang:hidden@x"], "--url must have no user, query or fragment"),
        (["--url", "http://x", "--bootstrap", "x:1"], "--url must be given without --bootstrap"),
        (["--token-file", "t"], "--token-file must be given with --url"),
        (["--url", "http://x", "--token-file", "t"], "--token-file must be a file"),
        (["--url", "http://x", "--token-file", "two"], "--token-file must hold one token"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_asked(
    cli: Cli, tmp_path: Path, arguments: list[str], said: str
) -> None:
    """Status 2, and no secret is repeated."""
    (tmp_path / "two").write_text("hidden words")
    result = cli("ack", ID, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "hidden" not in result.output


def test_so_many_silences_run_and_no_more(cli: Cli, served: Served, url: str) -> None:
    """Serve refuses the next one; what was made is a repeat still."""
    now = served.clock.day
    for number in range(MOST_RUNNING):
        served.book.state.take(silence(number, at=now, until=now + dt.timedelta(hours=1)))
    snoozed = cli("snooze", ID, "--for", "4h")
    assert snoozed.exit_code == 1
    assert "at most 1,000 silences and snoozes may run; end some first" in snoozed.stderr
    bearer = {"Authorization": f"Bearer {SECRET}"}
    again = {
        "type": "silence", "id": f"{5:032x}", "match": {"id": "x"},
        "at": now.isoformat(), "until": (now + dt.timedelta(hours=1)).isoformat(),
    }  # fmt: skip
    answer = served.ask("POST", "/api/v1/actions", headers=bearer, json=again)
    assert answer.json()["result"] == "repeat"
