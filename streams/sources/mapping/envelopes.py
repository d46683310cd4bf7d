"""Takes documents out of the envelopes in which others send them.

An envelope gives what the whole record is, for paths that begin with ``$$``, and what is in it, for
all others. A record that the envelope says is no new message is skipped.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from streams.items import SKIPPED, Skipped
from streams.sources.formats.format import EnvelopeName, Headers
from streams.sources.rejects import Undecodable

Opened = tuple[Any, Any] | Skipped
"""The whole record and what is in it; `SKIPPED` where that is nothing new."""

_parse = msgspec.json.Decoder().decode


def parse_json(text: bytes | str, what: str) -> Any:
    """Return the document of a JSON text; `what` names it in errors.

    Raises
    ------
    Undecodable
        Where it is none.
    """
    try:
        return _parse(text)
    except UnicodeError:
        raise Undecodable("not_utf8", f"{what} must be UTF-8") from None
    except RecursionError:
        raise Undecodable("too_deep", "JSON must not be nested so deeply") from None
    except msgspec.DecodeError as error:
        if "utf-8" in str(error).lower() or "surrogate" in str(error).lower():
            raise Undecodable("not_utf8", f"{what} must be UTF-8") from None
        raise Undecodable("not_json", f"{what} must be one JSON object; {error}") from None


def cloud_event(document: Any, headers: Headers) -> Opened:
    """Open a CloudEvent, structured or binary: its attributes and its data.

    Examples
    --------
    >>> cloud_event({"specversion": "1.0", "id": "1", "data": {"a": 2}}, ())[1]
    {'a': 2}
    >>> cloud_event({"a": 2}, [("ce_specversion", b"1.0"), ("ce_id", b"1")])
    ({'specversion': '1.0', 'id': '1', 'data': {'a': 2}}, {'a': 2})
    """
    attributes = {
        name[3:]: (value or b"").decode("utf-8", "replace")
        for name, value in headers
        if name.startswith("ce_")
    }
    if "specversion" in attributes:
        return {**attributes, "data": document}, document
    if not isinstance(document, dict) or "specversion" not in document:
        raise Undecodable(
            "missing",
            "specversion of a CloudEvent must be given; found it neither in the record"
            " nor in its headers",
        )
    encoded = document.get("data_base64")
    if "data" in document or not isinstance(encoded, str):
        return document, document.get("data")
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise Undecodable("bad_value", "data_base64 must be base64; found something else") from None
    return document, parse_json(data, "data_base64")


def debezium(document: Any, _: Headers) -> Opened:
    """Open a change event of Debezium: the row that was created; no other change is a message.

    Examples
    --------
    >>> debezium({"op": "c", "before": None, "after": {"id": 7}}, ())[1]
    {'id': 7}
    >>> debezium({"op": "u", "before": {"id": 7}, "after": {"id": 8}}, ())
    <Skipped.SKIPPED: 'skipped'>
    """
    whole = document
    if isinstance(whole, dict) and "schema" in whole and isinstance(whole.get("payload"), dict):
        whole = whole["payload"]
    op = whole.get("op") if isinstance(whole, dict) else None
    if op == "c":
        return whole, whole.get("after")
    if op in ("r", "u", "d", "t", "m"):
        return SKIPPED
    raise Undecodable("missing", "op of a change event must be c, r, u, d, t or m; found none")


def sns(document: Any, _: Headers) -> Opened:
    """Open a notification of Amazon SNS: the JSON in its ``Message``.

    Examples
    --------
    >>> sns({"Type": "Notification", "MessageId": "1", "Message": '{"a": 2}'}, ())[1]
    {'a': 2}
    """
    message = document.get("Message") if isinstance(document, dict) else None
    if not isinstance(message, str):
        raise Undecodable("missing", "Message of a notification must be given; found none")
    if document.get("Type") in ("SubscriptionConfirmation", "UnsubscribeConfirmation"):
        return SKIPPED
    return document, parse_json(message, "Message")


ENVELOPES: Mapping[EnvelopeName, Callable[[Any, Headers], Opened]] = {
    "cloudevents": cloud_event,
    "debezium": debezium,
    "sns": sns,
}


def unwrap(document: Any, headers: Headers, names: tuple[EnvelopeName, ...]) -> Opened:
    """Open envelopes, the outermost first; the whole record is what the outermost says.

    Raises
    ------
    Undecodable
        Where it is no such envelope.
    """
    whole = document
    for number, name in enumerate(names):
        opened = ENVELOPES[name](document, headers)
        if opened is SKIPPED:
            return SKIPPED
        outer, document = opened
        if number == 0:
            whole = outer
    return whole, document
