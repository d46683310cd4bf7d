"""Proofs for tests: trees of alerts, and keys that sign."""

from __future__ import annotations

import datetime as dt
from typing import Any

from streams.alerts.cloudevent import decode_event
from streams.delivery.proofs.live import LiveProofs
from streams.proofs.key_file import OwnKeys, new_keys
from streams.proofs.stored import KeptTrees
from streams.proofs.trees import FeedTrees
from tests.alerts.examples import numbered

NOW = dt.datetime(2026, 11, 30, 9, tzinfo=dt.UTC)
KEYS = new_keys("weathervane/test", NOW)


def alerts(*numbers: int, **changes: Any) -> list[bytes]:
    """Return alerts of these numbers."""
    return [numbered(number, **{"group": "60s", **changes}) for number in numbers]


def proving(*texts: bytes, keys: OwnKeys | None = KEYS) -> LiveProofs:
    """Return proofs of what these alerts make, signed by the keys."""
    live = LiveProofs("test")
    live.trees = FeedTrees(KeptTrees())
    for text in texts:
        live.trees.take(0, decode_event(text).alert, text)
    live.ready = True
    if keys is not None:
        live.signing, live.unsigned = keys.signing(NOW), None
        live.published = [key.published for key in keys.keys]
    return live
