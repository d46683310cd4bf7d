"""Rejects: why a record is not an event, and the record of the topic ``rejects``.

Nothing that came in is lost: a reject carries the place and the hash of its record, and its key
is the place, so that a reader recognises a repeat.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import orjson

from streams.items import Reject

FORM = 2
"""The form of records of ``rejects``: 1 had no ``index`` and no ``source``."""

PAYLOAD_BYTES = 65_536

NOT_HASHED = "not_hashed"
"""The reason of a record that names a person where a keyed hash should be."""


class Undecodable(Exception):
    """A record is not an event.

    Attributes
    ----------
    reason
        One machine-readable word.
    detail
        A sentence: where, what the rule is, what was found. Never the record's contents:
        they may be somebody's message, and a reject may have to go without them.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def encode_reject(reject: Reject, *, payload: bool, source: str = "") -> bytes:
    """Return the JSON of the contract.

    Parameters
    ----------
    reject
        The record, its place and the reason.
    payload
        Whether to include the record's first 64 KiB; its size and hash are always included. Of a
        record that names a person who is not hashed they are left out all the same, and of several
        items of a record all but the first leave them out.
    source
        The source whose reject it is, where its topic has several.
    """
    place = reject.place
    out: dict[str, Any] = {"v": FORM, "reason": reject.reason, "detail": reject.detail}
    if place.file is not None:
        out |= {"file": _text(place.file), "line": place.line}
    else:
        out |= {"topic": place.topic, "partition": place.partition, "offset": place.offset}
    if place.index is not None:
        out["index"] = place.index
    if source:
        out["source"] = source
    if payload and reject.whole and reject.reason != NOT_HASHED:
        out["payload"] = base64.b64encode(reject.raw[:PAYLOAD_BYTES]).decode()
    out |= {"bytes": len(reject.raw), "sha256": hashlib.sha256(reject.raw).hexdigest()}
    return orjson.dumps(out)


def reject_key(reject: Reject, source: str = "") -> bytes:
    """Return the key of a reject's record: its place, and the index where it is one of several.

    Of a topic that several sources read the source comes last: each may reject the record.

    Examples
    --------
    >>> from streams.items import Place
    >>> reject_key(Reject("not_json", "", Place("sends", 0, 123), b""))
    b'sends/0/123'
    >>> reject_key(Reject("missing", "", Place("sends", 0, 123), b""), "complaints")
    b'sends/0/123/complaints'
    >>> reject_key(Reject("missing", "", Place(file="a.json", line=1, index=2), b""))
    b'file:a.json/1/2'
    """
    place = reject.place
    index = "" if place.index is None else f"/{place.index}"
    if place.file is not None:
        return f"file:{_text(place.file)}/{place.line}{index}".encode()
    of_source = f"/{source}" if source else ""
    return f"{place.topic}/{place.partition}/{place.offset}{index}{of_source}".encode()


def _text(file: str) -> str:
    """Return a file's name as text that JSON can hold: a name may be any bytes."""
    return file.encode("utf-8", "replace").decode()
