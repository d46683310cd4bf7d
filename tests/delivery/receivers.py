"""Receivers of webhooks: HTTP servers that answer as they are told and note what they get."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = int | tuple[int, dict[str, str]]


class Receiver(ThreadingHTTPServer):
    """Gives the `answers` one after the other, then 204 for ever."""

    def __init__(self, answers: list[Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.asked: list[bytes] = []
        self.accepted: list[bytes] = []
        self.content_types: set[str] = set()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}/alerts?token=secret"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.server.answers.pop(0) if self.server.answers else 204
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        self.server.asked.append(body)
        self.server.content_types.add(self.headers["Content-Type"])
        if 200 <= status < 300:
            self.server.accepted.append(body)
        self.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def receiver(*answers: Answer) -> Iterator[Receiver]:
    """Run a receiver."""
    with Receiver(list(answers)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
