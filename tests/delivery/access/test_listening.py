"""Streams end for whoever may no longer listen, and go on for all others."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from streams.access.record import tombstone
from streams.alerts.cloudevent import decode_event
from streams.delivery.feed import event_stream
from tests.access.known import a_session, a_token, a_user
from tests.alerts.examples import numbered
from tests.delivery.access.serving import Served
from tests.delivery.feed.service_client import EVENTS

TOKEN, SESSION = {"authorization": "Bearer t"}, {"cookie": "weathervane-local=s"}


class Listener:
    """Listens to the feed as a client would, until the stream ends."""

    def __init__(self, served: Served, headers: Mapping[str, str]) -> None:
        self.body, self._came = b"", asyncio.Event()
        names = {"host": "127.0.0.1:8780", **headers}
        scope = {
            "type": "http", "method": "GET", "path": EVENTS, "raw_path": EVENTS.encode(),
            "query_string": b"", "scheme": "http", "client": ("127.0.0.1", 4000),
            "server": ("127.0.0.1", 8780), "http_version": "1.1", "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in names.items()],
        }  # fmt: skip
        self.listening = asyncio.create_task(served.gate(scope, self._receive, self._send))

    async def came(self, part: bytes) -> None:
        """Wait until a part has come."""
        while part not in self.body:
            self._came.clear()
            await self._came.wait()

    async def _receive(self) -> Any:
        await asyncio.Event().wait()

    async def _send(self, message: Any) -> None:
        self.body += message.get("body", b"")
        self._came.set()


def _removed(served: Served) -> None:
    served.users.directory.take(*tombstone(a_user()))


def _revoked(served: Served) -> None:
    served.users.directory.take(*tombstone(a_token("t")))


def _late(served: Served) -> None:
    served.clock.day += dt.timedelta(days=2)


@pytest.mark.parametrize("alert_comes", [False, True])
@pytest.mark.parametrize(
    ("headers", "ends"),
    [(TOKEN, _revoked), (TOKEN, _late), (SESSION, _removed), (SESSION, _late)],
)
def test_a_stream_ends_when_who_listens_may_no_longer(
    headers: Mapping[str, str],
    ends: Callable[[Served], None],
    monkeypatch: pytest.MonkeyPatch,
    *,
    alert_comes: bool,
) -> None:
    """A token that ends or is revoked, a user who is removed: no alert comes any more."""
    if not alert_comes:
        monkeypatch.setattr(event_stream, "HEARTBEAT_S", 0.05)
    served = Served(a_user(), a_token("t"), a_session("s"))

    async def listen() -> None:
        listener = Listener(served, headers)
        await listener.came(b"id: 1.1")
        ends(served)
        if alert_comes:
            _publish(served, 2)
        await asyncio.wait_for(listener.listening, 10)
        assert b"data:" not in listener.body

    asyncio.run(listen())


def test_a_stream_goes_on_for_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past heartbeats, and while nobody can be known."""
    monkeypatch.setattr(event_stream, "HEARTBEAT_S", 0.01)
    served = Served(a_user(), a_token("t"))

    async def listen() -> None:
        listener = Listener(served, TOKEN)
        await listener.came(b"id: 1.1")
        for number in (2, 3):
            _publish(served, number)
            await asyncio.wait_for(listener.came(f"id: 1.{number}".encode()), 10)
            monkeypatch.setattr(served.users, "problem", "the topic is away")
            _revoked(served)
        served.live.close()
        await asyncio.wait_for(listener.listening, 10)

    asyncio.run(listen())


def _publish(served: Served, number: int) -> None:
    served.live.feeds.add(0, decode_event(numbered(number)), numbered(number))
    served.live.publish()
