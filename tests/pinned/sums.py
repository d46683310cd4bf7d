"""From documents to their sums."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

# ======================================================================================
# Values that were renamed on purpose since the sums were stored: (field, old value) -> new
# value, such as ("signal", "feed"): "source". It holds for a string that is the field's
# value, or stands in its list, and for the keys of an object that is the field's value.
RENAMED: dict[tuple[str, str], str] = {}
# ======================================================================================

TIMES = frozenset({"wall_s", "detect_s"})
"""How long a run took: in no sum."""

ADDED = frozenset({"items", "reject_reasons", "skipped", "unchecked", "v"})
"""Fields that came after the sums were stored: in no sum. The rejects themselves are."""

HASHES = frozenset({"config"})
"""Hash of the configuration, which changes with its keys: not in the sum ``data``."""

WORDS = frozenset({"summary", "detail", "title", "because", "what", "why", "facts", "notes"})
"""Fields that hold sentences: not in the sum ``data``."""


@dataclass(frozen=True)
class Sums:
    """Both sums of an item, as hex digits."""

    data: str
    all: str


@dataclass(frozen=True)
class Found:
    """What an item gave.

    Attributes
    ----------
    documents
        Parsed JSON.
    words
        Fields that hold words in this item only.
    whole
        Bytes that the sum ``all`` is of, where it is not of the documents.
    """

    documents: list[Any]
    words: frozenset[str] = field(default_factory=frozenset)
    whole: bytes | None = None


def sums_of(found: Found) -> Sums:
    """Make both sums."""
    left_out = TIMES | ADDED | HASHES | WORDS | found.words
    everything = found.whole or _dumped(found.documents, TIMES | ADDED)
    return Sums(_sum(_dumped(found.documents, left_out)), _sum(everything))


def as_stored(value: Any, left_out: frozenset[str] = frozenset(), field: str = "") -> Any:
    """Leave fields out, and take renamed values back to what they were.

    Parameters
    ----------
    value
        Parsed JSON.
    left_out
        Names of fields.
    field
        Which field the value is of.

    Examples
    --------
    >>> as_stored({"signal": "sends", "summary": "Much."}, WORDS)
    {'signal': 'sends'}
    """
    if isinstance(value, dict):
        return {
            _OLD.get((field, key), key): as_stored(each, left_out, key)
            for key, each in value.items()
            if key not in left_out
        }
    if isinstance(value, list):
        return [as_stored(each, left_out, field) for each in value]
    return _OLD.get((field, value), value) if isinstance(value, str) else value


_OLD = {(name, new): old for (name, old), new in RENAMED.items()}


def _dumped(documents: Iterable[Any], left_out: frozenset[str]) -> bytes:
    lines = (
        orjson.dumps(as_stored(document, left_out), option=orjson.OPT_SORT_KEYS)
        for document in documents
    )
    return b"\n".join(lines)


def _sum(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
