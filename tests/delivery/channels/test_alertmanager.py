"""Alertmanager takes alerts, keeps them while they are sent again, and sees them end."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings

from streams.alerts.cloudevent import Entity
from streams.broker.local.port_and_folder import free_port
from streams.delivery.channels.alertmanager import Alertmanager, posted
from tests.delivery.channels.notifications import AT, LINK, notification, notified, tell
from tests.delivery.channels.services import Reply, Request, service
from tests.delivery.channels.text.test_message import hostile
from tests.needs import require
from tests.waiting import web
from tests.waiting.programs import run
from tests.waiting.progress import until

LABELS = {
    "alertname": "WeathervaneComplaints",
    "alert_id": "2b1926685558e977",
    "entity": "106900012345",
    "level": "sender",
    "signal": "complaints",
    "group": "1d-Asia-Shanghai",
    "severity": "warning",
}
SYMPTOM = {
    "symptom": "stalled",
    "subject": "detect at x",
    "began": "2026-03-02T09:30:00.000Z",
    "summary": "it is wrong",
}


def monitor(kind: str, **data: Any) -> bytes:
    """An event on the monitor itself."""
    document = {"type": f"weathervane.monitor.{kind}", "subject": "detect at x", "data": data}
    return json.dumps(document).encode()


class Running:
    """An Alertmanager that runs, and what it has sent to its own receiver."""

    def __init__(self, url: str, sent: list[Request]) -> None:
        self.url, self._sent = url, sent

    def alerts(self) -> dict[str, Any]:
        """The alerts that stand, by their name, as amtool has them."""
        command = ["amtool", "alert", "query", "-o", "json", f"--alertmanager.url={self.url}"]
        return {one["labels"]["alertname"]: one for one in json.loads(run(command).stdout)}

    def wait_for(self, what: str, status: str) -> dict[str, Any]:
        """Wait until it has sent word of an alert; return the alert as sent."""

        def word() -> list[dict[str, Any]]:
            alerts = [one for request in list(self._sent) for one in request.json["alerts"]]
            wanted = (what, status)
            return [one for one in alerts if (one["labels"]["alertname"], one["status"]) == wanted]

        until(word, f"word of {what} {status}", seen=lambda: len(self._sent))
        return word()[0]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A real Alertmanager, alone, that sends at once."""
    require("prometheus-alertmanager")
    require("amtool")
    folder = tmp_path_factory.mktemp("alertmanager")
    with service(lambda _: Reply(200)) as receiver, _alertmanager(folder, receiver.url()) as url:
        yield Running(url, receiver.requests)


@contextmanager
def _alertmanager(folder: Path, receiver: str) -> Iterator[str]:
    config = folder / "alertmanager.yml"
    config.write_text(
        "route: {receiver: ops, group_by: ['...'], group_wait: 0s, group_interval: 1s}\n"
        f"receivers: [{{name: ops, webhook_configs: [{{url: '{receiver}'}}]}}]\n"
    )
    port = free_port()
    command = [
        *("prometheus-alertmanager", f"--config.file={config}", f"--storage.path={folder}"),
        *(f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="),
    ]
    url = f"http://127.0.0.1:{port}"
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as process,
    ):
        try:
            until(lambda: _is_ready(url), "Alertmanager is ready", logs=lambda: [folder / "log"])
            yield url
        finally:
            process.kill()


def _is_ready(url: str) -> bool:
    try:
        return web.get(f"{url}/-/ready").is_success
    except httpx.TransportError:
        return False


