"""A feed as a stream: nothing is missed, and it can be resumed."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn

from streams.alerts.cloudevent import decode_event
from streams.delivery.feed import event_stream as stream
from streams.delivery.feed import service
from streams.delivery.feed.cursor import Cursor
from streams.delivery.feed.event_stream import LiveFeeds
from tests.alerts.examples import numbered
from tests.delivery.feed.service_client import EVENTS, live_with
from tests.waiting.web import LONGEST_S

Block = dict[str, str]


@contextlib.asynccontextmanager
async def served(live: LiveFeeds) -> AsyncIterator[httpx.AsyncClient]:
    """Serve over a socket: a stream cannot be tested without one."""
    listener = socket.create_server(("127.0.0.1", 0))
    app = service.build_service(live, name="test", expected=[])
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))
    task = asyncio.create_task(server._serve([listener]))
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=LONGEST_S
        ) as one:
            yield one
    finally:
        live.close()
        server.should_exit = True
        await task
        listener.close()


async def blocks(answer: httpx.Response) -> AsyncIterator[Block]:
    """Give a stream's blocks: fields to values, a comment under ``""``."""
    block: Block = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(":")
            block[name] = value.removeprefix(" ")
        elif block:
            yield block
            block = {}


async def read(
    one: httpx.AsyncClient, number: int, path: str = EVENTS, headers: dict[str, str] | None = None
) -> list[Block]:
    async with one.stream("GET", path, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        found = []
        async for block in blocks(answer):
            found.append(block)
            if len(found) == number:
                break
        return found


def add(live: LiveFeeds, number: int) -> None:
    text = numbered(number)
    live.feeds.add(0, decode_event(text), text)
    live.publish()


def test_a_client_resumes_where_it_was_cut_off() -> None:
    """With Last-Event-ID, a client gets what came while it was away, in order, once."""

    async def run() -> tuple[list[Block], list[Block]]:
        live = live_with(*map(numbered, (1, 2, 4)))
        async with served(live) as one:
            before = await read(one, 3, EVENTS + "?after=0")
            add(live, 5)
            # The address still says after=0, as a browser's would.
            after = await read(one, 3, EVENTS + "?after=0", {"Last-Event-ID": before[-1]["id"]})
            return before, after

    before, after = asyncio.run(run())
    assert [block["id"] for block in before] == ["1.0", "1.1", "1.2"]
    assert [block["id"] for block in after] == ["1.2", "1.4", "1.5"]
    assert after[1]["data"].encode() == numbered(4)
    assert "data" not in before[0]


def test_news_reach_a_client_that_waits() -> None:
    """Without a cursor a client gets what is published from then on, and a cursor first."""

    async def run() -> list[Block]:
        live = live_with(*map(numbered, (1, 2)))
        async with served(live) as one:
            reading = asyncio.create_task(read(one, 3))
            while not live.listeners:
                await asyncio.sleep(0.01)
            add(live, 3)
            add(live, 4)
            return await reading

    assert [block["id"] for block in asyncio.run(run())] == ["1.2", "1.3", "1.4"]


def test_a_quiet_stream_has_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream without news carries comments, so that nothing on the way cuts it off."""
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.05)

    async def run() -> list[Block]:
        async with served(live_with(numbered(1))) as one:
            return await read(one, 3)

    found = asyncio.run(run())
    assert ["" in block for block in found] == [False, True, True]


def test_clients_are_bounded_and_counted_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """One client too many gets 503; when one leaves, there is room again."""
    monkeypatch.setattr(service, "MAX_CLIENTS", 2)

    async def run() -> None:
        live = live_with(numbered(1))
        async with served(live) as one:
            async with one.stream("GET", EVENTS), one.stream("GET", EVENTS):
                refused = await one.get(EVENTS)
                assert refused.status_code == 503
                assert refused.headers["retry-after"] == "60"
            while live.listeners:
                await asyncio.sleep(0.01)
            assert len(await read(one, 1)) == 1

    asyncio.run(asyncio.wait_for(run(), 10))


def test_streams_end_when_the_service_stops() -> None:
    """A client that listens does not hold up the service's end; its stream just ends."""

    async def run() -> list[Block]:
        live = live_with(numbered(1))
        async with served(live) as one:
            reading = asyncio.create_task(read(one, 99))
            while not live.listeners:
                await asyncio.sleep(0.01)
            live.close()
            return await reading

    assert asyncio.run(asyncio.wait_for(run(), 5)) == [{"id": "1.1"}]


def test_a_client_too_slow_is_let_go() -> None:
    """A client whose next item is no longer kept is cut off; its next attempt gets 410."""

    async def run() -> None:
        live = live_with(numbered(1), keep=2)
        source = stream.events(live, ("1d-Asia-Shanghai", 0), Cursor(1, 0))
        assert (await anext(source)).id == "1.0"
        assert (await anext(source)).id == "1.1"
        for number in (2, 3, 4, 5):
            add(live, number)
        with pytest.raises(StopAsyncIteration):
            await anext(source)

    asyncio.run(run())


def test_a_stream_goes_on_with_a_new_epoch() -> None:
    """So does a client that asks again with its last id: nothing is missed or repeated."""

    async def run() -> str:
        live = live_with(numbered(1))
        source = stream.events(live, ("1d-Asia-Shanghai", 0), Cursor(1, 0))
        assert [(await anext(source)).id for _ in range(2)] == ["1.0", "1.1"]
        text = numbered(1, epoch=2)
        live.feeds.add(0, decode_event(text), text)
        again = stream.events(live, ("1d-Asia-Shanghai", 0), Cursor(1, 1))
        assert [(await anext(again)).id for _ in range(2)] == ["1.1", "2.1"]
        return str((await anext(source)).id)

    assert asyncio.run(run()) == "2.1"
