"""What was decided about a schema's id, once and for all: its schema, or that there is none.

A decision is a record of the topic ``schemas``. The first one about an id holds, so that all who
count, and all who count again, decode a record alike, whatever the registry says later.
"""

from __future__ import annotations

import msgspec
import orjson

FORM = 1
"""The form of records of ``schemas``."""

LARGEST_DECISION = 900_000
"""Bytes of a record: escapes may make six bytes of one of a schema's."""


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """A record of the topic ``schemas``.

    Attributes
    ----------
    v
        The form.
    registry, id
        The registry's address, and the schema's id or GUID there.
    kind
        ``AVRO``, ``PROTOBUF`` or ``JSON``.
    text
        The schema.
    references
        The schemas that it refers to, each after those that it refers to itself.
    problem
        Why there is no schema that can be used; then there is no text.
    """

    registry: str
    id: str
    kind: str = ""
    text: str = ""
    references: tuple[str, ...] = ()
    problem: str | None = None
    v: int = FORM


_decode = msgspec.json.Decoder(Decision).decode


def encode_decision(decision: Decision) -> bytes:
    """Return the record's value.

    Examples
    --------
    >>> encode_decision(Decision("http://registry:8081", "7", problem="unknown"))
    b'{"v":1,"registry":"http://registry:8081","id":"7","problem":"unknown"}'
    """
    return orjson.dumps({"v": FORM, **msgspec.to_builtins(decision)})


def decode_decision(value: bytes | None) -> Decision | None:
    """Return the decision of a record; None where it is none, or of a form that is not known."""
    try:
        decision = _decode(value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return decision if decision.v == FORM else None


def decision_key(decision: Decision) -> bytes:
    """Return the key of a decision's record."""
    return f"{decision.registry} {decision.id}".encode()
