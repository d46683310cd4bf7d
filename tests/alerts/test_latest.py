"""The latest revision of each alert is what is listed."""

from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from streams.alerts.cloudevent import Entity, decode_event, encode_alert
from streams.alerts.latest import AlertFilter, AlertOrder, LatestRevisions, beyond_nats, is_exact
from streams.alerts.misuse.basis import NewCodeBasis
from tests.alerts.examples import alert, raw

EARLY = raw(event="early", state="early", revision=0, feed_no=None)
REFUTED = raw(event="retracted", state="retracted", revision=0, feed_no=None)
OPENED = raw()
RESOLVED = raw(event="resolved", state="resolved", revision=2, feed_no=2)


def take(latest: LatestRevisions, *texts: bytes) -> list[bool]:
    return [latest.take(decode_event(text), text) for text in texts]


def standing(
    latest: LatestRevisions, wanted: AlertFilter | None = None, order: AlertOrder = "beyond"
) -> list[bytes]:
    return [known.raw for known in latest.standing(wanted or AlertFilter(), order)]


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


def _three() -> LatestRevisions:
    """One alert far beyond chance, a newer one that is not, and one that has ended."""
    latest = LatestRevisions()
    ended = alert(
        alert_id="c" * 16, event="resolved", state="resolved", evidence_nats=900.0,
        threshold_nats=9.0,
    )  # fmt: skip
    newer = alert(alert_id="b" * 16, evidence_nats=12.0, threshold_nats=11.0)
    far = alert(alert_id="a" * 16, evidence_nats=50.0, threshold_nats=11.0)
    for each, time in ((ended, "04"), (far, "01"), (newer, "02"), (far, "03")):
        revision = 2 if time == "03" else each.revision
        text = encode_alert(
            replace(each, revision=revision), name="test", time=f"2020-02-{time}T00:00:00+08:00"
        )
        take(latest, text)
    return latest


@pytest.mark.parametrize(
    ("order", "ids"), [("beyond", "abc"), ("opened", "bac"), ("changed", "abc")]
)
def test_what_is_in_progress_comes_first_in_the_order_asked_for(
    order: AlertOrder, ids: str
) -> None:
    """An alert that has ended is last, however far beyond chance it was."""
    rows = _three().standing(AlertFilter(), order)
    assert [row.envelope.alert.alert_id[0] for row in rows] == list(ids)


def test_an_alert_keeps_the_time_at_which_it_was_opened() -> None:
    """Opened with the first revision, closed with the last; times compare across zones."""
    far, newer, ended = _three().standing(AlertFilter())
    assert far.opened_at.isoformat() == "2020-02-01T00:00:00+08:00"
    assert far.changed_at.isoformat() == "2020-02-03T00:00:00+08:00"
    assert (far.closed_at, newer.closed_at) == (None, None)
    assert ended.closed_at == ended.changed_at
    later = encode_alert(alert(alert_id="a" * 16), name="test", time="2020-02-01T17:00:00Z")
    latest = LatestRevisions()
    take(latest, OPENED, later)
    assert standing(latest, order="changed") == [later, OPENED]


def test_what_leaves_nothing_to_chance_stands_by_its_severity() -> None:
    """A critical one where critical bursts begin, a warning in the middle of the warnings."""
    exact = {"signal": "new_code", "basis": NewCodeBasis(), "evidence_nats": 0.0}
    silent = {"signal": "source", "entity": Entity("source", "sends"), "evidence_nats": 0.0}
    critical: dict[str, Any] = {"severity": "critical", "threshold_nats": 0.0}
    warning: dict[str, Any] = {"severity": "warning", "threshold_nats": 0.0}
    wanted = [
        raw(alert_id="a", severity="critical", evidence_nats=9.2 + 7.0),
        raw(alert_id="b", **exact, **critical),
        raw(alert_id="c", evidence_nats=9.2 + 6.8),
        raw(alert_id="d", **exact, **warning),
        raw(alert_id="e", evidence_nats=9.2 + 3.4),
    ]
    latest = LatestRevisions()
    take(latest, *wanted[::-1])
    assert standing(latest) == wanted
    assert beyond_nats(alert(**silent, **critical)) == beyond_nats(alert(**exact, **critical))
    assert is_exact(alert(**exact, **warning))
    assert not is_exact(alert(**silent, **warning))
