"""The schema registry that a backlog's records of Avro name: one schema, served by this process."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import fastavro

ID = 7
MAPPING = """\
format = "avro"
topic_format = "source"
time = "$.ts"
sender = "$.src.code"
schema_registry = {{ url = "{url}" }}
"""


def _record(name: str, **types: Any) -> dict[str, Any]:
    fields = [{"name": field, "type": kind} for field, kind in types.items()]
    return {"type": "record", "name": name, "fields": fields}


SCHEMA = _record(
    "Mt",
    msgid="string",
    ts={"type": "long", "logicalType": "timestamp-millis"},
    src=_record("Source", code="string"),
    dst=_record("Destination", no="string", type="int"),
    parts="int",
    smsc={"type": "array", "items": "string"},
    stat="string",
    cust="string",
    submitted="boolean",
    note=["null", "string"],
)
_parsed = fastavro.parse_schema(SCHEMA)


def framed(document: Any) -> bytes:
    """Return a record as the serializers of registries write it."""
    out = io.BytesIO()
    out.write(b"\x00" + ID.to_bytes(4, "big"))
    fastavro.schemaless_writer(out, _parsed, document)
    return out.getvalue()


@contextmanager
def registry() -> Iterator[str]:
    """Serve the schema; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path.startswith(f"/schemas/ids/{ID}")
            body = json.dumps({"schema": json.dumps(SCHEMA)} if known else {}).encode()
            self.send_response(200 if known else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
