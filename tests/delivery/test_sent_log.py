"""What was sent, as the API lists it: the newest, each once, whatever is read again."""

from __future__ import annotations

import datetime as dt

import pytest

from streams.delivery import sent_log
from streams.delivery.notify.record import Sent, SentAlert, Settled, encode
from streams.delivery.sent_log import SentFilter, SentLog
from tests.access.known import NOW

HOUR = dt.timedelta(hours=1)


def sent(number: int, receiver: str = "ops", hours: int = 0, alerts: int = 1) -> Sent:
    """A notification of the alert of this number, and of those after it."""
    ids = [f"{number + beside:016x}" for beside in range(alerts)]
    entries = [SentAlert(alert_id, 1, "open", "warning") for alert_id in ids]
    at = NOW + hours * HOUR
    return Sent(
        at=at, due=at, receiver=receiver, group=ids[0], status="firing", reason="new",
        outcome="accepted", attempts=1, digest=f"{number:032x}", alerts=entries,
    )  # fmt: skip


def log_of(*records: Sent | Settled) -> SentLog:
    """A log of these, at the offsets 0, 1 and so on."""
    log = SentLog()
    for offset, record in enumerate(records):
        log.take(offset, encode(record), record)
    return log


def test_the_newest_come_first_and_a_repeat_is_none() -> None:
    """A reader that begins again reads what it has read; what is settled is no notification."""
    records: list[Sent | Settled] = [sent(1), Settled(at=NOW, receivers={"ops": NOW}), sent(2)]
    log = log_of(*records)
    for offset, record in enumerate(records):
        log.take(offset, encode(record), record)
    found = list(log.newest(SentFilter(), None))
    assert found == [(2, records[2]), (0, records[0])]
    assert list(log.newest(SentFilter(), 2)) == found[1:]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (SentFilter(receiver="pager"), [2]),
        (SentFilter(alert_id=f"{4:016x}"), [3]),
        (SentFilter(alert_id=f"{3:032x}"[:16]), []),
        (SentFilter(since=NOW + HOUR), [3, 2]),
        (SentFilter("ops", None, NOW + HOUR), [3]),
    ],
)
def test_filters_hold_together(wanted: SentFilter, numbers: list[int]) -> None:
    """A digest, a group or a detail that reads like an alert's id is none."""
    log = log_of(sent(1), sent(2, "pager", 1), sent(3, hours=2, alerts=2))
    assert [int(each.digest, 16) for _, each in log.newest(wanted, None)] == numbers


def test_memory_is_bounded_by_number_and_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest go first."""
    monkeypatch.setattr(sent_log, "MOST", 3)
    log = log_of(*map(sent, range(5)))
    assert [place for place, _ in log.newest(SentFilter(), None)] == [4, 3, 2]
    size = len(encode(sent(5)))
    monkeypatch.setattr(sent_log, "MOST_BYTES", 2 * size)
    log.take(5, encode(sent(5)), sent(5))
    assert [place for place, _ in log.newest(SentFilter(), None)] == [5, 4]
