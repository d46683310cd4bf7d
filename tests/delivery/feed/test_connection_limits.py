"""The HTTP service on a socket, with clients that take what they should not."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import uvicorn

from streams.delivery.feed.connection_limits import (
    MAX_BODY_BYTES,
    MAX_HEAD_BYTES,
    BoundedProtocol,
    bounded,
)
from streams.delivery.feed.service import build_service
from tests.alerts.examples import numbered
from tests.delivery.feed.service_client import EVENTS, FEED, live_with
from tests.waiting.progress import until
from tests.waiting.web import LONGEST_S

REQUEST_S = 0.5
ANSWER_S = 1.0
CONNECTIONS = 20


class _Quick(BoundedProtocol):
    request_s = REQUEST_S
    answer_s = ANSWER_S
    most_connections = CONNECTIONS + 5


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a service with quick limits, and a feed whose page is over a megabyte."""
    live = live_with(*(numbered(n, summary="x" * 2000) for n in range(1, 1001)), keep=2000)
    app = build_service(live, name="test", expected=[])
    config = bounded(app, stop_within_s=1)
    config.http, config.limit_concurrency = _Quick, CONNECTIONS
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            live.close()
            server.should_exit = True
            thread.join()


@contextlib.contextmanager
def connection(port: int, *sent: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=LONGEST_S) as client:
        for piece in sent:
            client.sendall(piece)
        yield client


def closed_within(client: socket.socket, seconds: float) -> bool:
    """Whether the other side ends the connection in time, whatever it says before."""
    client.settimeout(seconds)
    try:
        while client.recv(65_536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


def healthy(port: int) -> bool:
    return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /feeds HTTP/1.1\r\nHost: x\r\n",
        b"POST /feeds HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\n",
    ],
    ids=["nothing", "half a head", "half a body", "half a second request"],
)
def test_a_request_that_does_not_arrive_is_dropped(port: int, begun: bytes) -> None:
    """A client that never ends its request loses the connection, though it goes on dripping."""
    with connection(port, begun) as client:
        stop = threading.Event()

        def drip() -> None:
            with contextlib.suppress(OSError):
                while begun and not stop.wait(0.1):
                    client.sendall(b"a")

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            assert healthy(port)
            assert closed_within(client, REQUEST_S + 10)
        finally:
            stop.set()
            thread.join()


def test_a_client_that_reads_nothing_is_dropped(port: int) -> None:
    """An answer that nobody takes is not kept for ever."""
    ask = f"GET {FEED}?after=0&limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with contextlib.closing(socket.socket()) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", port))
        client.sendall(ask)
        time.sleep(ANSWER_S + 1)
        received = 0
        client.settimeout(LONGEST_S)
        with contextlib.suppress(ConnectionError):
            while piece := client.recv(65_536):
                received += len(piece)
        whole = len(httpx.get(f"http://127.0.0.1:{port}{FEED}?after=0&limit=1000").content)
        assert received < whole


def test_a_stream_outlives_the_limits(port: int) -> None:
    """Who listens to events is not taken for a client that is slow."""
    with connection(port, f"GET {EVENTS} HTTP/1.1\r\nHost: x\r\n\r\n".encode()) as client:
        assert b"text/event-stream" in client.recv(65_536)
        assert not closed_within(client, REQUEST_S + ANSWER_S + 0.5)


def test_more_connections_than_may_be(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many get 503 and then nothing; when they have gone the service is as before."""
    monkeypatch.setattr(_Quick, "request_s", 60.0)
    with contextlib.ExitStack() as held:
        for _ in range(CONNECTIONS - 1):
            held.enter_context(connection(port))
        with connection(port, b"GET /feeds HTTP/1.1\r\nHost: x\r\n\r\n") as client:
            assert client.recv(65_536).startswith(b"HTTP/1.1 503 ")
        further = [held.enter_context(connection(port)) for _ in range(10)]
        assert closed_within(further[-1], LONGEST_S)
    until(lambda: healthy(port), "the service is as before")


@pytest.mark.parametrize(
    "header",
    [
        f"Content-Length: {MAX_BODY_BYTES + 1}",
        "Content-Length: 99999999999999999999",
        "Transfer-Encoding: chunked",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_large_body_is_refused_unread(port: int, method: str, header: str) -> None:
    """A body beyond the limit, or of no told size, is a 413 at once, and the end."""
    head = f"{method} /feeds HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n".encode()
    with connection(port, head) as client:
        answer = client.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"application/problem+json" in answer
        assert closed_within(client, 10)


def test_a_large_head_is_refused(port: int) -> None:
    """So is an address or a header without end."""
    for head in (b"GET /" + b"a" * MAX_HEAD_BYTES, b"GET / HTTP/1.1\r\nA: " + b"a" * 20_000):
        with connection(port, head) as client:
            assert client.recv(65_536).startswith(b"HTTP/1.1 4")
            assert closed_within(client, 10)
