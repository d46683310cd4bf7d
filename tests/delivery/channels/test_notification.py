"""What a receiver is told has a name that holds for each try, and for no later repeat."""

from __future__ import annotations

import datetime as dt

import msgspec

from streams.delivery.channels.notification import Notification

AT = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)


def test_a_digest_names_what_is_told_and_when_it_fell_due() -> None:
    first = Notification("team", "g", "firing", "repeat", (), AT)
    others = [
        msgspec.structs.replace(first, at=AT + dt.timedelta(seconds=1)),
        msgspec.structs.replace(first, reason="new"),
        msgspec.structs.replace(first, status="resolved"),
        msgspec.structs.replace(first, receiver="teamg", group=""),
        msgspec.structs.replace(first, monitor=b"{}"),
    ]

    digests = [one.digest for one in (first, *others)]

    assert first.digest == msgspec.structs.replace(first).digest
    assert len(set(digests)) == len(digests)