def test_a_real_alertmanager_follows_an_alert(running: Running) -> None:
    """It stands with our labels and figures, is one alert whatever changes, and ends."""
    channel = Alertmanager(urls=[running.url])
    now = dt.datetime.now(dt.UTC)
    one = notification(notified(first_severity="warning"), at=now)
    assert tell(channel, one) == [None]
    fired = running.wait_for("WeathervaneComplaints", "firing")
    assert fired["labels"] == LABELS
    assert fired["annotations"]["ratio"] == "16.7742"
    assert fired["generatorURL"] == LINK
    worse = notified("王伟", first_severity="warning", severity="critical", revision=2)
    assert tell(channel, notification(worse, at=now)) == [None]
    stands = running.alerts()["WeathervaneComplaints"]
    assert stands["labels"] == LABELS
    assert stands["annotations"]["severity"] == "critical"
    assert stands["annotations"]["acknowledged_by"] == "王伟"
    left_s = (dt.datetime.fromisoformat(stands["endsAt"]) - now).total_seconds()
    assert 200 < left_s < 300
    over = notified(first_severity="warning", event="resolved", state="resolved", revision=3)
    assert tell(channel, notification(over, at=dt.datetime.now(dt.UTC))) == [None]
    running.wait_for("WeathervaneComplaints", "resolved")
    assert "WeathervaneComplaints" not in running.alerts()


def test_a_real_alertmanager_forgets_what_is_not_sent_again(running: Running) -> None:
    channel = Alertmanager.model_validate({"urls": [running.url], "resend_every": "0.3s"})
    one = notification(notified(signal="sends", first_severity="warning"))
    assert tell(channel, one) == [None]
    running.wait_for("WeathervaneSends", "firing")
    running.wait_for("WeathervaneSends", "resolved")


def test_a_real_alertmanager_silences_by_our_labels(running: Running) -> None:
    silence = [
        *("amtool", "silence", "add", "--duration=1h", "--comment=x", "--author=x"),
        *(f"--alertmanager.url={running.url}", "alertname=WeathervaneSource", "level=source"),
    ]
    assert run(silence).returncode == 0
    one = notified(signal="source", kind="gap", entity=Entity("source", "ftc"))
    assert tell(Alertmanager(urls=[running.url]), notification(one)) == [None]
    query = [
        *("amtool", "alert", "query", "--silenced", "-o", "json"),
        *(f"--alertmanager.url={running.url}", "alertname=WeathervaneSource"),
    ]
    assert [one["status"]["state"] for one in json.loads(run(query).stdout)] == ["suppressed"]


def test_a_real_alertmanager_knows_of_the_monitor(running: Running) -> None:
    channel = Alertmanager(urls=[running.url])
    began = notification(reason="monitor", monitor=monitor("symptom_began", **SYMPTOM))
    beat = notification(reason="monitor", monitor=monitor("heartbeat", symptoms=[SYMPTOM]))
    ended = notification(reason="monitor", monitor=monitor("symptom_ended", **SYMPTOM))
    assert tell(channel, began, beat) == [None, None]
    fired = running.wait_for("WeathervaneMonitor", "firing")
    assert fired["labels"]["symptom"] == "stalled"
    assert tell(channel, ended) == [None]
    running.wait_for("WeathervaneMonitor", "resolved")


def test_each_member_of_a_cluster_gets_every_alert() -> None:
    """One that accepts is enough; where none does, the first one's refusal counts."""
    with service(lambda _: Reply(200)) as up, service(lambda _: Reply(503)) as down:
        urls = [down.url(), up.url("/prefix/")]
        assert tell(Alertmanager(urls=urls), notification()) == [None]
        [refusal] = tell(Alertmanager(urls=[down.url(), down.url()]), notification())
    assert [one.path for one in up.requests] == ["/prefix/api/v2/alerts"]
    assert up.requests[0].body == down.requests[0].body
    assert refusal is not None
    assert (refusal.reason, refusal.final) == ("503", False)


INVALID = Reply(400, b'"start time must be before end time"')


