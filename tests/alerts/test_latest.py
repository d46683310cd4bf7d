"""The latest revision of each alert is what is listed."""

from itertools import permutations

from streams.alerts.cloudevent import Entity, decode_event, encode_alert
from streams.alerts.latest import AlertFilter, LatestRevisions
from tests.alerts.examples import alert, raw

EARLY = raw(event="early", state="early", revision=0, feed_no=None)
REFUTED = raw(event="retracted", state="retracted", revision=0, feed_no=None)
OPENED = raw()
RESOLVED = raw(event="resolved", state="resolved", revision=2, feed_no=2)


def take(latest: LatestRevisions, *texts: bytes) -> list[bool]:
    return [latest.take(decode_event(text), text) for text in texts]


def standing(latest: LatestRevisions, wanted: AlertFilter | None = None) -> list[bytes]:
    return [known.raw for known in latest.standing(wanted or AlertFilter())]


def test_the_latest_revision_stands_whatever_the_order() -> None:
    """An alert is shown once, as its latest revision, however revisions arrive."""
    for order in permutations((EARLY, REFUTED, OPENED, RESOLVED)):
        latest = LatestRevisions()
        take(latest, *order)
        assert standing(latest) == [RESOLVED]


def test_repeats_are_no_news() -> None:
    """What is published again after a crash is not told again."""
    latest = LatestRevisions()
    assert take(latest, OPENED, OPENED, EARLY, RESOLVED, OPENED) == [
        True,
        False,
        False,
        True,
        False,
    ]


def test_a_refuted_early_alert_is_retracted() -> None:
    """The retraction of an early alert follows it, though both are revision 0."""
    latest = LatestRevisions()
    assert take(latest, EARLY, REFUTED, EARLY) == [True, True, False]
    assert standing(latest, AlertFilter(state="early")) == []
    assert standing(latest, AlertFilter(state="retracted")) == [REFUTED]


def test_the_state_wanted_is_the_latest() -> None:
    """An alert that was open and is resolved is not among the open ones."""
    latest = LatestRevisions()
    take(latest, OPENED, RESOLVED)
    assert standing(latest, AlertFilter(state="open")) == []
    assert standing(latest, AlertFilter(state="resolved")) == [RESOLVED]


def test_an_entity_is_level_and_id() -> None:
    """Only the entity's alerts are shown; an id may hold slashes."""
    odd = raw(alert_id="b" * 16, entity=Entity("platform", "a/b"))
    latest = LatestRevisions()
    take(latest, OPENED, odd)
    assert standing(latest, AlertFilter(entity=("platform", "a/b"))) == [odd]
    assert standing(latest, AlertFilter(entity=("sender", "a/b"))) == []


def test_alerts_stand_in_order_of_time() -> None:
    """The list is in order of the latest revisions' instants, whatever their zones."""
    later = encode_alert(alert(alert_id="a" * 16), name="test", time="2020-02-01T17:00:00Z")
    latest = LatestRevisions()
    take(latest, later, OPENED)
    assert standing(latest) == [OPENED, later]
