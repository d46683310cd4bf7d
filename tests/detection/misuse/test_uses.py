"""What was used in a bucket is known of everybody who counted."""

from __future__ import annotations

from streams.detection.misuse.uses import uses_in
from tests.detection.misuse.events import RawEvent, closed


def test_uses_are_also_those_of_senders_that_name_nothing() -> None:
    """Lanes leave them out: a bucket's totals say as much; nothing is there twice."""
    events = [RawEvent(0, "1069001"), RawEvent(0, "1069001", signature="Mall"), RawEvent(0, "x")]
    whole = closed(0, events)
    named = [use for use in whole.facts.uses if use.signature is not None]
    bucket = whole._replace(facts=whole.facts._replace(uses=named))
    assert sorted(uses_in(bucket), key=repr) == sorted(whole.facts.uses, key=repr)
    assert list(uses_in(whole)) == whole.facts.uses
