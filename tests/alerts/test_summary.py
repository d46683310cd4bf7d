"""The sentence of an alert says who, what, how much and since when, to a person."""

from __future__ import annotations

import pytest

from streams.alerts.cloudevent import AlertEvent
from streams.alerts.sentences import summarise

NINE = "2026-11-10T09:00:00+08:00"
LATER = "2026-11-10T09:05:00+08:00"


def _minute(
    event: AlertEvent,
    observed: float,
    expected: float,
    *,
    last: str = NINE,
    level: str = "sender",
    entity: str = "106900012345",
    signal: str = "sends",
    reason: str | None = None,
) -> str:
    ratio = observed / expected if expected else observed
    return summarise(
        event,
        level=level,
        entity=entity,
        signal=signal,
        observed=observed,
        expected=expected,
        ratio=ratio,
        onset=NINE,
        last_bucket=last,
        bucket_s=60,
        reason=reason,
    )


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ("early", "already 480 messages in the minute from 2026-11-10 09:00"),
        ("opened", "480 messages in the minute from 2026-11-10 09:00"),
    ],
)
def test_a_burst_of_one_bucket_names_that_bucket(event: AlertEvent, sentence: str) -> None:
    """The bucket is named as people name it, with its start."""
    full = f"Sender 106900012345: {sentence}, 39 times the 12 expected."
    assert _minute(event, 480, 12.3) == full


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ("opened", "480 messages since 2026-11-10 09:00"),
        ("updated", "growing, now 480 messages since 2026-11-10 09:00"),
        ("resolved", "back to normal after 480 messages since 2026-11-10 09:00"),
    ],
)
def test_a_longer_burst_names_its_onset(event: AlertEvent, sentence: str) -> None:
    """What is summed over several buckets says since when."""
    full = f"Sender 106900012345: {sentence}, 39 times the 12 expected."
    assert _minute(event, 480, 12.3, last=LATER) == full


def test_a_level_shift_says_that_the_alert_ends() -> None:
    """An alert that is resolved without a return to normal says why."""
    assert _minute("resolved", 48000, 12.3, last=LATER, reason="level_shift") == (
        "Sender 106900012345: 48,000 messages since 2026-11-10 09:00 are taken for the new"
        " normal; the alert ends."
    )


def test_a_withdrawn_early_alert_says_so() -> None:
    """Whoever saw the early alert reads that it was none."""
    assert _minute("retracted", 30, 10.0) == (
        "Sender 106900012345: the full count in the minute from 2026-11-10 09:00 does not confirm"
        " the early alert, now withdrawn."
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
    ("observed", "expected", "sentence"),
    [
        (1, 0.02, "1 complaint in the minute from 2026-11-10 09:00, 50 times the 0.02 expected."),
        (
            3,
            0.0,
            "3 complaints in the minute from 2026-11-10 09:00, where hardly any were expected.",
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
def test_numbers_are_as_people_write_them(observed: float, expected: float, sentence: str) -> None:
    """No exponents, no digits that mean nothing, one complaint and two complaints."""
    found = _minute("opened", observed, expected, signal="complaints")
    assert found == f"Sender 106900012345: {sentence}"


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
    found = summarise(
        "opened",
        level="sender",
        entity="a",
        signal="sends",
        observed=8,
        expected=1.0,
        ratio=8.0,
        onset=NINE,
        last_bucket=NINE,
        bucket_s=bucket_s,
    )
    assert found == f"Sender a: 8 messages {span}, 8 times the 1 expected."


@pytest.mark.parametrize(
    ("level", "entity", "messages", "sentence"),
    [
        (
            "sender",
            "106900012345",
            12_000.4,
            "Sender 106900012345: 57 complaints about 12,000 messages sent in the minute from"
            " 2026-11-10 09:00, 4 times what its sends lead one to expect.",
        ),
        (
            "all",
            "all",
            12_000.4,
            "All senders together: 57 complaints about 12,000 messages sent in the minute from"
            " 2026-11-10 09:00, 4 times what their sends lead one to expect.",
        ),
        (
            "sender",
            "106900012345",
            0.2,
            "Sender 106900012345: 57 complaints in the minute from 2026-11-10 09:00, 4 times what"
            " its sends lead one to expect.",
        ),
    ],
)
def test_complaints_joined_to_sends_name_the_messages(
    level: str, entity: str, messages: float, sentence: str
) -> None:
    """How many were sent, where it is at least one, and that the sends explain less."""
    found = summarise(
        "opened",
        level=level,
        entity=entity,
        signal="complaint_rate",
        observed=57,
        expected=14.2,
        ratio=57 / 14.2,
        onset=NINE,
        last_bucket=NINE,
        bucket_s=60,
        messages=messages,
    )
    assert found == sentence
