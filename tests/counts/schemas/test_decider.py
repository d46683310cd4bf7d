"""A schema is decided about once, by whoever was first, and a registry that is away is awaited."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from streams.broker.errors import TopicsError
from streams.counts.schemas import decider as deciders
from streams.counts.schemas.decider import SchemaDecider
from streams.sources.schemas.decision import Decision
from streams.sources.schemas.registry import RegistryAway
from streams.sources.schemas.table import SchemaNeeded, SchemaTable
from tests.waiting.progress import until

URL, OTHER = "http://registry", "http://other"


class FakeTopic:
    """The topic; `before` is what another process writes just before this one does."""

    def __init__(self, *, before: Decision | None = None) -> None:
        self.log: list[Decision] = []
        self.before = before
        self.failures = 0
        self._read = 0

    def read(self) -> Iterator[Decision]:
        if self.failures:
            self.failures -= 1
            raise TopicsError("topic schemas: could not be read")
        while self._read < len(self.log):
            self._read += 1
            yield self.log[self._read - 1]

    def write(self, decision: Decision) -> None:
        if self.before is not None:
            self.log.append(self.before)
            self.before = None
        self.log.append(decision)


class FakeRegistry:
    """Answers after `away` questions."""

    def __init__(self, away: int = 0) -> None:
        self.away = away
        self.asked: list[str] = []

    def decide(self, id: str) -> Decision:
        self.asked.append(id)
        if len(self.asked) <= self.away:
            raise RegistryAway(f"{URL}: no answer")
        return Decision(URL, id, "AVRO", '"int"')


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciders, "ASK_AGAIN_S", 0.001)


def _found(table: SchemaTable, registry: str, id: str) -> Decision | None:
    return table._decisions.get((registry, id))


def decided(table: SchemaTable, decider: SchemaDecider, *ids: str, url: str = URL) -> None:
    for id in ids:
        decider.ask(SchemaNeeded(url, id))

    def done() -> bool:
        decider.poll()
        return all(_found(table, url, id) is not None for id in ids)

    until(done, "the schemas are decided about")


def test_an_answer_is_written_before_it_holds() -> None:
    table, topic, registry = SchemaTable(), FakeTopic(), FakeRegistry()
    decider = SchemaDecider(table, {URL: registry}, topic)
    decided(table, decider, "7", "7", "8")
    assert [decision.id for decision in topic.log] == ["7", "8"]
    assert registry.asked == ["7", "8"]
    assert decider.waiting == []
    decider.close()


def test_what_the_topic_says_is_asked_of_nobody() -> None:
    table, topic, registry = SchemaTable(), FakeTopic(), FakeRegistry()
    topic.log = [Decision(URL, "7", problem="none"), Decision(URL, "7", "AVRO", '"int"')]
    decider = SchemaDecider(table, {URL: registry}, topic)
    decided(table, decider, "7")
    found = _found(table, URL, "7")
    assert found is not None
    assert (found.problem, registry.asked) == ("none", [])
    decider.close()


def test_the_first_decision_holds_where_two_decide_at_once() -> None:
    first = Decision(URL, "7", problem="none")
    table, topic = SchemaTable(), FakeTopic(before=first)
    decider = SchemaDecider(table, {URL: FakeRegistry()}, topic)
    decided(table, decider, "7")
    assert _found(table, URL, "7") == first
    assert len(topic.log) == 2
    decider.close()


def test_a_registry_that_is_away_is_asked_again_and_holds_up_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    table, topic = SchemaTable(), FakeTopic()
    away = FakeRegistry(away=10**9)
    decider = SchemaDecider(table, {URL: away, OTHER: FakeRegistry()}, topic)
    topic.log = [Decision(OTHER, "9", problem="none")]
    with caplog.at_level(logging.WARNING):
        decider.ask(SchemaNeeded(URL, "7"))
        until(lambda: len(away.asked) > 2, "the registry is asked again")
        decided(table, decider, "9", url=OTHER)
        assert decider.waiting == [(URL, "7")]
        assert decider.problem == f"{URL}: no answer"
        away.away = 0
        decided(table, decider, "7")
        until(lambda: decider.problem is None, "nothing is left")
    waits = [record for record in caplog.records if "waits for an answer" in record.message]
    assert len(waits) == 1, "the same is said once"
    decider.close()


def test_a_topic_that_cannot_be_read_is_waited_for() -> None:
    table, topic = SchemaTable(), FakeTopic()
    topic.failures = 3
    decider = SchemaDecider(table, {URL: FakeRegistry()}, topic)
    decided(table, decider, "7")
    decider.close()


def test_a_fault_of_the_thread_ends_the_process() -> None:
    decider = SchemaDecider(SchemaTable(), {}, FakeTopic())
    decider.ask(SchemaNeeded(URL, "7"))

    def failed() -> bool:
        try:
            decider.poll()
        except KeyError:
            return True
        return False

    until(failed, "the fault is seen")
    decider.close()
