"""A reject as its record: nothing that came in is lost, and a repeat is known."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import orjson

from streams.items import Reject

PAYLOAD_BYTES = 65_536


def encode_reject(reject: Reject, *, payload: bool) -> bytes:
    """JSON of the contract.

    Parameters
    ----------
    reject
        The record, its place and the reason.
    payload
        Whether its first 64 KiB go along; its size and hash always do.
    """
    place = reject.place
    out: dict[str, Any] = {"reason": reject.reason, "detail": reject.detail}
    if place.file is not None:
        out |= {"file": _text(place.file), "line": place.line}
    else:
        out |= {"topic": place.topic, "partition": place.partition, "offset": place.offset}
    if payload:
        out["payload"] = base64.b64encode(reject.raw[:PAYLOAD_BYTES]).decode()
    out |= {"bytes": len(reject.raw), "sha256": hashlib.sha256(reject.raw).hexdigest()}
    return orjson.dumps(out)


def reject_key(reject: Reject) -> bytes:
    """Key of its record: its place.

    Examples
    --------
    >>> from streams.items import Place
    >>> reject_key(Reject("not_json", "", Place("sends", 0, 123), b""))
    b'sends/0/123'
    """
    place = reject.place
    if place.file is not None:
        return f"file:{_text(place.file)}/{place.line}".encode()
    return f"{place.topic}/{place.partition}/{place.offset}".encode()


def _text(file: str) -> str:
    """A file's name that JSON can hold: not every byte in a file system's names is text."""
    return file.encode("utf-8", "replace").decode()
