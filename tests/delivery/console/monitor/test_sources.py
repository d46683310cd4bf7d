"""The health of each source, from count, from the alerts on its data, and from its rejects."""

from __future__ import annotations

from streams.alerts.cloudevent import Entity, decode_event, encode_alert
from streams.delivery.api.board import Board
from streams.delivery.console.monitor.sources import FAULTS_SHOWN, source_healths
from streams.delivery.console.monitor.topic_rejects import SourceRejects
from streams.health.status import BrokerState, health_of
from streams.health.symptoms import Symptom
from tests.alerts.examples import alert, raw
from tests.health.exposed import CONFIG, NOW_S, endpoints

HEALTH = health_of(CONFIG, endpoints(), BrokerState(), NOW_S)


def fault(number: int, state: str = "resolved") -> bytes:
    is_open = state == "open"
    one = alert(
        alert_id=f"{number:016x}",
        entity=Entity("source", "sends"),
        signal="source",
        kind="gap",
        state=state,
        event="opened" if is_open else "resolved",
        revision=1 if is_open else 2,
    )
    return encode_alert(one, name="test", time=f"2026-03-02T00:{number:02}:00Z")


def board_of(*texts: bytes) -> Board:
    board = Board(1000)
    for text in texts:
        board.take(decode_event(text), text, 0.0)
    return board


def test_a_source_has_what_count_and_detect_say_of_it() -> None:
    """Late events with their senders, and how far its group is; silent defaults are left out."""
    rejects = {"sends": SourceRejects(1, None, [], {})}
    (found,) = source_healths(CONFIG, HEALTH, [], board_of(raw()), rejects)
    assert found.counted is not None
    assert found.group is not None
    assert (found.source.name, found.counted.late_senders) == ("sends", {"a": 2})
    assert (found.group.group, found.rejects) == ("live", rejects["sends"])
    assert not found.is_bad


def test_a_gap_that_stands_makes_its_source_red() -> None:
    """It comes first, and of those that are over only the newest are kept."""
    ended = [fault(number) for number in range(2, FAULTS_SHOWN + 10)]
    (found,) = source_healths(CONFIG, HEALTH, [], board_of(fault(1, "open"), *ended), {})
    assert found.is_bad
    assert len(found.faults) == FAULTS_SHOWN
    first, second = found.faults[:2]
    assert (first.is_open, first.envelope.alert.kind) == (True, "gap")
    assert second.envelope.alert.alert_id == f"{FAULTS_SHOWN + 9:016x}"


def test_a_symptom_makes_the_source_red_that_it_names() -> None:
    """Also where count does not answer, so that nothing else is known of it."""
    wrong = [Symptom("late", "source sends", "many are late", "wait longer")]
    (found,) = source_healths(CONFIG, None, wrong, [], {})
    assert (found.counted, found.group, found.is_bad) == (None, None, True)
    (found,) = source_healths(CONFIG, None, [Symptom("late", "source other", "", "")], [], {})
    assert not found.is_bad
