"""Mail, Discord, Telegram, Teams and ntfy by Apprise: what they get, and what no name can do."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pytest
from apprise.plugins.discord import NotifyDiscord
from apprise.plugins.telegram import NotifyTelegram
from apprise.plugins.workflows import NotifyWorkflows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.alerts.cloudevent import Entity
from streams.delivery.channels.apprise import SERVICES, Apprise
from tests.delivery.channels.chat.services import mentions
from tests.delivery.channels.mail import mail_server
from tests.delivery.channels.notifications import LINK, notification, notified, tell
from tests.delivery.channels.services import Reply, Service, in_json, service
from tests.delivery.channels.text.test_message import hostile

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
"""The library asks for it when it loads what signs mails, which we do not use."""

TOKEN = "hunter27f3a9c" * 6
URLS = {
    "discord": f"discord://123456789012345678/{TOKEN[:68]}",
    "tgram": f"tgram://123456789:{TOKEN[:35]}/12315544",
    "workflows": f"workflows://teams.example/{TOKEN[:32]}/{TOKEN[:40]}",
}


def url_of(kind: str, played: Service, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a service that is played: those of the great ones are fixed in the library."""
    monkeypatch.setattr(NotifyDiscord, "notify_url", played.url("/api/webhooks"))
    monkeypatch.setattr(NotifyTelegram, "notify_url", played.url("/bot"))
    monkeypatch.setattr(
        NotifyWorkflows, "request_url", property(lambda _: played.url()), raising=False
    )
    host = played.url("").removeprefix("http://")
    return URLS.get(kind, f"ntfy://me:{TOKEN}@{host}/alerts")


