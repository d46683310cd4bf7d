"""Memory of a serve process with many alerts and actions.

    python -m benchmarks.serve_memory [--alerts 100000] [--open 1000] [--actions 10000] [--json]
    python -m benchmarks.serve_memory --in-process

A real serve on a broker of its own, which has read the alerts and the actions and has told three
receivers of the open alerts: its resident memory when all is done, at its highest, and after a
minute in which pages, lists and previews were asked for. In process, without Kafka clients and
receivers: feeds, board and actions alone, filled by the functions that serve fills them with.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import streams.delivery.process
from benchmarks.figures import print_figures
from benchmarks.on_kafka import Live, load, on_kafka
from streams.actions.action import AcknowledgeAlert, encode_action
from streams.actions.state import ActionState
from streams.alerts.cloudevent import Entity, decode_event
from streams.broker.local.port_and_folder import free_port
from streams.delivery.api.board import Board
from streams.delivery.feed.pages import Feeds
from tests.alerts.examples import raw

_RECEIVERS = 3
_TABLE = """
[[receivers]]
name = "r{number}"
continue = true
wait = "0s"
interval = "0s"
webhook = {{ url = "http://127.0.0.1:{port}/", timeout = "5s" }}
"""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def main() -> None:
    """Fill the state, and print what it takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=100_000)
    parser.add_argument("--open", type=int, default=1_000, help="of them are open")
    parser.add_argument("--actions", type=int, default=10_000)
    parser.add_argument("--in-process", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.in_process:
        figures = in_process(asked.alerts, asked.actions)
    else:
        figures = running(asked.alerts, asked.open, asked.actions)
    print_figures(figures, as_json=asked.json)


def running(alerts: int, still_open: int, actions: int) -> dict[str, float]:
    """Start serve where all that was written is on Kafka, and measure it."""
    port = free_port()
    with ExitStack() as stack:
        receiver = stack.enter_context(_receiver())
        tables = [_TABLE.format(number=number, port=receiver) for number in range(_RECEIVERS)]
        text = "\n".join([*tables, f"[serve]\nport = {port}\nkeep = {alerts}"])
        live = stack.enter_context(on_kafka(text))
        live.write(live.config.topic("alerts"), _revisions(alerts, still_open))
        live.write(live.config.topic("actions"), (encode_action(one) for one in _acted(actions)))
        live.start("serve")
        live.wait(lambda: _told(live) >= still_open * _RECEIVERS)
        time.sleep(10)
        after_telling = live.resident_mb("serve")
        _ask(f"http://127.0.0.1:{port}")
        return {
            "alerts": alerts,
            "open": still_open,
            "actions": actions,
            "told_mb": round(after_telling, 1),
            "asked_mb": round(live.resident_mb("serve"), 1),
            "highest_mb": round(live.resident_mb("serve", highest=True), 1),
            "load_1_min": float(load().split()[0]),
        }


def in_process(alerts: int, actions: int) -> dict[str, float]:
    """Fill feeds, board and actions of this process."""
    assert streams.delivery.process  # what serve imports counts
    before = _resident_mb()
    feeds, board, state = Feeds(alerts), Board(alerts), ActionState()
    for number in range(1, alerts + 1):
        # A copy of the size that a client of Kafka gives; an encoder's has room to grow.
        text = bytes(memoryview(raw(alert_id=f"{number:016x}", feed_no=number)))
        envelope = decode_event(text)
        feeds.add(0, envelope, text)
        board.take(envelope, text, time.time())
    for one in _acted(actions):
        state.take(one)
    return {
        "alerts": len(board),
        "actions": actions,
        "before_mb": round(before, 1),
        "after_mb": round(_resident_mb(), 1),
    }


def _revisions(alerts: int, still_open: int) -> Iterator[bytes]:
    """Yield an opening of each alert, and the end of most."""
    number = 0
    for alert in range(1, alerts + 1):
        for event, state in (("opened", "open"), ("resolved", "resolved")):
            if state == "resolved" and alert > alerts - still_open:
                continue
            number += 1
            yield raw(
                alert_id=f"{alert:016x}",
                feed_no=number,
                event=event,
                state=state,
                revision=1 + (state == "resolved"),
                entity=Entity("sender", f"1069{alert:08}"),
            )


def _acted(actions: int) -> Iterator[AcknowledgeAlert]:
    now = dt.datetime.now(dt.UTC)
    for number in range(1, actions + 1):
        yield AcknowledgeAlert(
            v=1, id=f"{number:032x}", at=now, by="wang", alert_id=f"{number:016x}",
            severity="warning",
        )  # fmt: skip


def _told(live: Live) -> float:
    return live.metric("serve", "weathervane_notify_sent_total")


def _ask(base: str) -> None:
    """Ask for what a desk of people asks for."""
    body = json.dumps({"match": {"id": "1069*"}}).encode()
    for path, data in (
        ("/api/v1/alerts?limit=1000", None),
        ("/api/v1/alerts?limit=1000&sort=beyond_chance", None),
        ("/api/v1/actions?limit=1000", None),
        ("/api/v1/notifications?limit=1000", None),
        ("/api/v1/silences/preview", body),
        ("/feeds/1d-Asia-Shanghai/0.json", None),
    ):
        for _ in range(3):
            asked = urllib.request.Request(base + path, data, {"Content-Type": "application/json"})
            with urllib.request.urlopen(asked, timeout=60) as answer:
                answer.read()


@contextmanager
def _receiver() -> Iterator[int]:
    """Accept all, and yield the port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def _resident_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


if __name__ == "__main__":
    main()
