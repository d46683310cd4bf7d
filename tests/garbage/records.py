"""Records for raw topics from a seed: valid sends, complaints and end marks, most of them bent."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any, Literal

import orjson

from tests.garbage.json_tree import Pairs, bend, tree_of, write
from tests.garbage.pieces import bent_bytes, recoded

Kind = Literal["send", "complaint"]

SENDERS = 500
AS_IT_IS = 0.15
"""Share of the bent records that are left valid: they must count among the garbage."""

STRETCH = 300


def document(chance: random.Random, kind: Kind, time_s: float, number: int) -> dict[str, Any]:
    """A valid event with any of the fields that it may have."""
    time = _rfc3339(chance, time_s)
    sender = {"id": f"1069{chance.randrange(SENDERS):04d}"}
    optional = {"signature": "淘宝商城", "platform": "Mall", "category": "e-commerce"}
    sender |= {name: text for name, text in optional.items() if chance.random() < 0.5}
    event: dict[str, Any] = {
        "v": 1, "type": kind, "event_id": f"{kind}-{number}", "event_time": time,
        "channel": chance.choice(("sms", "email", "voice")), "sender": sender, "source": "gw-1",
    }  # fmt: skip
    extra: dict[str, Any] = {"count": chance.randint(1, 9), "message_id": f"m-{number}"}
    if kind == "send":
        extra |= {
            "segments": 2, "campaign": "双十一", "status": "delivered", "consent": "explicit",
            "recipient_hash": "ab12cd34ab12cd34",
        }  # fmt: skip
    else:
        event["kind"] = chance.choice(("marketing", "fraud", "illegal", "other"))
        extra |= {
            "occurred_at": _rfc3339(chance, time_s - 3600), "region": "330100", "verified": True,
            "reporter_hash": "ab12cd34ab12cd34", "unknown": {"a": [1, 2, None]},
        }  # fmt: skip
    return event | {name: value for name, value in extra.items() if chance.random() < 0.5}


def mutated(chance: random.Random, kind: Kind, time_s: float, number: int) -> bytes | None:
    """One record: valid, or with its structure, its encoding or its bytes changed."""
    ago_s = 0.0 if chance.random() < 0.98 else chance.choice((600.0, 86_400.0, 4e8))
    event = document(chance, kind, time_s - ago_s, number)
    if chance.random() < 0.005:
        event = {"v": 1, "type": "end", "source": "gw-1", "through": _rfc3339(chance, time_s - 120)}
    fate = chance.random()
    tree: Pairs = tree_of(event)
    if AS_IT_IS <= fate < 0.75:
        for _ in range(chance.choice((1, 1, 2, 3))):
            if tree:
                bend(chance, tree)
    text = write(chance, tree, ascii_only=chance.random() < 0.5)
    record = text.encode("utf-8", "surrogatepass")
    if fate < 0.75:
        return record
    if fate < 0.95:
        return bent_bytes(chance, record)
    if fate < 0.99:
        return recoded(chance, record)
    return _of_no_shape(chance, record)


def records(
    seed: int, kind: Kind, number: int, *, from_s: float, to_s: float
) -> Iterator[tuple[bytes | None, float]]:
    """So many records in order of time, each with the time at which it is written, epoch s.

    Stretches of them are valid, or nearly so: what is taken together must be told apart.
    """
    chance = random.Random(f"{seed} {kind}")
    share, waiting = 1.0, list[bytes | None]()
    for index in range(number):
        time_s = from_s + (to_s - from_s) * index / number
        if index % STRETCH == 0:
            share = chance.choice((0.0, 0.02, 1.0, 1.0))
        if not waiting:
            event_s = time_s + chance.uniform(-8, 0)
            if chance.random() < share:
                waiting.append(mutated(chance, kind, event_s, index))
            else:
                waiting.append(orjson.dumps(document(chance, kind, event_s, index)))
            if chance.random() < 0.002:
                waiting += _misframed(chance, *(r for r in waiting if r))
        yield waiting.pop(0), time_s


def _misframed(chance: random.Random, record: bytes = b"{}") -> list[bytes | None]:
    """A record in two parts and another twice in one: as many documents as there are records."""
    at = chance.randint(0, len(record))
    gap = chance.choice((b"", b" ", b"\n", b","))
    parts: list[bytes | None] = [record[:at], record[at:], record + gap + record]
    chance.shuffle(parts)
    return parts


def _of_no_shape(chance: random.Random, record: bytes) -> bytes | None:
    match chance.randrange(6):
        case 0:
            return None
        case 1:
            return b""
        case 2:
            return chance.randbytes(chance.randint(1, 200))
        case 3:
            return record + record
        case 4 if chance.random() < 0.02:
            # Over a megabyte: more than a record may have.
            return record[:-1] + b" " * 1_100_000 + b"}"
        case _:
            return b"[" + record + b"]"


def _rfc3339(chance: random.Random, time_s: float) -> str:
    zone = dt.timezone(dt.timedelta(hours=chance.choice((0, 8, -5))))
    text = dt.datetime.fromtimestamp(round(time_s, 3), zone).isoformat()
    return text.replace("+00:00", "Z") if chance.random() < 0.5 else text
