"""The sentence of an alert says who, what, how much and since when, to a person."""

from __future__ import annotations

from typing import Any

import pytest

from streams.alerts.cloudevent import AlertEvent, Entity
from streams.alerts.sentences import sentence
from streams.detection.signals import FaultKind
from streams.language.catalogue import ENGLISH
from tests.alerts.examples import alert

NINE = "2026-11-10T09:00:00+08:00"
LATER = "2026-11-10T09:05:00+08:00"
DAY = "2020-04-27T00:00:00-04:00"
LATER_DAY = "2020-04-29T00:00:00-04:00"


def _minute(
    event: AlertEvent,
    observed: float,
    expected: float,
    *,
    last: str = NINE,
    level: str = "sender",
    entity: str = "106900012345",
    signal: str = "sends",
    **changes: Any,
) -> str:
    """The sentence of an alert on buckets of a minute."""
    fields: dict[str, Any] = {"onset": NINE, "last_bucket": last, "bucket_s": 60, **changes}
    return sentence(
        alert(
            event=event,
            entity=Entity(level, entity),
            signal=signal,
            observed=observed,
            expected=expected,
            ratio=observed / expected if expected else observed,
            **fields,
        ),
        ENGLISH,
    )


def _fault(event: AlertEvent, kind: FaultKind, **changes: Any) -> str:
    """The sentence of an alert on a source with buckets of a day."""
    fields: dict[str, Any] = {
        "entity": Entity("source", "ftc"),
        "signal": "source",
        "observed": 0.0,
        "expected": 5521.3,
        "onset": DAY,
        "last_bucket": DAY,
    }
    return sentence(alert(event=event, kind=kind, **{**fields, **changes}), ENGLISH)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ("early", "already 480 messages in the minute from 2026-11-10 09:00"),
        ("opened", "480 messages in the minute from 2026-11-10 09:00"),
    ],
)
def test_a_burst_of_one_bucket_names_that_bucket(event: AlertEvent, text: str) -> None:
    """The bucket is named as people name it, with its start."""
    full = f"Sender 106900012345: {text}, 39 times the 12 expected."
    assert _minute(event, 480, 12.3) == full


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ("opened", "480 messages since 2026-11-10 09:00"),
        ("updated", "growing, now 480 messages since 2026-11-10 09:00"),
        ("resolved", "back to normal after 480 messages since 2026-11-10 09:00"),
    ],
)
def test_a_longer_burst_names_its_onset(event: AlertEvent, text: str) -> None:
    """What is summed over several buckets says since when."""
    full = f"Sender 106900012345: {text}, 39 times the 12 expected."
    assert _minute(event, 480, 12.3, last=LATER) == full


def test_a_level_shift_says_that_the_alert_ends() -> None:
    """An alert that is resolved without a return to normal says why."""
    assert _minute("resolved", 48000, 12.3, last=LATER, reason="level_shift") == (
        "Sender 106900012345: 48,000 messages since 2026-11-10 09:00; this level is now treated"
        " as normal, and the alert ends."
    )


def test_a_withdrawn_early_alert_says_so() -> None:
    """Whoever saw the early alert reads that it was none."""
    assert _minute("retracted", 30, 10.0) == (
        "Sender 106900012345: the early alert is retracted; the complete count in the minute from"
        " 2026-11-10 09:00 is not a burst."
    )


@pytest.mark.parametrize(
    ("level", "entity", "who"),
    [
        ("sender", "106900012345", "Sender 106900012345"),
        ("signature", "商城", "Signature 商城"),
        ("platform", "Mall", "Platform Mall"),
        ("category", "retail", "Category retail"),
        ("all", "all", "All senders together"),
    ],
)
def test_every_level_is_named(level: str, entity: str, who: str) -> None:
    """It says what kind of thing burst; nobody is called all."""
    assert _minute("opened", 5, 0.5, level=level, entity=entity).startswith(f"{who}: 5 messages ")


@pytest.mark.parametrize(
    ("observed", "expected", "text"),
    [
        (1, 0.02, "1 complaint in the minute from 2026-11-10 09:00, 50 times the 0.02 expected."),
        (
            3,
            0.0,
            "3 complaints in the minute from 2026-11-10 09:00, where almost none were expected.",
        ),
        (
            1234567,
            1000.0,
            "1,234,567 complaints in the minute from 2026-11-10 09:00,"
            " 1,235 times the 1,000 expected.",
        ),
        (34, 14.2, "34 complaints in the minute from 2026-11-10 09:00, 2.4 times the 14 expected."),
    ],
)
def test_numbers_are_as_people_write_them(observed: float, expected: float, text: str) -> None:
    """No exponents, no digits that mean nothing, one complaint and two complaints."""
    found = _minute("opened", observed, expected, signal="complaints")
    assert found == f"Sender 106900012345: {text}"


