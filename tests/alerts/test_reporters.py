"""Who complained, in an alert: on the wire, in sentences, and where it is said plainly."""

from __future__ import annotations

from typing import Any

import pytest

from streams.alerts.cloudevent import Reporters, decode_event
from streams.alerts.reporters import of_complaints
from streams.alerts.sentences import sentence
from streams.language.catalogue import catalogue
from tests.alerts.examples import OPENED, alert, raw

EARLIER = "2020-01-31T00:00:00+08:00"


@pytest.mark.parametrize("found", [Reporters(52, 3), Reporters(5200, 700, error=0.0890871)])
def test_reporters_are_read_as_they_were_written(found: Reporters) -> None:
    assert decode_event(raw(reporters=found, count_by="reporters")).alert.reporters == found


def test_an_alert_without_reporters_has_no_such_field() -> None:
    assert b"reporters" not in raw()
    assert b"count_by" not in raw()
    assert b'"reporters":{"complaints":52,"distinct":3}' in raw(reporters=Reporters(52, 3))


@pytest.mark.parametrize(
    ("complaints", "distinct", "error", "few"),
    [
        (12, 3, 0.0, False),  # four times as many, but only nine more
        (13, 3, 0.0, True),
        (29, 10, 0.0, False),  # many more, but not three times as many
        (30, 10, 0.0, True),
        (10_000, 0, 0.0, False),  # nobody is named: then nothing is known
        (600, 200, 0.089, False),  # an estimate counts by its upper end
        (1200, 200, 0.089, True),
    ],
)
def test_it_is_said_where_complaints_are_far_above_their_reporters(
    complaints: int, distinct: int, error: float, few: bool
) -> None:
    found = Reporters(complaints, distinct, error)
    assert found.few is few
    assert ("far more" in of_complaints(found, catalogue("en"))) is few


@pytest.mark.parametrize(
    ("changes", "english", "chinese"),
    [
        ({"reporters": Reporters(52, 40)}, "52 complaints by 40 reporters on", "来自 40 名投诉人"),
        ({"reporters": Reporters(52, 3)}, "52 complaints by only 3 reporters", "仅来自 3 名"),
        ({"reporters": Reporters(52, 0)}, "(no reporter is named)", "均未注明投诉人"),
        (
            {"reporters": Reporters(4000, 3000, error=0.089), "observed": 4000},
            "4,000 complaints by about 3,000 reporters",
            "来自 约 3,000 名投诉人",
        ),
        (
            {"reporters": Reporters(40, 2), "onset": EARLIER},
            "52 complaints (the last 40 by only 2 reporters) since 2020-01-31",
            "最近 40 件仅来自 2 名投诉人",
        ),
        (
            {"reporters": Reporters(40, 35), "onset": EARLIER},
            "(the last 40 by 35 reporters)",
            "最近 40 件来自 35 名投诉人",
        ),
        (
            {"reporters": Reporters(570, 52), "count_by": "reporters"},
            "52 reporters (with 570 complaints, many each)",
            "人均多件",
        ),
        (
            {"reporters": Reporters(570, 30), "count_by": "reporters", "observed": 52},
            "52 reporters (30 different, with 570 complaints, many each)",
            "其中不同投诉人 30 名",
        ),
        (
            {"reporters": Reporters(60, 40, error=0.09), "count_by": "reporters"},
            "52 reporters (about 40 different, with 60 complaints)",
            "其中不同投诉人 约 40 名",
        ),
        ({"count_by": "reporters"}, "52 reporters on 2020-02-01, 17 times", "52 名投诉人"),
        (
            {"reporters": Reporters(60, 52), "count_by": "reporters"},
            "52 reporters (with 60 complaints)",
            "共 60 件投诉",
        ),
    ],
)
def test_sentences_say_by_how_many(changes: dict[str, Any], english: str, chinese: str) -> None:
    found = alert(**changes)
    assert english in sentence(found, catalogue("en"))
    assert chinese in sentence(found, catalogue("zh"))


def test_a_sentence_without_reporters_is_as_before() -> None:
    assert "52 complaints on" in sentence(OPENED, catalogue("en"))
