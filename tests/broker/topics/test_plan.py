"""Topics as the contract's table has them."""

from __future__ import annotations

from typing import Any

from streams.broker.topics.plan import TopicSpec, topic_plan
from streams.config.load import parse_config

DAY_MS = 86_400_000
STATE = "weathervane.n.detect-state-changelog"


def _plan(**tables: Any) -> dict[str, TopicSpec]:
    return {spec.name: spec for spec in topic_plan(parse_config({"name": "n", **tables}))}


def test_every_topic_is_there() -> None:
    """Each source's, those of the way, and the monitor's state."""
    assert set(_plan()) == {
        *("sends", "complaints", "weathervane.n.rejects", "weathervane.n.counts"),
        *("weathervane.n.alerts", "weathervane.n.labels", "weathervane.n.undelivered", STATE),
        *("weathervane.n.users", "weathervane.n.registry", "weathervane.n.cases"),
        "weathervane.n.checkpoints",
        *("weathervane.n.actions", "weathervane.n.notes", "weathervane.n.notifications"),
        *("weathervane.n.series", "weathervane.n.asked"),
    }


def test_what_may_be_counted_again_is_kept() -> None:
    """Two days at least, else three times the largest bucket and lateness."""
    short = _plan()
    days = {"kind": "send", "bucket": "1d", "lateness": "12h"}
    long = _plan(sources={"days": days})
    for name in ("sends", "complaints", "weathervane.n.rejects", "weathervane.n.counts"):
        assert (short[name].cleanup, short[name].retention_ms) == ("delete", 2 * DAY_MS)
        assert long[name].retention_ms == 4.5 * DAY_MS
    assert long["days"].retention_ms == 4.5 * DAY_MS


def test_alerts_are_kept_for_two_years_and_never_compacted() -> None:
    """Every revision stays: a reader may come late."""
    alerts = _plan()["weathervane.n.alerts"]
    assert (alerts.cleanup, alerts.retention_ms) == ("delete", 730 * DAY_MS)


def test_the_hashes_of_feeds_are_kept_for_ever() -> None:
    """They prove alerts that are gone: each key's newest record stays."""
    kept = _plan()["weathervane.n.checkpoints"]
    assert (kept.cleanup, kept.partitions) == ("compact", 1)


def test_actions_are_kept_and_their_texts_can_be_erased() -> None:
    """Replaced actions are the log; a text's tombstone needs compaction."""
    plan = _plan()
    actions, notes = plan["weathervane.n.actions"], plan["weathervane.n.notes"]
    assert (actions.cleanup, actions.retention_ms, actions.partitions) == (
        "delete",
        730 * DAY_MS,
        1,
    )
    assert (notes.cleanup, notes.retention_ms, notes.partitions) == ("compact", None, 1)


def test_state_is_compacted_and_its_slots_fit() -> None:
    """A slot's last value stays for ever; it may take some megabytes."""
    state = _plan()[STATE]
    assert (state.cleanup, state.retention_ms) == ("compact", None)
    assert int(state.config["max.message.bytes"]) >= 8_000_000


def test_series_are_bounded_by_time_and_bytes() -> None:
    """They are many, and only looked at: no backup holds them, nor what was asked."""
    plan = _plan(detect={"shards": 3})
    series, asked = plan["weathervane.n.series"], plan["weathervane.n.asked"]
    assert (series.partitions, series.cleanup, series.retention_ms) == (3, "delete", 90 * DAY_MS)
    assert series.config["retention.bytes"] == str(2**31)
    assert (asked.partitions, asked.cleanup, asked.retention_ms) == (1, "delete", 7 * DAY_MS)
    assert asked.config["message.timestamp.type"] == "LogAppendTime"
    assert {name for name, spec in plan.items() if not spec.in_backup} == {series.name, asked.name}


def test_registry_keeps_what_its_slowest_reader_needs() -> None:
    """What is in counts can be told from it; removals outlast a sequencer that stands for weeks."""
    registry = _plan()["weathervane.n.registry"]
    assert (registry.partitions, registry.cleanup) == (1, "compact")
    kept = _plan()["weathervane.n.counts"].retention_ms
    assert kept is not None
    assert int(registry.config["min.compaction.lag.ms"]) >= 2 * kept
    assert int(registry.config["delete.retention.ms"]) == 90 * DAY_MS


def test_users_are_compacted() -> None:
    """Who is known stays known, however long ago the record was written."""
    users = _plan()["weathervane.n.users"]
    assert (users.partitions, users.cleanup, users.retention_ms) == (1, "compact", None)


def test_shards_are_partitions() -> None:
    """Of counts, alerts and state alike; raw topics and rejects may have any number."""
    plan = _plan(detect={"shards": 3}, sources={"days": {"kind": "send", "partitions": 7}})
    sharded = ("weathervane.n.counts", "weathervane.n.alerts", STATE)
    assert [plan[name].partitions for name in sharded] == [3, 3, 3]
    assert not any(plan[name].any_partitions for name in sharded)
    assert plan["days"].partitions == 7
    assert all(plan[name].any_partitions for name in ("days", "sends", "weathervane.n.rejects"))


def test_anothers_topic_is_only_read_and_keeps_what_its_source_needs() -> None:
    """Its settings are its owner's; of ours nothing changes."""
    foreign = {"kind": "send", "time": "ts", "sender": "src", "topic_format": "source"}
    plan = _plan(sources={"mt_log": foreign})
    assert (plan["mt_log"].only_read, plan["mt_log"].config) == (True, {})
    assert plan["mt_log"].retention_ms == 3 * 70_000
    assert [name for name, spec in plan.items() if spec.only_read] == ["mt_log"]
