"""Robots post what their service accepts, and know when it has not: by services that play them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.alerts.cloudevent import Entity
from streams.delivery.channels.channel import Refusal
from streams.delivery.channels.notification import PeopleChannel
from streams.delivery.channels.people import PeopleChannels
from streams.language.catalogue import Language
from tests.delivery.channels.chat import services
from tests.delivery.channels.chat.services import SECRET, TOKEN, mentions, shown_by_slack
from tests.delivery.channels.notifications import LINK, notification, notified, tell
from tests.delivery.channels.services import Reply, Request, in_json, service
from tests.delivery.channels.text.test_message import hostile

PATHS = {
    "dingtalk": f"/robot/send?access_token={TOKEN}",
    "wecom": f"/cgi-bin/webhook/send?key={TOKEN}",
    "feishu": f"/open-apis/bot/v2/hook/{TOKEN}",
    "slack": f"/services/T0/B0/{TOKEN}",
}
PLAYED: dict[str, Callable[..., Reply]] = {name: getattr(services, name) for name in PATHS}


def robot(kind: str, **keys: Any) -> PeopleChannel:
    """A channel by its table."""
    return PeopleChannels.model_validate({kind: keys}).channel


def text_of(kind: str, request: Request) -> str:
    """The text that a service gets."""
    document = request.json
    match kind:
        case "slack":
            text = shown_by_slack(document["text"])
        case "feishu":
            text = document["content"]["text"]
        case _:
            text = document["text"]["content"]
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize("kind", PATHS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_service_accepts(kind: str, language: Language) -> None:
    """It shows the title, the sentence and a link to the alert."""
    with service(PLAYED[kind]) as played:
        channel = robot(kind, url=played.url(PATHS[kind]))
        assert tell(channel, notification(), language=language) == [None]
    lines = text_of(kind, played.requests[0]).splitlines()
    assert lines[0] == {"en": "[Alert] warning", "zh": "【预警】一般"}[language]
    assert "106900012345" in lines[1]
    assert lines[2] == LINK
    assert TOKEN not in repr(channel)


@pytest.mark.parametrize("kind", PATHS)
@settings(max_examples=12, deadline=None)
@given(st.lists(hostile, min_size=1, max_size=25))
def test_no_name_steers_a_service(kind: str, names: list[str]) -> None:
    """Whatever senders are called, it accepts, mentions nobody and links to our pages only."""
    alerts = [notified("@all", entity=Entity("sender", name), looks_like=name) for name in names]
    with service(PLAYED[kind]) as played:
        channel = robot(kind, url=played.url(PATHS[kind]))
        assert tell(channel, notification(*alerts), language="zh") == [None]
    raw = json.dumps(played.requests[0].json, ensure_ascii=False)
    assert mentions(raw) == []
    text = text_of(kind, played.requests[0])
    assert "://" not in text.replace(LINK, "")
    assert mentions(text) == []
    listed = text.count(LINK)
    assert listed >= (4 if kind == "wecom" and len(names) > 4 else min(len(names), 5))
    # Title, then a sentence, who has acknowledged it, and a link, and perhaps what is left out.
    assert len(text.splitlines()) - 1 - 3 * listed == (1 if listed < len(names) else 0)


@pytest.mark.parametrize("kind", ["dingtalk", "feishu"])
def test_messages_are_signed(kind: str, tmp_path: Path) -> None:
    """The secret is read each time: a wrong one is refused, and the right one then accepted."""
    secret = tmp_path / "secret"
    secret.write_text("another\n")
    with service(partial(PLAYED[kind], secret=SECRET)) as played:
        url = played.url(PATHS[kind])
        channel = robot(kind, url=url, secret_file=str(secret))
        [refused] = tell(channel, notification())
        secret.write_text(f"{SECRET}\n")
        assert tell(channel, notification()) == [None]
        [unsigned] = tell(robot(kind, url=url), notification())
    codes = {"dingtalk": "errcode 310000", "feishu": "code 19021"}
    for refusal in (refused, unsigned):
        assert refusal is not None
        assert refusal.reason == codes[kind]
        assert "signature" in refusal.detail
    assert str(secret) not in repr(channel)
    for request in played.requests:
        assert SECRET.encode() not in request.body


WRONG: list[tuple[str, Reply, str, float | None]] = [
    ("dingtalk", in_json(200, {"errcode": 130101, "errmsg": TOKEN}), "errcode 130101", 60.0),
    ("dingtalk", in_json(200, {"errcode": 310000, "errmsg": TOKEN}), "errcode 310000", None),
    ("wecom", in_json(200, {"errcode": 45009, "errmsg": TOKEN}), "errcode 45009", 60.0),
    ("wecom", in_json(200, {"errcode": 77, "errmsg": TOKEN}), "errcode other", None),
    ("feishu", in_json(200, {"code": 11232, "msg": TOKEN}), "code 11232", 60.0),
    ("feishu", in_json(400, {"code": 9499, "msg": TOKEN}), "400", None),
    ("slack", Reply(404, b"no_service"), "404", None),
    ("slack", Reply(429, b"rate_limited", {"Retry-After": "30"}), "429", 30.0),
    ("slack", Reply(302, b"", {"Location": f"http://x/{TOKEN}"}), "302", None),
    *(
        (kind, Reply(200, body), "unreadable", None)
        for kind in ("dingtalk", "wecom", "feishu")
        for body in (b"", b"ok", b"[]", b"null", b'{"code":"0","errcode":null}', b"\xff" * 9)
    ),
    ("wecom", Reply(200, b" " * 99_999 + b'{"errcode":0}'), "unreadable", None),
    ("dingtalk", Reply(200, b'{"errcode":false}'), "unreadable", None),
]


@pytest.mark.parametrize(("kind", "reply", "reason", "wait_s"), WRONG)
def test_what_is_no_acceptance_is_a_refusal(
    kind: str, reply: Reply, reason: str, wait_s: float | None
) -> None:
    """It is tried again, when the service wants it, and repeats nothing of its answer."""
    with service(lambda _: reply) as played:
        [refusal] = tell(robot(kind, url=played.url(PATHS[kind])), notification())
    assert refusal is not None
    assert (refusal.reason, refusal.retry_after_s) == (reason, wait_s)
    assert refusal.answered
    assert not refusal.final
    assert TOKEN not in repr(refusal)


@pytest.mark.parametrize("kind", PATHS)
def test_an_address_may_stand_in_a_file(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "url"
    with service(PLAYED[kind]) as played:
        channel = robot(kind, url_file=str(file))
        found = tell(channel, notification())
        file.write_text(f"ftp://{TOKEN}/\n")
        found += tell(channel, notification())
        file.write_text(f"{played.url(PATHS[kind])}\n")
        assert tell(channel, notification()) == [None]
    for refusal in found:
        assert refusal == Refusal("secret", refusal.detail if refusal else "")
        assert "url_file" in refusal.detail
        assert TOKEN not in refusal.detail


@pytest.mark.parametrize("keys", [{}, {"url": "https://x.example", "url_file": "u"}])
def test_a_robot_has_one_address(keys: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="must have either `url` or `url_file`"):
        robot("wecom", **keys)


@pytest.mark.parametrize("kind", PATHS)
def test_a_service_that_is_away_is_a_refusal(kind: str) -> None:
    with service(PLAYED[kind]) as played:
        url = played.url(PATHS[kind])
    [refusal] = tell(robot(kind, url=url), notification())
    assert refusal is not None
    assert refusal.reason == "ConnectError"
    assert TOKEN not in refusal.detail
