"""Finds why JSON is not an event: a slow path, taken only for records that are rejected."""

from __future__ import annotations

import re

import msgspec

from streams.items import HASH_DIGITS
from streams.sources.files.input_file import LARGEST_RECORD
from streams.sources.rejects import NOT_HASHED, Undecodable

_any = msgspec.json.Decoder().decode

_CHOICES = {
    "v": "1",
    "type": "send, complaint or end",
    "channel": "sms, email or voice",
    "kind": "marketing, fraud, illegal, optout_ignored or other",
    "consent": "explicit, default, none or unknown",
}
_HASHES = ("recipient_hash", "reporter_hash")
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_WRONG_TYPE = re.compile(r"Expected `[^`]*`, got `[^`]*`")


def too_big(value: bytes) -> Undecodable:
    """Return the reason and detail for a record over the limit."""
    return Undecodable(
        "too_big", f"a record must be at most {LARGEST_RECORD} bytes; found {len(value)}"
    )


def explain(value: bytes, error: Exception, kind: str) -> Undecodable:
    """Return the reason and detail for a record that could not be decoded.

    Parameters
    ----------
    value
        The record.
    error
        The error that decoding raised.
    kind
        The kind of events that its source carries.

    Examples
    --------
    >>> explain(b"{}", msgspec.ValidationError("Object missing required field `type`"), "send")
    Undecodable('type must be given; found nothing')
    """
    if isinstance(error, RecursionError):
        return Undecodable("too_deep", "JSON must not be nested so deeply")
    if not value:
        return Undecodable("not_json", "a record must be one JSON object; found nothing")
    return _not_an_object(value) or _wrong_kind(value, kind) or _not_an_event(str(error))


def _not_an_object(value: bytes) -> Undecodable | None:
    try:
        value.decode()
        document = _any(value)
    except UnicodeDecodeError as broken:
        return Undecodable(
            "not_utf8", f"a record must be UTF-8; found another byte at {broken.start}"
        )
    except RecursionError:
        return Undecodable("too_deep", "JSON must not be nested so deeply")
    except msgspec.DecodeError as broken:
        if "surrogate" in str(broken):
            return Undecodable("not_utf8", "a record must hold no lone surrogates; found one")
        return Undecodable("not_json", f"a record must be one JSON object; {broken}")
    if not isinstance(document, dict):
        return Undecodable("not_json", "a record must be one JSON object; found another value")
    return None


def _wrong_kind(value: bytes, kind: str) -> Undecodable | None:
    found = _any(value).get("type")
    if found in ("send", "complaint") and found != kind:
        return Undecodable("wrong_kind", f"type must be {kind} in this source; found {found}")
    return None


def _not_an_event(message: str) -> Undecodable:
    """Turn msgspec's message into a detail that quotes nothing of the record."""
    rule, _, at = message.partition(" - at ")
    where = at.strip("`").removeprefix("$").removeprefix(".")
    missing = _MISSING.fullmatch(rule)
    if missing is not None:
        path = f"{where}.{missing[1]}" if where else missing[1]
        return Undecodable("missing", f"{path} must be given; found nothing")
    where = where or "a record"
    if where in _HASHES:
        return Undecodable(
            NOT_HASHED,
            f"{where} must be a keyed hash: {', '.join(map(str, HASH_DIGITS))} hex digits; found"
            " something else",
        )
    if _WRONG_TYPE.fullmatch(rule):
        return Undecodable("wrong_type", f"{where}: {rule}")
    if "RFC3339" in rule:
        return Undecodable("bad_time", f"{where} must be an RFC 3339 time; found other text")
    if where in _CHOICES:
        return Undecodable("bad_value", f"{where} must be {_CHOICES[where]}; found another value")
    if "length" in rule:
        return Undecodable("bad_name", f"{where} must be 1 to 256 bytes; found another length")
    if rule.startswith("Expected"):
        return Undecodable("bad_value", f"{where}: {rule}")
    return Undecodable("bad_value", f"{where}: found a value that is not allowed")
