"""Which actions a filter lets through, and how pages follow each other."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from streams.actions.action import Action, AddNote, AssignAlert, MakeSilence, MakeSnooze
from streams.actions.desk import LogEntry
from streams.actions.matcher import Matcher
from streams.delivery.console.log.log_filter import KINDS, LogFilter, page_of, read_filter

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC)  # in Shanghai the day after
ALERT = "2b1926685558e977"
COMMON = {"v": 1, "at": AT, "by": "Wang Wei"}
UNTIL = AT + dt.timedelta(hours=1)


def note(number: int = 1) -> Action:
    return AddNote(id=f"{number:032x}", alert_id=ALERT, noted=True, **COMMON)  # type: ignore[arg-type]


NOTE = LogEntry(note(), "Called the Platform")
SILENCE = LogEntry(
    MakeSilence(id="2" * 32, match=Matcher(signature="商城*"), until=UNTIL, **COMMON),  # type: ignore[arg-type]
    None,
)
SNOOZE = LogEntry(
    MakeSnooze(id="3" * 32, entity="sender/1069", signal="sends", until=UNTIL, **COMMON),  # type: ignore[arg-type]
    None,
)


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, [NOTE, SILENCE, SNOOZE]),
        ({"by": "wang"}, [NOTE, SILENCE, SNOOZE]),
        ({"by": "li"}, []),
        ({"kind": "note"}, [NOTE]),
        ({"kind": "no such"}, [NOTE, SILENCE, SNOOZE]),
        ({"about": ALERT[:6]}, [NOTE]),
        ({"about": "1069"}, [SNOOZE]),
        ({"about": "商城"}, [SILENCE]),
        ({"text": "the platform"}, [NOTE]),
        ({"since": "2026-03-02"}, [NOTE, SILENCE, SNOOZE]),
        ({"since": "2026-03-03"}, []),
        ({"until": "2026-03-01"}, []),
        ({"until": "2026-03-02", "by": "wei", "kind": "snooze"}, [SNOOZE]),
        ({"since": "yesterday", "until": "9999-99-99"}, [NOTE, SILENCE, SNOOZE]),
    ],
)
def test_a_filter_lets_through_what_fits(fields: dict[str, str], found: list[LogEntry]) -> None:
    """All its fields together; what cannot be read in an address is any."""
    wanted = read_filter(fields)
    assert [each for each in (NOTE, SILENCE, SNOOZE) if wanted.fits(each, SHANGHAI)] == found


def test_every_kind_of_action_can_be_asked_for() -> None:
    """The list is that of the actions themselves."""
    assert {"acknowledge", "assign", "erase_note", "end_silence", "label"} < set(KINDS)
    assert read_filter({"kind": "assign", "by": " a&b "}).query == "by=a%26b&kind=assign"
    assert AssignAlert.__struct_config__.tag in KINDS


@pytest.mark.parametrize(("number", "after"), [(3, "2"), (2, None), (0, None)])
def test_a_page_says_whether_more_follows(number: int, after: str | None) -> None:
    """Only where something that is asked for does."""
    actions = [note(n) for n in range(1, number + 1)]
    found = page_of(actions, lambda _: "x", LogFilter(), SHANGHAI, 2)
    assert [entry.action for entry in found.entries] == actions[:2]
    assert found.after == (None if after is None else after.zfill(32))
