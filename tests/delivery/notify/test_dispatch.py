"""A receiver is told whatever others do; what it refuses waits, or is given up and kept."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from streams.alerts.cloudevent import decode_event
from streams.delivery.channels.batch import BatchWebhook
from streams.delivery.channels.channel import Refusal
from streams.delivery.channels.notification import Notification, Tell
from streams.delivery.courier import Backoff
from streams.delivery.meters import ServeMetrics
from streams.delivery.notify.dispatch import Dispatcher
from streams.delivery.notify.journal import Journal
from streams.delivery.notify.notifier import Notifier
from streams.delivery.notify.record import Record, Sent
from streams.delivery.notify.table import Receiver
from streams.delivery.sent_log import SentLog
from streams.delivery.topic_writer import NotWritten, TopicWriter
from streams.delivery.undelivered.record import Redelivered, Undelivered
from streams.delivery.undelivered.writer import UndeliveredWriter
from tests.alerts.examples import raw
from tests.delivery.notify.world import Deeds, receiver

QUICK = Backoff(first_s=0.001, longest_s=0.002)
NOW = {"group_by": "alert", "wait": "0s", "interval": "0s", "continue": True}
Answer = Callable[[Notification], Refusal | None]


class Scene:
    """Receivers whose answers are functions, and topics in memory."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, answers: dict[str, Answer], **keys: Any
    ) -> None:
        self.got: dict[str, list[Notification]] = {name: [] for name in answers}
        self.records: list[Record] = []
        self.undelivered: list[Undelivered] = []
        self.broker_away = 0
        self.metrics = ServeMetrics()
        scene = self

        @asynccontextmanager
        async def open_channel(self: BatchWebhook, language: str) -> AsyncIterator[Tell]:
            name = self.url.removeprefix("https://").removesuffix(".example/")

            async def tell(one: Notification) -> Refusal | None:
                await asyncio.sleep(0)
                refusal = answers[name](one)
                if refusal is None:
                    scene.got[name].append(one)
                return refusal

            yield tell

        class Writer(TopicWriter):
            def __init__(self) -> None: ...

            async def write(self, key: bytes, value: bytes) -> None:
                if scene.broker_away:
                    scene.broker_away -= 1
                    raise NotWritten("the broker is away")

        class Lost(UndeliveredWriter):
            def __init__(self) -> None: ...

            async def write(self, record: Undelivered | Redelivered) -> None:
                assert isinstance(record, Undelivered)
                scene.undelivered.append(record)

        monkeypatch.setattr(BatchWebhook, "open", open_channel)
        monkeypatch.setattr("streams.delivery.notify.journal._TRY_AGAIN_AFTER_S", 0.001)
        # Each `run` has an event loop of its own, which the parts meet as an error.
        monkeypatch.setattr("streams.delivery.notify.dispatch._RESTART_AFTER_S", 0.001)
        receivers: list[Receiver] = [receiver(name, **{**NOW, **keys}) for name in answers]
        self.notifier = Notifier(receivers, dt.UTC, {}, Deeds())
        begun = self.notifier.begin(dt.datetime.fromtimestamp(0, dt.UTC))
        assert begun is not None
        self.notifier.take_record(begun)
        self.journal = Journal(None, "notifications", Writer(), self._take, self.metrics, SentLog())  # type: ignore[arg-type]
        self.dispatchers = [
            Dispatcher(
                one, self.notifier, self.journal, Lost(), self.metrics, lambda: True, backoff=QUICK
            )
            for one in receivers
        ]

    def publish(self, number: int, age_s: float = 0.0, **changes: Any) -> None:
        value = raw(alert_id=f"{number:016x}", **changes)
        self.notifier.take_alert(decode_event(value), value, time.time() - age_s)
        for one in self.dispatchers:
            one.wake()

    def run(self, done: Callable[[], bool]) -> None:
        async def until_done() -> None:
            tasks = [asyncio.create_task(one.run()) for one in self.dispatchers]
            while not done():
                assert not any(task.done() for task in tasks)
                await asyncio.sleep(0.001)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run(until_done())

    def sent(self, name: str) -> list[str]:
        return [one.alerts[0].envelope.alert.alert_id[-1] for one in self.got[name]]

    def value(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(f"weathervane_{name}", labels) or 0.0

    def _take(self, record: Record) -> None:
        self.records.append(record)
        self.notifier.take_record(record)


def accept(_: Notification) -> Refusal | None:
    return None


def refuse(_: Notification) -> Refusal | None:
    return Refusal("503", "HTTP 503 Service Unavailable", answered=True)


def break_down(_: Notification) -> Refusal | None:
    raise RuntimeError("https://secret.example/")


def test_a_dead_receiver_delays_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """One refuses, one raises: the third is told of all, and each is recorded once."""
    answers: dict[str, Answer] = {"well": accept, "refusing": refuse, "broken": break_down}
    scene = Scene(monkeypatch, answers)
    for number in range(20):
        scene.publish(number)
    scene.run(
        lambda: (
            len(scene.got["well"]) == 20
            and scene.value("notify_failures_total", receiver="broken", reason="RuntimeError") > 1
        )
    )
    assert scene.got["refusing"] == scene.got["broken"] == []
    assert [one.receiver for one in scene.records if isinstance(one, Sent)] == ["well"] * 20
    assert scene.value("notify_failures_total", receiver="refusing", reason="503") > 0
    assert scene.value("webhook_unforeseen_errors_total", receiver="broken", error="RuntimeError")


def test_one_that_is_refused_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notification that is refused for ever, and nineteen that are not."""

    def poison(one: Notification) -> Refusal | None:
        return refuse(one) if one.alerts[0].envelope.alert.alert_id.endswith("3") else None

    scene = Scene(monkeypatch, {"ops": poison})
    for number in range(10):
        scene.publish(number)
    scene.run(lambda: len(scene.got["ops"]) == 9)
    assert sorted(scene.sent("ops")) == [*"012456789"]


def test_what_changes_while_it_is_refused_is_told_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next try tells of the alert as it is then; it resolved meanwhile: once, as resolved."""
    tries = iter([refuse, refuse])
    scene = Scene(monkeypatch, {"ops": lambda one: next(tries, accept)(one)})
    scene.publish(1)
    scene.run(lambda: scene.value("notify_failures_total", receiver="ops", reason="503") > 0)
    scene.publish(1, event="resolved", state="resolved", revision=2)
    scene.run(lambda: bool(scene.got["ops"]))
    (one,) = scene.got["ops"]
    assert (one.reason, one.status) == ("resolved", "resolved")


def test_what_is_too_old_is_given_up_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes to undelivered, and the receiver is told of what happens to the alert later."""
    tries = iter([refuse] * 3)
    scene = Scene(
        monkeypatch, {"ops": lambda one: next(tries, accept)(one)}, give_up_after="0.001s"
    )
    scene.publish(1, age_s=10.0)
    scene.run(lambda: bool(scene.undelivered))
    (lost,) = scene.undelivered
    assert (lost.receiver, lost.alert) == ("ops", f"{1:016x}.1")
    (record,) = scene.records
    assert isinstance(record, Sent)
    assert (record.outcome, record.detail) == ("given_up", "HTTP 503 Service Unavailable")
    assert scene.value("notify_given_up_alerts_total", receiver="ops") == 1
    list(tries)
    scene.publish(1, event="resolved", state="resolved", revision=2)
    scene.run(lambda: bool(scene.got["ops"]))
    assert scene.got["ops"][0].reason == "resolved"


def test_nothing_is_sent_while_the_last_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker is away: the record is tried until it is written, and only then the next sent."""
    monkeypatch.setattr("streams.delivery.notify.dispatch.FINISH_WITHIN_S", 0.01)
    scene = Scene(monkeypatch, {"ops": accept})
    scene.broker_away = 10**9
    scene.publish(1)
    scene.publish(2)
    scene.run(lambda: scene.broker_away < 10**9 - 20)
    assert scene.sent("ops") == ["1"]


def test_a_stop_waits_for_what_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is accepted while it stops is recorded, so that nothing is sent twice."""
    scene = Scene(monkeypatch, {"ops": accept})
    scene.broker_away = 5
    scene.publish(1)
    scene.run(lambda: bool(scene.got["ops"]))
    assert scene.broker_away == 0
    assert len(scene.records) == 1


def test_only_what_is_refused_of_a_notification_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The receiver will never take one of three alerts, and has accepted the others."""
    wrong = f"{2:016x}"

    def judge(one: Notification) -> Refusal | None:
        found = [each.envelope.alert.alert_id for each in one.alerts]
        if wrong not in found:
            return None
        return Refusal("400", "HTTP 400", answered=True, final=True, only=(wrong,))

    keys = {"group_by": "family"}
    scene = Scene(monkeypatch, {"ops": judge}, **keys)
    scene.publish(1)
    scene.publish(2, parent=f"{1:016x}")
    scene.publish(3, parent=f"{1:016x}")
    scene.run(lambda: len(scene.records) == 2)
    assert [one.alert for one in scene.undelivered] == [f"{wrong}.1"]
    by_outcome = {
        one.outcome: [each.alert_id for each in one.alerts]
        for one in scene.records
        if isinstance(one, Sent)
    }
    assert by_outcome == {"given_up": [wrong], "accepted": [f"{1:016x}", f"{3:016x}"]}
    assert scene.value("notify_given_up_alerts_total", receiver="ops") == 1
    assert scene.notifier.next_due_s("ops") > time.time() + 3600


def test_what_is_sent_again_is_given_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A channel that sends open alerts again and again, and will never take this one."""
    monkeypatch.setattr(BatchWebhook, "resend_every", 0.001)
    refused: list[str] = []

    def judge(one: Notification) -> Refusal | None:
        refused.append(one.reason)
        return Refusal("400", "HTTP 400", answered=True, final=True)

    scene = Scene(monkeypatch, {"ops": judge})
    scene.publish(1)
    scene.run(lambda: len(refused) > 5)
    assert refused[:3] == ["new", "repeat", "repeat"]
    assert len(scene.undelivered) == len(scene.records) == 1


def test_what_is_only_said_again_is_never_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alertmanager is away for longer than `give_up_after`: nothing goes to undelivered."""
    monkeypatch.setattr(BatchWebhook, "resend_every", 0.001)
    answers: dict[str, Answer] = {"ops": lambda one: None if one.reason == "new" else refuse(one)}
    scene = Scene(monkeypatch, answers, give_up_after="0.001s")
    scene.publish(1, age_s=10.0)
    scene.run(lambda: scene.value("notify_failures_total", receiver="ops", reason="503") > 5)
    assert scene.undelivered == []
    assert [one.reason for one in scene.records if isinstance(one, Sent)] == ["new"]


def test_what_is_hidden_while_it_is_refused_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its attempts are not counted on when it is told after the silence."""
    scene = Scene(monkeypatch, {"ops": refuse})
    deeds = scene.notifier._boxes["ops"].composer._deeds
    assert isinstance(deeds, Deeds)
    scene.publish(1)
    scene.run(lambda: scene.value("notify_failures_total", receiver="ops", reason="503") > 2)
    assert list(scene.dispatchers[0]._tries) == [f"{1:016x}"]
    deeds.silences.append(("106900012345", 0.0, time.time() + 3600.0))
    scene.notifier.deeds_changed(None)
    scene.run(lambda: not scene.dispatchers[0]._tries)
    assert scene.undelivered == []
