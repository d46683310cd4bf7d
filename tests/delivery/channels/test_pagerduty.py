"""PagerDuty gets what its Events API v2 accepts: by a service that judges as its documents say."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.alerts.cloudevent import Entity
from streams.delivery.channels.pagerduty import PagerDuty, events
from tests.delivery.channels.notifications import LINK, notification, notified, tell
from tests.delivery.channels.services import Reply, Request, Service, in_json, service
from tests.delivery.channels.text.test_message import hostile

KEY = "0123456789abcdefABCDEF0123456789"
SYMPTOM = (
    b'{"id":"k1.symptom_began","type":"weathervane.monitor.symptom_began","subject":"detect at x",'
    b'"time":"2026-03-02T09:30:00.000Z","data":{"symptom":"stalled","summary":"it is wrong"}}'
)


class Incidents:
    """What PagerDuty holds: the state of an incident by its key."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}

    def answer(self, request: Request) -> Reply:
        """Judge an event; 202 where it is taken."""
        errors = self.errors(request)
        if errors:
            said = {"status": "invalid event", "message": f"Event {KEY}", "errors": errors}
            return in_json(400, said)
        event = request.json
        key, action = event["dedup_key"], event["event_action"]
        if action == "trigger":
            self.states.setdefault(key, "triggered")
        elif key in self.states:
            self.states[key] = {"acknowledge": "acknowledged", "resolve": "resolved"}[action]
        return in_json(202, {"status": "success", "message": "Event processed", "dedup_key": key})

    def errors(self, request: Request) -> list[str]:
        """What is wrong with an event."""
        event = request.json
        found = []
        if len(request.body) > 512 * 1024:
            found.append("larger than 512 KB")
        if len(event.get("routing_key", "")) != 32:
            found.append("Length of 'routing_key' is incorrect (should be 32 characters)")
        if event.get("event_action") not in ("trigger", "acknowledge", "resolve"):
            found.append("'event_action' is invalid")
        if not 0 < len(event.get("dedup_key", "")) <= 255:
            found.append("'dedup_key' is invalid")
        if event.get("event_action") == "trigger":
            found += self.payload_errors(event)
        return found

    def payload_errors(self, event: dict[str, Any]) -> list[str]:
        """What is wrong with the payload of a trigger."""
        payload, found = event.get("payload", {}), []
        if not 0 < len(payload.get("summary", "")) <= 1024:
            found.append("'payload.summary' is missing or too long")
        if not payload.get("source"):
            found.append("'payload.source' is missing or blank")
        if payload.get("severity") not in ("critical", "warning", "error", "info"):
            found.append("'payload.severity' is invalid")
        if not all({"href", "text"} == set(link) for link in event.get("links", [])):
            found.append("'links' is invalid")
        return found


