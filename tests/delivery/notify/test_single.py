"""What a receiver gets beside its route: alerts that were given up, and the monitor's events."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest

from streams.config.load import parse_config
from streams.config.model import Config
from streams.delivery.channels.channel import Refusal, attempt
from streams.delivery.monitor.event import FoundSymptom, heartbeat, symptom_began, symptom_ended
from streams.delivery.monitor.summary import summary
from streams.delivery.notify.single import SingleSends, addressees
from streams.delivery.undelivered.record import Redelivered
from streams.delivery.undelivered.redelivery import Resent, send_again
from streams.health.symptoms import SYMPTOM_TABLE, Symptom
from streams.language.catalogue import catalogue
from streams.language.worded import Worded
from tests.alerts.examples import OPENED, raw
from tests.delivery.channels.chat.services import TOKEN, dingtalk, slack
from tests.delivery.channels.services import Reply, Request, Service, service
from tests.delivery.receivers import receiver
from tests.delivery.undelivered.test_record import lost

NOW = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
LINK = f"https://monitor.example/alerts/{OPENED.alert_id}"
DETECT = FoundSymptom(
    Symptom(
        "process_down",
        "detect at 127.0.0.1:9102",
        "detect does not answer",
        SYMPTOM_TABLE["process_down"].remedy,
        Worded(
            "{about} is down or does not answer: {error}",
            {"error": "refused"},
            Worded("{process} at {at}", {"process": "detect", "at": "127.0.0.1:9102"}),
        ),
    ),
    NOW,
)


def config(*receivers: dict[str, Any], url: str | None = "https://monitor.example") -> Config:
    serve = {} if url is None else {"url": url}
    return parse_config({"serve": serve, "receivers": list(receivers)})


def robots(played: Service) -> list[dict[str, Any]]:
    """A receiver of DingTalk, one of Slack in Chinese, both told of the monitor."""
    return [
        {
            "name": "ding",
            "monitor": True,
            "dingtalk": {"url": played.url(f"/robot/send?access_token={TOKEN}")},
        },
        {
            "name": "slack",
            "monitor": True,
            "language": "zh",
            "slack": {"url": played.url(f"/services/T0/B0/{TOKEN}")},
        },
    ]


def both(request: Request) -> Reply:
    """Each at its own address."""
    return slack(request) if request.path.startswith("/services") else dingtalk(request)


def send_to_each(settings: Config, *events: bytes) -> list[Refusal | None]:
    """Send events to each receiver, one by one."""

    async def run() -> list[Refusal | None]:
        outcomes = []
        for one in settings.receivers:
            async with SingleSends(one, settings.serve.link_to).open() as send:
                outcomes += [await attempt(send, event) for event in events]
        return outcomes

    return asyncio.run(run())


def texts(played: Service) -> list[str]:
    """What people read, as each service has it."""
    return [
        document["text"]["content"] if "msgtype" in document else document["text"]
        for document in (request.json for request in played.requests)
    ]


@pytest.mark.parametrize("url", ["https://monitor.example", None])
def test_messages_link_to_the_alerts_page(url: str | None) -> None:
    """With `serve.url` the text of each channel has the address; without it there is none."""
    with service(both) as played:
        assert send_to_each(config(*robots(played), url=url), raw()) == [None, None]
        found = texts(played)
    assert len(found) == 2
    for text in found:
        assert OPENED.entity.id in text
        assert (LINK in text) == (url is not None)
        assert url is not None or "/alerts/" not in text


def test_receivers_are_told_of_the_monitor() -> None:
    """What begins, what is over, and that it lives: in each receiver's words."""
    events = [
        symptom_began("mall", DETECT, NOW),
        symptom_ended("mall", DETECT, NOW + dt.timedelta(seconds=90)),
        heartbeat("mall", [], NOW, 3600.0),
    ]
    with service(both) as played:
        assert send_to_each(config(*robots(played)), *events) == [None] * 6
        english, chinese = texts(played)[:3], texts(played)[3:]
    titles = ["[Monitor: something is wrong]", "[Monitor: over]", "[Monitor]"]
    for text, title, said in zip(
        english, titles, ["is down or does not", "over after 90 s", "all well"], strict=True
    ):
        assert text.startswith(title)
        assert said in text
    down = "上的 detect 已停止或无响应：refused"
    for text, title, said in zip(
        chinese,
        ["【监测系统异常】", "【监测系统恢复】", "【监测系统】"],
        [f"{down}：启动它", "历时 90 秒后恢复：127", "监测系统 mall 运行正常"],
        strict=True,
    ):
        assert text.startswith(title)
        assert said in text


def test_a_heartbeat_says_what_is_wrong_in_chinese() -> None:
    """What stands first, with all figures; an event without them is told as it is."""
    words = catalogue("zh")
    said = summary(heartbeat("mall", [DETECT, DETECT], NOW, 3600.0), words)
    assert said.startswith("监测系统 mall 在运行，有 2 项异常：127.0.0.1:9102 上的 detect")
    old = FoundSymptom(Symptom("late", "source x", "many are late", "wait longer"), NOW)
    assert summary(symptom_began("mall", old, NOW), words) == ""


def test_what_a_receiver_never_accepted_is_sent_again() -> None:
    """`redeliver` sends it alone, as the receiver's channel has it, and records what arrives."""
    written: list[Redelivered] = []
    outcomes: list[Resent] = []
    records = [lost(raw(), "ding"), lost(raw(revision=2), "slack"), lost(raw(), "people")]

    async def write(record: Redelivered) -> None:
        written.append(record)

    with service(both) as played, receiver(503) as refusing:
        people = {"name": "people", "webhook": {"url": refusing.url}}
        known = addressees(config(*robots(played), people))
        assert list(known) == ["ding", "slack", "people"]

        def again() -> None:
            asyncio.run(send_again(records, known, write, lambda: NOW, outcomes.append))

        again()
        assert [(one.record.receiver, one.fate) for one in outcomes] == [
            ("ding", "delivered"),
            ("slack", "delivered"),
            ("people", "refused"),
        ]
        assert [one.id for one in written] == [one.id for one in records[:2]]
        assert all(LINK in text for text in texts(played))
        del records[:2]
        again()
        assert outcomes[-1].fate == "delivered"
        assert refusing.asked[0] == refusing.accepted[0], "what is tried again is the same"
        assert refusing.accepted == [b"[" + raw() + b"]"]
