"""Everything that is tortured, by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from streams.broker.local.broker import Recipe
from tests.garbage import torture as garbage
from tests.torture import (
    alert_flood,
    avro_topic,
    clocks,
    hosts,
    id_flood,
    idleness,
    kills,
    losses,
    moves,
    notify,
    old_version,
    others_topic,
    outages,
    poison_receiver,
    receivers,
    reshape,
    state,
    stops,
    two_ups,
    wrong_state,
    zombies,
)
from tests.torture.run import Outcome

Item = Callable[[Recipe, Path, int, int], Outcome]
"""Recipe of the broker, a directory of its own, seed, kills."""

ITEMS: dict[str, Item] = {
    "kills": lambda recipe, data, seed, number: kills.torture(
        recipe, data, seed=seed, kills=number
    ),
    "broker": lambda recipe, data, seed, _: outages.torture(recipe, data, seed=seed, rounds=2),
    "leaders": lambda recipe, data, seed, _: outages.leaders(recipe, data, seed=seed, kills=6),
    "zombies": lambda recipe, data, seed, _: zombies.torture(recipe, data, seed=seed, rounds=6),
    "late": lambda recipe, data, seed, _: zombies.late_writes(recipe, data, seed=seed, waves=3),
    "state": lambda recipe, data, seed, _: state.torture(recipe, data, seed=seed, rounds=3),
    "retention": lambda recipe, data, seed, _: losses.torture(recipe, data, seed=seed),
    "moves": lambda recipe, data, seed, _: moves.torture(recipe, data, seed=seed, rounds=4),
    "partitions": lambda recipe, data, seed, _: moves.partitions(recipe, data, seed=seed),
    "clocks": lambda recipe, data, seed, _: clocks.torture(recipe, data, seed=seed, rounds=12),
    "idleness": lambda recipe, data, seed, _: idleness.torture(recipe, data, seed=seed, rounds=8),
    "hosts": lambda recipe, data, seed, _: hosts.torture(recipe, data, seed=seed),
    "receivers": lambda recipe, data, seed, _: receivers.torture(recipe, data, seed=seed, rounds=6),
    "poison_receiver": lambda recipe, data, seed, _: poison_receiver.torture(
        recipe, data, seed=seed, rounds=6
    ),
    "alert_flood": lambda recipe, data, seed, _: alert_flood.torture(
        recipe, data, seed=seed, kills=4
    ),
    "id_flood": lambda recipe, data, seed, _: id_flood.torture(recipe, data, seed=seed, kills=8),
    "two_ups": lambda recipe, data, seed, _: two_ups.torture(recipe, data, seed=seed, rounds=3),
    "wrong_state": lambda recipe, data, seed, _: wrong_state.torture(
        recipe, data, seed=seed, rounds=3
    ),
    "old_version": lambda recipe, data, seed, _: old_version.torture(
        recipe, data, seed=seed, kills=6
    ),
    "clean_stop": lambda recipe, data, seed, _: stops.torture(recipe, data, seed=seed, stops=20),
    "reshape": lambda recipe, data, seed, _: reshape.torture(recipe, data, seed=seed, kills=12),
    "others_topic": lambda recipe, data, seed, number: others_topic.torture(
        recipe, data, seed=seed, kills=number
    ),
    "avro_topic": lambda recipe, data, seed, number: avro_topic.torture(
        recipe, data, seed=seed, kills=number
    ),
    "notify": lambda recipe, data, seed, number: notify.torture(
        recipe, data, seed=seed, kills=number
    ),
    "garbage": lambda recipe, data, seed, _: garbage.torture(recipe, data, seed=seed),
}