def invalid(*errors: str) -> Reply:
    """What PagerDuty answers to an event that it does not take."""
    document = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
    return in_json(400, document)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A file with a routing key."""
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    return file


def channel(played: Service, key_file: Path) -> PagerDuty:
    """The channel that posts there."""
    return PagerDuty(url=played.url("/v2/enqueue"), routing_key_file=key_file)


def test_an_incident_follows_its_alert(key_file: Path) -> None:
    """Triggered, acknowledged by whoever acknowledges it with us, and resolved."""
    one = notified()
    known = Incidents()
    states = []
    with service(known.answer) as played:
        for message in (
            notification(one),
            notification(notified("王伟"), reason="acknowledged"),
            notification(notified("王伟", revision=2, severity="critical"), reason="changed"),
            notification(notified(state="resolved", event="resolved"), reason="resolved"),
        ):
            assert tell(channel(played, key_file), message) == [None]
            states.append(dict(known.states))
    name = one.envelope.alert.alert_id
    expected = ["triggered", "acknowledged", "acknowledged", "resolved"]
    assert states == [{name: state} for state in expected]
    first = played.requests[0].json
    assert first["payload"]["custom_details"]["observed"] == 52
    assert first["payload"]["source"] == "sender/106900012345"
    assert first["client_url"] == LINK
    actions = [request.json["event_action"] for request in played.requests]
    assert actions == ["trigger", "acknowledge", "trigger", "acknowledge", "resolve"]


def test_symptoms_of_the_monitor_are_incidents_and_heartbeats_are_not(key_file: Path) -> None:
    known = Incidents()
    ended = SYMPTOM.replace(b"began", b"ended")
    beat = SYMPTOM.replace(b"symptom_began", b"heartbeat")
    with service(known.answer) as played:
        for event in (beat, SYMPTOM, ended):
            message = notification(reason="monitor", monitor=event)
            assert tell(channel(played, key_file), message) == [None]
    assert [one.json["event_action"] for one in played.requests] == ["trigger", "resolve"]
    assert known.states == {"k1": "resolved"}


@settings(max_examples=60)
@given(st.lists(hostile, min_size=1, max_size=3), st.sampled_from(["en", "zh"]))
def test_any_name_is_accepted_and_is_no_link(names: list[str], language: Any) -> None:
    alerts = [notified("x", entity=Entity("sender", name), looks_like=name) for name in names]
    for event in events(notification(*alerts), language):
        body = {"routing_key": KEY, **event}
        raw = json.dumps(body, ensure_ascii=False)
        assert Incidents().errors(Request("/", {}, {}, raw.encode())) == []
        assert "://" not in raw.replace(LINK, "")
        assert not re.search(r"(?<!\[)@", raw)


@pytest.mark.parametrize(
    ("reply", "final", "wait_s"),
    [
        (invalid("'payload.severity' is invalid"), True, None),
        (invalid("'dedup_key' is too long", KEY), True, None),
        (invalid("Invalid routing key"), False, None),
        (invalid("'payload.summary' is missing", "'routing_key' is not known"), False, None),
        (invalid(), False, None),
        (in_json(400, {"status": "invalid key", "message": "Invalid routing key"}), False, None),
        (in_json(400, {"errors": [KEY]}), False, None),
        (Reply(400, b"[" * 60_000), False, None),
        (Reply(400, b"Client sent an HTTP request to an HTTPS server.\n"), False, None),
        (Reply(400, b"\xff" * 200_000), False, None),
        (Reply(429), False, 60.0),
        (Reply(429, b"", {"Retry-After": "5"}), False, 5.0),
        (Reply(500, KEY.encode()), False, None),
        (Reply(301, b"", {"Location": "http://x/"}), False, None),
    ],
)
def test_what_is_no_acceptance_is_a_refusal(
    key_file: Path, reply: Reply, final: bool, wait_s: float | None
) -> None:
    """An event that is not valid is never tried again: it would hold up all others.

    What a new key or address mends is tried again.
    """
    with service(lambda _: reply) as played:
        [refusal] = tell(channel(played, key_file), notification())
    assert refusal is not None
    assert (refusal.reason, refusal.final) == (str(reply.status), final)
    assert refusal.retry_after_s == wait_s
    assert KEY not in repr(refusal)


@pytest.mark.parametrize("text", ["", "hunter2", KEY + "x", KEY[:-1] + " x", None])
def test_a_key_that_is_none_is_refused_and_not_shown(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "key"
    if text is not None:
        file.write_text(text)
    with service(Incidents().answer) as played:
        one = channel(played, file)
        [refusal] = tell(one, notification())
    assert played.requests == []
    assert refusal is not None
    assert refusal.detail.startswith("routing_key_file must ")
    assert not text or text not in repr(refusal)
    assert str(file) not in repr(one)


def test_a_large_notification_goes_on_where_a_limit_stopped_it(key_file: Path) -> None:
    """Of forty alerts PagerDuty takes ten at a time; each is taken once."""
    known = Incidents()
    asked = iter(range(10_000))

    def limited(request: Request) -> Reply:
        return Reply(429) if next(asked) % 11 == 10 else known.answer(request)

    alerts = [notified(alert_id=f"{number:016x}") for number in range(40)]
    message = notification(*alerts)
    with service(limited) as played:
        answers = tell(channel(played, key_file), *[message] * 4)
    assert [one and one.reason for one in answers] == ["429", "429", "429", None]
    taken = [one for number, one in enumerate(played.requests) if number % 11 != 10]
    assert [one.json["dedup_key"] for one in taken] == [f"{number:016x}" for number in range(40)]


@given(bad=st.sets(st.integers(0, 5)), stops=st.lists(st.integers(0, 8), max_size=3))
@settings(max_examples=8, deadline=None)
def test_only_the_alert_whose_event_is_not_valid_is_refused(
    bad: set[int], stops: list[int]
) -> None:
    """Of six alerts any may be invalid, and PagerDuty may be away between them."""
    known = Incidents()
    asked = iter(range(10_000))

    def judge(request: Request) -> Reply:
        if next(asked) in stops:
            return Reply(503)
        wrong = int(request.json["dedup_key"], 16) in bad
        return invalid("'payload.severity' is invalid") if wrong else known.answer(request)

    alerts = [notified("Wang", alert_id=f"{number:016x}") for number in range(6)]
    message = notification(*alerts)
    with tempfile.TemporaryDirectory() as folder, service(judge) as played:
        file = Path(folder) / "key"
        file.write_text(KEY)
        answers = tell(channel(played, file), *[message] * (len(stops) + 1))
    settled = next(one for one in answers if one is None or one.final)
    assert (settled is None) == (not bad)
    if settled is not None:
        assert settled.only == tuple(f"{number:016x}" for number in sorted(bad))
    assert set(known.states) == {f"{number:016x}" for number in set(range(6)) - bad}
