"""What an existing topic is checked for, and what is said about it."""

from __future__ import annotations

import pytest

from streams.broker.topics.check import ExistingTopic, problems_with, warnings_with
from streams.broker.topics.plan import APPEND_TIME, TopicSpec

DAY = 86_400_000
COUNTS = TopicSpec("counts", 2, "delete", 3 * DAY, {"max.message.bytes": "5000000"})
GOOD = {
    "cleanup.policy": "delete",
    "retention.ms": str(3 * DAY),
    "max.message.bytes": "5000000",
}


def said(spec: TopicSpec, partitions: int, **changed: str) -> list[str]:
    config = GOOD | {name.replace("_", "."): value for name, value in changed.items()}
    return list(problems_with(spec, ExistingTopic(partitions, config), "b:9092"))


def test_a_topic_as_wanted_has_no_problem() -> None:
    """What is as wanted, or keeps more than wanted, passes."""
    assert said(COUNTS, 2) == []
    assert said(COUNTS, 2, retention_ms=str(30 * DAY), max_message_bytes="9000000") == []
    assert said(COUNTS, 2, retention_ms="-1") == []


def test_settings_that_a_broker_does_not_tell_pass() -> None:
    """The stand-in tells only settings that were set: what is unknown is no problem."""
    assert list(problems_with(COUNTS, ExistingTopic(2, {}), "b:9092")) == []


def test_too_few_partitions() -> None:
    """Too few partitions: found, wanted, the command, and what it does to data."""
    (line,) = said(COUNTS, 1)
    assert line.startswith("has 1 partition, must have 2; kafka-topics.sh --bootstrap-server b:")
    assert line.endswith("--partitions 2 (only before data are in it: keys move)")


def test_too_many_partitions() -> None:
    """Too many partitions: Kafka cannot take any away, and the remedy says so."""
    (line,) = said(COUNTS, 4)
    assert line.startswith("has 4 partitions, must have 2; Kafka cannot take partitions away")


def test_partitions_of_a_topic_that_may_have_any() -> None:
    """A source's topic may have as many partitions as its owner likes."""
    spec = TopicSpec("sends", 4, any_partitions=True)
    assert said(spec, 12) == []


@pytest.mark.parametrize("policy", ["compact", "compact,delete"])
def test_a_wrong_cleanup_policy(policy: str) -> None:
    """A topic that loses records by key is no place for totals."""
    (line,) = said(COUNTS, 2, cleanup_policy=policy)
    assert line == (
        f"cleanup.policy is {policy}, must be delete; kafka-configs.sh --bootstrap-server b:9092 "
        "--alter --entity-type topics --entity-name counts --add-config cleanup.policy=delete"
    )


def test_a_retention_too_short() -> None:
    """A retention below the wanted one, or any limit where none is wanted, is a problem."""
    (line,) = said(COUNTS, 2, retention_ms=str(DAY))
    assert line.startswith("retention.ms is 86400000 (1 d), must be at least 259200000 (3 d); ")
    (line,) = said(TopicSpec("alerts", 2, "delete", -1), 2)
    assert "must be at least -1 (for ever)" in line


def test_records_too_small() -> None:
    """A topic that refuses our largest record is a problem before the first write."""
    (line,) = said(COUNTS, 2, max_message_bytes="1048588")
    assert line.startswith("max.message.bytes is 1048588, must be at least 5000000; ")


def test_times_that_senders_set_are_warned_of() -> None:
    """No problem: such a topic works, but a fast clock can do harm in it."""
    spec = TopicSpec("sends", 4, config=APPEND_TIME, any_partitions=True)
    kind = "message.timestamp.type"
    (line,) = warnings_with(spec, ExistingTopic(4, GOOD | {kind: "CreateTime"}), "b:9092")
    assert line.startswith(f"warning: {kind} is CreateTime, should be LogAppendTime, so that")
    assert line.endswith(f"--entity-name sends --add-config {kind}=LogAppendTime")
    for config in (GOOD, GOOD | APPEND_TIME):
        assert list(warnings_with(spec, ExistingTopic(4, config), "b:9092")) == []
    assert list(warnings_with(COUNTS, ExistingTopic(2, GOOD | {kind: "CreateTime"}), "b")) == []


ANOTHERS = TopicSpec("mt_log", 4, "delete", DAY // 2, any_partitions=True, only_read=True)


@pytest.mark.parametrize("policy", ["compact", "compact,delete"])
def test_anothers_topic_that_is_compacted_is_its_owners_affair(policy: str) -> None:
    """A recount would miss what was compacted away; no command is offered that changes it."""
    (line,) = said(ANOTHERS, 7, cleanup_policy=policy)
    assert line.startswith(f"cleanup.policy is {policy}, must be delete")
    assert "ask its owner" in line
    assert "kafka-configs" not in line


def test_anothers_topic_must_keep_what_a_restart_counts_again() -> None:
    """Less is a problem for its owner; less than two days only a warning."""
    (line,) = said(ANOTHERS, 7, retention_ms=str(DAY // 4))
    assert line.startswith("retention.ms is 21600000 (0.25 d), must be at least 43200000 (0.5 d)")
    assert "ask its owner" in line
    assert "kafka-configs" not in line
    assert said(ANOTHERS, 7, retention_ms=str(DAY)) == []
    short = ExistingTopic(7, GOOD | {"retention.ms": str(DAY)})
    (warning,) = warnings_with(ANOTHERS, short, "b:9092")
    assert warning.startswith("warning: retention.ms is 86400000 (1 d), should be at least 1728")
    assert list(warnings_with(ANOTHERS, ExistingTopic(7, GOOD), "b:9092")) == []
