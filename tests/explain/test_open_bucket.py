"""What is said of the open bucket."""

from __future__ import annotations

from typing import Any

from streams.explain.open_bucket import open_bucket
from streams.language.catalogue import ENGLISH
from tests.delivery.entities.stored import Recording
from tests.series.examples import outlook, watched

HISTORY = Recording().history
END = HISTORY.closed[-1].end


def said(**fields: Any) -> list[str]:
    """The sentences of an answer whose bucket is the next one."""
    bucket = watched(**{"start": END, "end": END + 86_400, "count": 7.0, **fields})
    return list(
        open_bucket(HISTORY, [outlook(group="1d-UTC", signals={"complaints": bucket})], ENGLISH)
    )


def test_it_says_which_count_would_raise_an_alert() -> None:
    """Or that one is open, or that none would."""
    (sentence,) = said(alarms_at=41.0)
    assert sentence.startswith("Open bucket, from 2026-04-11: 7 complaints so far, 4 expected of")
    assert sentence.endswith("and 11.0 are needed; a count of 41 would raise an alert.")
    assert said(alarms_at=None)[0].endswith("no count would raise an alert.")
    assert said(alarms_at=None, alarms_known=False)[0].endswith("; no alert is open.")
    assert said(alert_id="2b1926685558e977")[0].endswith("an alert is open.")


def test_an_answer_about_a_bucket_that_has_closed_since_says_nothing() -> None:
    """Nor does that of another group, or of another signal."""
    assert said(start=END - 86_400, end=END) == []
    other_signal = outlook(group="1d-UTC", signals={"sends": watched(start=END, end=END + 60)})
    other_group = outlook(group="1m", signals={"complaints": watched(start=END, end=END + 60)})
    assert list(open_bucket(HISTORY, [other_signal, other_group], ENGLISH)) == []


def test_a_retired_entity_is_said_to_be_silent() -> None:
    """Nothing is expected of it."""
    retired = outlook(group="1d-UTC", state="retired")
    assert list(open_bucket(HISTORY, [retired], ENGLISH)) == [
        "It has been silent for so long that nothing is expected of it now."
    ]
