"""A schema registry in this process: Confluent's answers, and those of one that is ill."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class StandIn:
    """What it answers, by path; and what it was asked.

    Attributes
    ----------
    answers
        Status and document, or bytes, by path.
    asked, authorizations
        The paths that were asked for, and who asked.
    url
        Its address.
    """

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Any]] = {"/schemas/types": (200, ["AVRO"])}
        self.asked: list[str] = []
        self.authorizations: list[str | None] = []
        self.url = ""

    def add(self, id: str, schema: str, kind: str | None = None, *references: Any) -> None:
        document: dict[str, Any] = {"schema": schema}
        if kind is not None:
            document["schemaType"] = kind
        if references:
            document["references"] = list(references)
        where = f"/schemas/guids/{id}" if "-" in id else f"/schemas/ids/{id}"
        self.answers[where] = (200, document)

    def add_subject(self, subject: str, schema: str, *references: Any) -> dict[str, Any]:
        self.answers[f"/subjects/{subject}/versions/1"] = (
            200,
            {"schema": schema, "references": list(references)},
        )
        return {"name": subject, "subject": subject, "version": 1}


@contextmanager
def stand_in() -> Iterator[StandIn]:
    found = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            found.authorizations.append(self.headers.get("Authorization"))
            status, document = found.answers.get(
                self.path, (404, {"error_code": 40403, "message": "Schema not found"})
            )
            body = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
