"""Scope and new codes are exact: equal to brute force over raw events, while rows change."""

from __future__ import annotations

from random import Random

import pytest

from streams.alerts.cloudevent import Alert
from streams.alerts.misuse.basis import NewCodeBasis, ScopeBasis
from streams.config.model import Config
from streams.detection.shard import Shard
from streams.registry.control import RegistryRow
from tests.detection.misuse.events import (
    RawEvent,
    closed,
    config_of,
    drawn_event,
    drawn_row,
)
from tests.detection.misuse.oracle import Told, new_codes, scope_alerts

LENGTH = 24
QUIET, SILENCE, LEARN = 4, 3, 2


def _drawn(seed: int) -> tuple[list[RawEvent], list[list[RegistryRow]]]:
    draw = Random(seed)
    events = [
        drawn_event(draw, day) for day in range(LENGTH) for _ in range(draw.choice((0, 0, 1, 2, 5)))
    ]
    rows: list[RegistryRow] = []
    by_day = []
    for _ in range(LENGTH):
        for _ in range(draw.choice((0, 0, 1, 3))):
            rows.append(drawn_row(draw, len(rows) + 1, LENGTH))
        by_day.append(list(rows))
    return events, by_day


def _alerts(
    config: Config,
    events: list[RawEvent],
    rows: list[list[RegistryRow]],
    kills: frozenset[int] = frozenset(),
) -> list[tuple[int, Alert, bytes]]:
    """Judge all days; after some of them the shard dies, and another goes on from its state."""
    shard, out = Shard(0, config), []
    slots: dict[bytes, bytes] = {}
    (group,) = config.groups
    for day in range(LENGTH):
        shard.registry.take(rows[day])
        result = shard.judge(group, closed(day, events))
        out += [(day, each.alert, each.value) for each in result.alerts]
        if day in kills:
            slots.update(shard.checkpoint())
            shard = Shard(0, config)
            assert shard.restore(slots)
    return out


def _as_told(alerts: list[tuple[int, Alert, bytes]]) -> list[Told]:
    said = []
    for day, alert, _ in alerts:
        if alert.signal == "scope" and alert.event in ("opened", "resolved"):
            assert isinstance(alert.basis, ScopeBasis)
            key = (alert.entity.level, alert.entity.id, str(alert.kind))
            found = tuple(alert.basis.found)
            said.append(Told(day, alert.event, key, int(alert.observed), found, alert.reason))
    return said


@pytest.mark.parametrize("first", range(0, 40, 20))
def test_scope_is_what_brute_force_says(first: int) -> None:
    """Each opening and each end, with its count, what was used, and why it ended."""
    config = config_of("scope", quiet=f"{QUIET}d")
    opened = ended = allowed = 0
    for seed in range(first, first + 20):
        events, rows = _drawn(seed)
        said = _as_told(_alerts(config, events, rows))
        wanted = scope_alerts(events, rows, QUIET)
        assert sorted(said, key=str) == sorted(wanted, key=str), seed
        opened += sum(each.step == "opened" for each in said)
        ended += sum(each.step == "resolved" and each.reason is None for each in said)
        allowed += sum(each.reason == "allowed" for each in said)
    assert min(opened, ended, allowed) >= 10


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_new_codes_are_what_brute_force_says(first: int) -> None:
    """Each first use and each use after the silence, however codes are registered meanwhile."""
    config = config_of("new_code", silence=f"{SILENCE}d", learn=f"{LEARN}d", quiet="1d")
    kinds = set()
    for seed in range(first, first + 20):
        events, rows = _drawn(seed)
        said = []
        for day, alert, _ in _alerts(config, events, rows):
            if alert.signal == "new_code" and alert.event == "opened":
                assert isinstance(alert.basis, NewCodeBasis)
                key = (alert.entity.level, alert.entity.id, str(alert.kind))
                said.append((day, key, alert.basis.silent_days))
                kinds.add(alert.kind)
        wanted = new_codes(events, rows, silence=SILENCE, learn=LEARN, remembered=4 * SILENCE)
        days = {(day, key) for day, key, _ in wanted}
        opens = [one for one in wanted if (one[0] - 1, one[1]) not in days]  # others go on
        assert sorted(said) == sorted(opens), seed
    assert kinds == {"first", "again"}


def test_a_kill_changes_no_byte() -> None:
    """A shard that goes on from a checkpoint says the same, its registry with it."""
    config = config_of("scope", "new_code", quiet="4d", silence="3d", learn="2d")
    for seed in range(12):
        events, rows = _drawn(seed)
        whole = [value for *_, value in _alerts(config, events, rows)]
        kills = frozenset(Random(seed).sample(range(LENGTH), 5))
        assert [value for *_, value in _alerts(config, events, rows, kills)] == whole, seed
        assert whole
