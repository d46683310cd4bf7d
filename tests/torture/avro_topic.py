"""Another's topic of Avro, counted through kill -9 while its registry is away for a time.

The records are those of `others_topic`, in Avro under three schema ids: two that the registry has,
and one that it does not. Of one of the two it says nothing until half of the kills are over, so
that lanes wait, and are killed waiting.
"""

from __future__ import annotations

import io
import json
import random
from pathlib import Path
from typing import Any

import fastavro

from streams.broker.local.broker import Recipe
from tests.sources.schemas.registry_stand_in import stand_in
from tests.torture import others_topic
from tests.torture.others_topic import CLOSING, LANES
from tests.torture.records import Record
from tests.torture.run import Outcome

CONFIG = others_topic.CONFIG.replace('items = "$[*]"', 'format = "avro"\nitems = "$.items[*]"')
for _name in ("mt", "failed"):
    CONFIG = CONFIG.replace(
        f"[sources.{_name}]",
        f'[sources.{_name}.schema_registry]\nurl = "REGISTRY"\n[sources.{_name}]',
    )
NAMES = ("ts", "src", "dst", "id", "stat")
FIRST, SECOND, UNKNOWN = 1, 2, 9
AWAY = "/schemas/ids/2"


def schema_of(id: int) -> dict[str, Any]:
    """The schema of an id: the second has a field more, and another order."""
    kinds: dict[str, Any] = {"ts": "long"}
    names = NAMES if id == FIRST else (*reversed(NAMES), "route")
    fields = [{"name": name, "type": kinds.get(name, "string")} for name in names]
    fields += [{"name": name, "type": ["null", "string"]} for name in ("tpl_sign", "parts")]
    item = {"type": "record", "name": "Item", "fields": fields}
    return {
        "type": "record",
        "name": "Log",
        "fields": [{"name": "items", "type": {"type": "array", "items": item}}],
    }


def torture(recipe: Recipe, data: Path, *, seed: int, kills: int) -> Outcome:
    """Kill until there were so many; then what came out is compared."""
    with stand_in() as registry:
        for id in (FIRST, SECOND):
            registry.add(str(id), json.dumps(schema_of(id)))
        answer = registry.answers[AWAY]
        registry.answers[AWAY] = (503, {})

        def come_back(done: int) -> None:
            if done >= kills // 2:
                registry.answers[AWAY] = answer

        config = CONFIG.replace("REGISTRY", registry.url)
        name = "another's topic of Avro"
        return others_topic.through_kills(
            name, recipe, data, config, make(seed), seed, kills, come_back
        )


def make(seed: int) -> list[Record]:
    """The records of `others_topic` in Avro; what does not fit a schema is rubbish, cut short."""
    chance = random.Random(seed)
    parsed = {id: fastavro.parse_schema(schema_of(id)) for id in (FIRST, SECOND)}
    made = others_topic.make(seed)
    closing = len(made) - LANES * CLOSING
    return [
        record._replace(value=_avro(chance, parsed, record.value, closes=number >= closing))
        for number, record in enumerate(made)
    ]


def _avro(
    chance: random.Random, parsed: dict[int, Any], value: bytes | None, *, closes: bool
) -> bytes | None:
    if value is None:
        return None
    id = FIRST if closes else chance.choice([FIRST, FIRST, SECOND])
    try:
        items = [_item(item) for item in json.loads(value)]
        out = io.BytesIO()
        fastavro.schemaless_writer(out, parsed[id], {"items": items})
    except (ValueError, TypeError, AttributeError, KeyError):
        return b"\x00" + id.to_bytes(4, "big") + value[:3]
    if not closes and chance.random() < 0.01:
        id = UNKNOWN
    return b"\x00" + id.to_bytes(4, "big") + out.getvalue()


def _item(item: dict[str, Any]) -> dict[str, Any]:
    parts = item.get("parts")
    return {**item, "route": "r", "parts": None if parts is None else str(parts)}
