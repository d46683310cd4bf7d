"""What is wrong with a source's data, in a sentence that needs no manual."""

from __future__ import annotations

from typing import Any

import pytest

from streams.alerts.cloudevent import FaultKind
from streams.alerts.lifecycle import Step
from streams.alerts.source_sentences import summarise_feed

DAY = "2020-04-27T00:00:00-04:00"
LATER = "2020-04-29T00:00:00-04:00"


def _say(step: Step, kind: FaultKind, **changed: Any) -> str:
    whole: dict[str, Any] = {
        "source": "ftc",
        "observed": 0.0,
        "expected": 5521.3,
        "onset": DAY,
        "last_bucket": DAY,
        "bucket_s": 86400,
    }
    return summarise_feed(step, kind, **{**whole, **changed})


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            _say("opened", "gap"),
            "Source ftc: no records on 2020-04-27, where about 5,521 were expected.",
        ),
        (
            _say("updated", "gap", last_bucket=LATER, expected=17000.0),
            "Source ftc: no records since 2020-04-27, where about 17,000 were expected.",
        ),
        (
            _say("resolved", "gap", last_bucket=LATER, expected=17000.0),
            "Source ftc: as usual again, after no records from 2020-04-27 to 2020-04-29,"
            " where about 17,000 were expected.",
        ),
        (
            _say("resolved", "gap", reason="stalled"),
            "Source ftc: no records on 2020-04-27, where about 5,521 were expected;"
            " it has stalled, of which another alert tells.",
        ),
        (
            _say("opened", "stalled", last_bucket=LATER),
            "Source ftc: no records since 2020-04-27, while others of its group had some;"
            " about 5,521 were expected.",
        ),
        (
            _say("opened", "truncated", observed=670.0),
            "Source ftc: only 670 records on 2020-04-27, where about 5,521 were expected.",
        ),
        (
            _say("resolved", "truncated", observed=670.0, reason="level_shift"),
            "Source ftc: only 670 records on 2020-04-27, where about 5,521 were expected;"
            " this is taken for the new normal, and the alert ends.",
        ),
        (
            _say("opened", "posted_twice", observed=6376.0, expected=3188.0),
            "Source ftc: records came twice on 2020-04-27, as nearly every count divides by 2;"
            " 6,376 are taken for 3,188.",
        ),
        (
            _say("opened", "posted_twice", observed=50.0, expected=10.0),
            "Source ftc: records came 5 times on 2020-04-27, as nearly every count divides by 5;"
            " 50 are taken for 10.",
        ),
        (
            _say("opened", "senderless_share", observed=1976.0, expected=190.2),
            "Source ftc: 1,976 complaints on 2020-04-27 name no sender,"
            " where about 190 were expected.",
        ),
        (
            _say("opened", "gap", onset="2026-03-02T09:15:00+08:00", bucket_s=900).replace(
                "2026-03-02", "that day"
            ),
            "Source ftc: no records since that day 09:15, where about 5,521 were expected.",
        ),
    ],
)
def test_the_sentence(said: str, sentence: str) -> None:
    """Which source, what, when, and what was to be expected."""
    assert said == sentence
