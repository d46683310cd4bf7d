"""Why there was an alert, where reporters were judged in place of complaints."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streams.config.load import parse_config
from streams.explain.document import document, read_document
from streams.explain.history import Judging, history_of
from streams.explain.sentences import because, title
from streams.language.catalogue import catalogue
from streams.series.watched import WatchedEntity


@pytest.mark.parametrize(
    ("locale", "said", "none"),
    [
        ("en", "3 reporters; 3 expected", "no alert on reporters"),
        ("zh", "3 名投诉人", "投诉人"),
    ],
)
def test_who_complained_is_named_where_reporters_were_judged(
    locale: str, said: str, none: str
) -> None:
    """Three people are not called three complaints, in neither language."""
    config = parse_config(
        {
            "timezone": "UTC",
            "sources": {
                "complaints": {"kind": "complaint", "count_by": "reporters", "bucket": "1d"}
            },
        }
    )
    (group,) = [name for name, of in config.groups.items() if of[0].name == "complaints"]
    start = 20 * 86_400
    closed = WatchedEntity(
        start, start + 86_400, 3.0, 3.0, None, None, None, 0.0, 9.0, 1.0, 1.0,
        learned=True, judged=True, fits=True, alert_id=None, detector="weathervane.burst",
    )  # fmt: skip
    history = history_of(
        Judging.of_group(config, group), "sender", "a", group, "complaints", [closed], []
    )
    (read,), _ = read_document(document("sender", "a", [history], []))
    words = catalogue(locale)
    assert said in because(read, 0, words)[0]
    assert none in title(read, 0, words)
    plain = replace(read, count_by=None)
    assert said not in because(plain, 0, words)[0]
