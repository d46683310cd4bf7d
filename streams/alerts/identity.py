"""How alerts and their revisions are named, so that every run gives them the same names."""

from __future__ import annotations

import hashlib
import re
from typing import Final

import orjson

EPOCH: Final = 1
"""Epoch of every feed. An epoch begins where a feed's numbers begin again at 1."""

AlertPlace = tuple[str, str, str, str | None]
"""What an alert is about: level, entity, signal, and the kind of a source's fault."""

# `/` separates level and id, `%` is the escape, and a CloudEvents string holds no controls.
_ENCODED = re.compile(r"[/%\x00-\x1f\x7f-\x9f]")


def alert_id(
    group: str,
    level: str,
    entity: str,
    signal: str,
    detector: str,
    bucket_s: int,
    first_bucket_start: int,
    *,
    epoch: int = EPOCH,
    kind: str | None = None,
) -> str:
    """Return an alert's id: 16 hex digits, a hash of what makes it the same alert on every run.

    Parameters
    ----------
    group
        The group of sources: two groups may have buckets of the same size.
    level, entity, signal, detector
        The entity, the signal that is too high, and the detector that found it.
    bucket_s
        The bucket size in seconds.
    first_bucket_start
        Epoch second at which the first alarmed closed bucket starts.
    epoch
        Epoch of the feed.
    kind
        What was found, where one detector finds several things at once.

    Examples
    --------
    >>> alert_id("60s", "sender", "106900012345", "sends", "e-sr", 60, 1580533200)
    '93d8bfd66e47cd97'
    """
    # A JSON array separates its elements unambiguously, whatever the names hold.
    parts = [group, epoch, level, entity, signal, detector, bucket_s, first_bucket_start]
    if kind is not None:
        parts.append(kind)
    return hashlib.blake2b(orjson.dumps(parts), digest_size=8).hexdigest()


def revision_id(alert_id: str, revision: int, event: str) -> str:
    """Return the id of a revision: readers drop repeats by it.

    A refuted early alert is not a new revision (it is still 0). It must reach readers that
    have seen ``<alert_id>.0`` all the same, so its id ends in ``.retracted``.

    Examples
    --------
    >>> revision_id("93d8bfd66e47cd97", 2, "updated")
    '93d8bfd66e47cd97.2'
    >>> revision_id("93d8bfd66e47cd97", 0, "retracted")
    '93d8bfd66e47cd97.0.retracted'
    """
    refuted = revision == 0 and event == "retracted"
    return f"{alert_id}.{revision}" + (".retracted" if refuted else "")


def subject(level: str, id: str) -> str:
    """Return an entity as a CloudEvent's subject, which is also its Kafka key.

    Examples
    --------
    >>> subject("sender", "10690/12%")
    'sender/10690%2F12%25'
    """
    return f"{level}/{_ENCODED.sub(_percent, id)}"


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())