def text_of(kind: str, document: Any) -> str:
    """The text that a service shows, without what escapes markup."""
    match kind:
        case "discord":
            assert set(document) & {"embeds"} == set()
            text = re.sub(r"\\([^0-9A-Za-z\s])", r"\1", document["content"])
            return re.sub(r"<(https?://[^>]*)>", r"\1", text)
        case "tgram":
            bare = document["text"].replace("<b>", "").replace("</b>", "")
            return str(bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
        case _:
            return f"{document['title']}\n{document['message']}"


@pytest.mark.parametrize("kind", ["discord", "tgram", "ntfy"])
def test_a_service_accepts(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with service(lambda _: in_json(200, {"ok": True, "result": {}})) as played:
        channel = Apprise(url=url_of(kind, played, monkeypatch))
        assert tell(channel, notification(), language="zh") == [None]
    [request] = played.requests
    lines = text_of(kind, request.json).splitlines()
    assert lines[0] == "【预警】一般"
    assert "短信端口 106900012345" in lines[1]
    assert lines[2] == LINK
    assert "github" not in request.body.decode()
    assert TOKEN[:30] not in repr(channel)


@pytest.mark.parametrize("kind", ["discord", "tgram", "ntfy"])
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(hostile, min_size=1, max_size=25))
def test_no_name_steers_a_service(
    kind: str, monkeypatch: pytest.MonkeyPatch, names: list[str]
) -> None:
    """It is no markup and no second message: what a service shows is the text."""
    alerts = [notified("@all", entity=Entity("sender", name)) for name in names]
    with service(lambda _: in_json(200, {"ok": True, "result": {}})) as played:
        channel = Apprise(url=url_of(kind, played, monkeypatch))
        assert tell(channel, notification(*alerts)) == [None]
    [request] = played.requests
    text = text_of(kind, request.json)
    assert "://" not in text.replace(LINK, "")
    assert mentions(text) == []
    listed = text.count(LINK)
    assert listed >= min(len(names), 4)
    assert len(text.splitlines()) - 1 - 3 * listed == (1 if listed < len(names) else 0)
    if kind == "discord":
        assert len(request.json["content"]) <= 2000
        assert not re.search(r"(?<!\\)[*_~`|]", request.json["content"].replace(LINK, ""))


def test_teams_gets_one_card_of_escaped_text() -> None:
    """The library escapes plain text for cards, whose text is Markdown."""
    from streams.delivery.channels import apprise as channel

    found = channel._opened(URLS["workflows"], 1.0)
    assert found is not None
    assert found.body_maxlen > SERVICES["workflows"][1].most


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_mail_is_plain_text(language: Any) -> None:
    """Its subject is our title; no name is in a header."""
    one = notified(entity=Entity("signature", "x\u2028Bcc: evil@e.example <b>"))
    with mail_server() as server:
        url = f"mailto://127.0.0.1:{server.port}?from=w@ops.example&to=team@ops.example"
        assert tell(Apprise(url=url), notification(one), language=language) == [None]
    [mail] = server.mails
    assert mail.get_content_type() == "text/plain"
    assert mail["Subject"] == {"en": "[Alert] warning", "zh": "【预警】一般"}[language]
    assert mail["To"] == "team@ops.example"
    assert mail["Bcc"] is None
    lines = mail.get_content().splitlines()
    assert len(lines) == 2
    assert "evil[@]e[.]example" in lines[0]
    assert lines[1] == LINK


@pytest.mark.parametrize("kind", ["discord", "tgram", "ntfy"])
@pytest.mark.parametrize("status", [400, 404, 429, 500, 302])
def test_what_is_no_acceptance_is_a_refusal(
    kind: str, status: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It has the status, and neither it nor the log an address or what was answered."""
    answer = Reply(status, TOKEN.encode(), {"Location": "http://127.0.0.1:9/"})
    with service(lambda _: answer) as played, caplog.at_level(logging.DEBUG):
        [refusal] = tell(Apprise(url=url_of(kind, played, monkeypatch)), notification())
    assert refusal is not None
    assert refusal.reason == str(status)
    assert refusal.answered
    assert not refusal.unforeseen
    assert TOKEN[:30] not in repr(refusal)
    assert "hunter2" not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("apprise")
    )


def test_a_mail_server_that_refuses_is_a_refusal() -> None:
    with mail_server(b"550 hunter2\r\n") as server:
        url = f"mailto://127.0.0.1:{server.port}?from=w@ops.example&to=team@ops.example"
        refused = tell(Apprise(url=url), notification())
    refused += tell(Apprise(url=url), notification())
    for refusal in refused:
        assert refusal is not None
        assert refusal.reason == "failed"
        assert "hunter2" not in repr(refusal)


@pytest.mark.parametrize("scheme", ["json", "dingtalk", "slack", "file", "/tmp/plugin.py", "exec"])
def test_only_listed_schemes_are_taken(scheme: str, tmp_path: Path) -> None:
    """Not in the configuration, and not in a file."""
    with pytest.raises(ValueError, match="must begin with one of") as error:
        Apprise(url=f"{scheme}://{TOKEN}")
    assert "have their own keys" in str(error.value)
    file = tmp_path / "url"
    file.write_text(f"{scheme}://{TOKEN}\n")
    [refusal] = tell(Apprise(url_file=file), notification())
    assert refusal is not None
    assert refusal.reason == "secret"
    assert TOKEN not in repr(refusal)


@pytest.mark.parametrize("url", ["discord://", "discord://x", "tgram://x", "mailto://", "ntfy://"])
def test_an_address_that_is_not_complete_is_a_refusal(url: str) -> None:
    [refusal] = tell(Apprise(url=url), notification())
    assert refusal is not None
    assert refusal.reason in ("address", "failed")
    assert not refusal.unforeseen


def test_a_service_that_says_nothing_holds_up_no_longer_than_it_may() -> None:
    """A connection that is accepted and never answered."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        channel = Apprise.model_validate({"url": f"ntfy://127.0.0.1:{port}/x", "timeout": "0.2s"})
        [refusal] = tell(channel, notification())
    assert refusal is not None
    assert refusal.reason in ("failed", "timeout")
