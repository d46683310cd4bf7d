"""The monitor's own faults reach a webhook, on a real broker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from streams.broker.local.broker import Recipe
from streams.broker.local.port_and_folder import free_port
from tests.delivery.receivers import Receiver, receiver
from tests.integration.pipeline import pipeline
from tests.launch.launch import COMMAND, start
from tests.waiting.programs import ended

CONFIG = """
name = "told"
[serve]
port = {port}
[monitor]
look_every = "0.5s"
heartbeat = "1s"
[[webhooks]]
name = "ops"
url = "{url}"
"""
BEGAN, ENDED = "weathervane.monitor.symptom_began", "weathervane.monitor.symptom_ended"


def test_a_webhook_learns_that_detect_is_killed_and_that_it_is_back(
    apache: Recipe, tmp_path: Path
) -> None:
    """It gets heartbeats, detect's end by name and remedy, and then that this is over."""
    with receiver() as ops:
        text = CONFIG.format(port=free_port(), url=ops.url)
        with pipeline(apache, tmp_path, text) as on:
            on.start("detect")
            command = [*COMMAND, "serve"]
            options = ["--config", str(on.path), "--bootstrap", on.place.bootstrap]
            with (tmp_path / "serve.log").open("wb") as log:
                serve = start([*command, *options], stdout=log, stderr=log)
            try:
                # Detect may have begun after serve: what stands then is over first.
                on.wait(lambda: last_heartbeat(ops) is not None and "detect" not in down(ops))
                before = len(of_detect(ops))
                on.kill("detect")
                on.wait(lambda: len(of_detect(ops)) == before + 1, "it is told that detect is down")
                on.start("detect")
                on.wait(lambda: len(of_detect(ops)) == before + 2, "it is told that it is back")
                serve.terminate()
                assert ended(serve) == 0
            finally:
                serve.kill()
                serve.wait()
    began, over = of_detect(ops)[-2:]
    assert (began["type"], over["type"]) == (BEGAN, ENDED)
    assert began["source"] == "/weathervane/told"
    assert "weathervane up" in began["data"]["summary"]
    assert began["id"].partition(".")[0] == over["id"].partition(".")[0]
    ids = [event["id"] for event in events(ops)]
    assert len(ids) == len(set(ids))


def events(ops: Receiver) -> list[dict[str, Any]]:
    """All that the webhook has got."""
    return [orjson.loads(body) for body in list(ops.accepted)]


def of_detect(ops: Receiver) -> list[dict[str, Any]]:
    """What it was told of detect's being down."""
    return [
        event
        for event in events(ops)
        if event["data"].get("symptom") == "process_down"
        and event["subject"].startswith("detect at ")
    ]


def last_heartbeat(ops: Receiver) -> dict[str, Any] | None:
    """The newest heartbeat."""
    beats = [event for event in events(ops) if event["type"] == "weathervane.monitor.heartbeat"]
    return beats[-1] if beats else None


def down(ops: Receiver) -> set[str]:
    """The processes that are down, as the newest heartbeat says."""
    beat = last_heartbeat(ops)
    found = [] if beat is None else beat["data"]["symptoms"]
    return {one["subject"].split()[0] for one in found if one["symptom"] == "process_down"}