@pytest.mark.parametrize(
    ("reply", "final"),
    [
        (INVALID, True),
        (Reply(400, b"Client sent an HTTP request to an HTTPS server.\n"), False),
        (Reply(400, b"<html>The plain HTTP request was sent to HTTPS port</html>"), False),
        (Reply(400, b'{"code":400,"message":"parsing alerts body failed"}'), False),
        (Reply(400, b'""'), False),
        (Reply(400), False),
        (Reply(400, b"[" * 60_000), False),
        (Reply(422, b'"start time must be before end time"'), False),
    ],
)
def test_only_what_alertmanager_calls_invalid_is_not_tried_again(reply: Reply, final: bool) -> None:
    """A wrong address may be put right."""
    with service(lambda _: reply) as played:
        [refusal] = tell(Alertmanager(urls=[played.url()]), notification())
    assert refusal is not None
    assert refusal.final == final


def always(reply: Reply) -> Callable[[Request], Reply]:
    """Answer each request so."""
    return lambda _: reply


def test_a_member_that_may_still_accept_is_tried_again() -> None:
    """Whatever another one says, and whichever comes first."""
    for one, other in ((INVALID, Reply(503)), (Reply(503), INVALID), (INVALID, INVALID)):
        with service(always(one)) as first, service(always(other)) as second:
            urls = [first.url(), second.url()]
            [refusal] = tell(Alertmanager(urls=urls), notification())
        assert refusal is not None
        assert refusal.final == (one is other)


def test_only_the_alert_that_is_not_valid_is_refused() -> None:
    """Alertmanager takes the others, and does not say which it means."""
    bad = {f"{2:016x}", f"{4:016x}"}

    def judge(request: Request) -> Reply:
        ids = {one["labels"]["alert_id"] for one in request.json}
        return INVALID if ids & bad else Reply(200)

    message = notification(*(notified(alert_id=f"{number:016x}") for number in range(5)))
    with service(judge) as played:
        [refusal] = tell(Alertmanager(urls=[played.url()]), message)
    assert refusal is not None
    assert refusal.final
    assert refusal.only == tuple(sorted(bad))


def test_one_invalid_alert_of_many_costs_few_posts() -> None:
    """It is looked for by halves, since all that is open is sent again each minute."""
    bad = {f"{700:016x}", f"{1100:016x}"}

    def answer(request: Request) -> Reply:
        ids = {one["labels"]["alert_id"] for one in request.json}
        return INVALID if ids & bad else Reply(200)

    crowd = [notified(alert_id=f"{number:016x}") for number in range(1, 1201)]
    with service(answer) as played:
        channel = Alertmanager(urls=[played.url("")])
        [refusal] = tell(channel, notification(*crowd))
        assert refusal is not None
        assert (refusal.final, set(refusal.only)) == (True, bad)
        accepted = [
            one["labels"]["alert_id"]
            for request in played.requests
            if answer(request).status == 200
            for one in request.json
        ]
        assert len(accepted) == len(set(accepted)) == 1198
        assert len(played.requests) < 60


@settings(max_examples=60)
@given(hostile)
def test_labels_are_exact_and_sentences_guarded(name: str) -> None:
    """Silences of Alertmanager match on labels, so a name stands there as it came."""
    one = notified(name, entity=Entity("signature", name))
    [found] = posted(notification(one), "zh", AT, 240.0)
    assert list(found["labels"]) == list(LABELS)
    assert found["labels"]["entity"] == name
    for text in found["annotations"].values():
        assert "://" not in text
    assert found["startsAt"] < found["endsAt"]


def test_an_alert_of_the_future_begins_now() -> None:
    """An end before the begin would never be taken."""
    one = notified(onset="2999-01-01T00:00:00+08:00", state="resolved", event="resolved")
    [found] = posted(notification(one), "en", AT, 240.0)
    assert found["startsAt"] == found["endsAt"] == "2026-03-02T09:30:00.000Z"


@pytest.mark.parametrize("url", ["http://x/?a=b", "http://x/#a", "ftp://x/", "x"])
def test_an_address_that_cannot_be_called_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be an"):
        Alertmanager(urls=[url])


def test_addresses_are_not_shown() -> None:
    assert "hunter2" not in repr(Alertmanager(urls=["http://me:hunter2@alertmanager.example:9093"]))
