"""A real HTTP server that plays a service: it judges each request as its documents say."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit


class Request(NamedTuple):
    """What has come in."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


class Reply(NamedTuple):
    """What goes out."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = {}  # noqa: RUF012 - nobody writes to it


def in_json(status: int, document: Any, **headers: str) -> Reply:
    """A reply with a document."""
    return Reply(status, json.dumps(document).encode(), headers)


class Service(ThreadingHTTPServer):
    """Answers each request as its function says, and keeps the requests."""

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.requests: list[Request] = []
        self.lock = threading.Lock()

    def url(self, path: str = "/") -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Service
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(parts.path, parse_qs(parts.query), headers, body)
        with self.server.lock:
            self.server.requests.append(request)
            reply = self.server.answer(request)
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def service(answer: Callable[[Request], Reply]) -> Iterator[Service]:
    """Run a service."""
    with Service(answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