@pytest.mark.parametrize(
    ("bucket_s", "span"),
    [
        (86400, "on 2026-11-10"),
        (3600, "in the hour from 2026-11-10 09:00"),
        (900, "in the 15 minutes from 2026-11-10 09:00"),
        (60, "in the minute from 2026-11-10 09:00"),
        (90, "in the 90 seconds from 2026-11-10 09:00:00"),
    ],
)
def test_the_size_of_the_bucket_is_said_in_words(bucket_s: int, span: str) -> None:
    """A day is a date; whoever counts in seconds gets seconds."""
    found = _minute("opened", 8, 1.0, entity="a", bucket_s=bucket_s)
    assert found == f"Sender a: 8 messages {span}, 8 times the 1 expected."


@pytest.mark.parametrize(
    ("level", "entity", "messages", "text"),
    [
        (
            "sender",
            "106900012345",
            12_000.4,
            "Sender 106900012345: 57 complaints about 12,000 messages sent in the minute from"
            " 2026-11-10 09:00, 4 times as many as expected for its messages.",
        ),
        (
            "all",
            "all",
            12_000.4,
            "All senders together: 57 complaints about 12,000 messages sent in the minute from"
            " 2026-11-10 09:00, 4 times as many as expected for their messages.",
        ),
        (
            "sender",
            "106900012345",
            0.2,
            "Sender 106900012345: 57 complaints in the minute from 2026-11-10 09:00, 4 times as"
            " many as expected for its messages.",
        ),
    ],
)
def test_complaints_joined_to_sends_name_the_messages(
    level: str, entity: str, messages: float, text: str
) -> None:
    """How many were sent, where it is at least one, and that the sends explain less."""
    found = _minute(
        "opened",
        57,
        14.2,
        level=level,
        entity=entity,
        signal="complaint_rate",
        exposure=messages,
    )
    assert found == text


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (
            _fault("opened", "gap"),
            "Source ftc: no records on 2020-04-27, where about 5,521 were expected.",
        ),
        (
            _fault("updated", "gap", last_bucket=LATER_DAY, expected=17000.0),
            "Source ftc: no records since 2020-04-27, where about 17,000 were expected.",
        ),
        (
            _fault("resolved", "gap", last_bucket=LATER_DAY, expected=17000.0),
            "Source ftc: back to normal; before that, no records from 2020-04-27 to 2020-04-29,"
            " where about 17,000 were expected.",
        ),
        (
            _fault("resolved", "gap", reason="stalled"),
            "Source ftc: no records on 2020-04-27, where about 5,521 were expected;"
            " the source has stalled, and another alert reports that.",
        ),
        (
            _fault("opened", "stalled", last_bucket=LATER_DAY),
            "Source ftc: no records since 2020-04-27, while other sources of its group had some;"
            " about 5,521 were expected.",
        ),
        (
            _fault("opened", "truncated", observed=670.0),
            "Source ftc: only 670 records on 2020-04-27, where about 5,521 were expected.",
        ),
        (
            _fault("opened", "overflow", observed=9_750_123.0, expected=1_000_000.0),
            "Source ftc: about 9,750,000 ids on 2020-04-27 came on top of the 1,000,000 that are"
            " counted apart (count.max_senders, detect.max_entities); they are counted together,"
            " and nothing is learned.",
        ),
        (
            _fault("opened", "unchecked", observed=12_345.0, expected=0.0),
            "Source ftc: 12,345 records on 2020-04-27 may be repeats, and count: more event ids"
            " came than are remembered; nothing is learned.",
        ),
        (
            _fault("resolved", "truncated", observed=670.0, reason="level_shift"),
            "Source ftc: only 670 records on 2020-04-27, where about 5,521 were expected;"
            " this is now treated as normal, and the alert ends.",
        ),
        (
            _fault("opened", "posted_twice", observed=6376.0, expected=3188.0),
            "Source ftc: records came twice on 2020-04-27: nearly every count is a multiple of 2;"
            " 6,376 records are counted as 3,188.",
        ),
        (
            _fault("opened", "posted_twice", observed=50.0, expected=10.0),
            "Source ftc: records came 5 times on 2020-04-27: nearly every count is a multiple of"
            " 5; 50 records are counted as 10.",
        ),
        (
            _fault("opened", "senderless_share", observed=1976.0, expected=190.2),
            "Source ftc: 1,976 complaints on 2020-04-27 name no sender,"
            " where about 190 were expected.",
        ),
        (
            _fault("opened", "gap", onset="2026-03-02T09:15:00+08:00", bucket_s=900).replace(
                "2026-03-02", "that day"
            ),
            "Source ftc: no records since that day 09:15, where about 5,521 were expected.",
        ),
    ],
)
def test_a_source_fault_says_what_is_wrong(said: str, text: str) -> None:
    """Which source, what, when, and what was to be expected."""
    assert said == text
