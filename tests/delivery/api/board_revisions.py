"""All revisions of which the board knows when they were written, each as its alert stands now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from streams.actions.preview import ToldRevision
from streams.alerts.cloudevent import decode_event
from streams.delivery.api.board import BoardRow


def revisions_since(rows: Iterable[BoardRow], since: dt.datetime) -> Iterator[ToldRevision]:
    """Yield the revisions that were written since a time, each as its alert stands now."""
    since_s = since.timestamp()
    for row in rows:
        found = [written_s for written_s in row.written_s if abs(written_s) >= since_s]
        if found:
            envelope = decode_event(row.raw)
            for each in found:
                written_at = dt.datetime.fromtimestamp(abs(each), dt.UTC)
                yield ToldRevision(envelope, written_at, each > 0)
