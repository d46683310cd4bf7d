"""Which preset some records have the shape of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from streams.config.load import ConfigError, parse_config
from streams.items import Skipped
from streams.sources.formats.format import Kind
from streams.sources.mapping.paths import follow, steps_of
from streams.sources.mapping.record_items import RecordItems
from streams.sources.presets.shipped import PRESETS
from streams.sources.rejects import Undecodable

ENVELOPES: tuple[tuple[str, ...], ...] = ((), ("sns",), ("cloudevents",))
MOST_REJECTS = 0.01
LEAST_PLACES = 4
"""So many places of a preset must be in records: a time and a sender many have."""

_document = msgspec.json.Decoder().decode


class KnownShape(NamedTuple):
    """A preset that fits, for sends or complaints, and the envelopes around the records."""

    preset: str
    kind: Kind
    unwrap: tuple[str, ...]


def known_shapes(values: Sequence[bytes], only: Kind | None) -> list[KnownShape]:
    """Return the preset of which records are: once for each kind of event that they hold.

    Parameters
    ----------
    values
        The records.
    only
        The kind of event that is wanted; None means both.
    """
    found: dict[tuple[str, tuple[str, ...]], dict[Kind, int]] = {}
    for shape in _candidates():
        if only in (None, shape.kind) and (events := _events(shape, values)):
            found.setdefault((shape.preset, shape.unwrap), {})[shape.kind] = events
    if not found:
        return []
    preset, unwrap = max(found, key=lambda each: sum(found[each].values()))
    return [KnownShape(preset, kind, unwrap) for kind in found[preset, unwrap]]


def _candidates() -> Iterator[KnownShape]:
    kinds: tuple[Kind, ...] = ("send", "complaint")
    for name, preset in PRESETS.items():
        for kind in kinds:
            keys = preset.keys.get(kind, {})
            if keys.get("format") == "json":
                yield from (KnownShape(name, kind, unwrap) for unwrap in ENVELOPES)
            elif keys.get("format") == "lines":
                yield KnownShape(name, kind, ())


def _events(shape: KnownShape, values: Sequence[bytes]) -> int:
    """Return how many events a preset makes of records; 0 where it does not fit them."""
    keys = PRESETS[shape.preset].keys[shape.kind]
    table: dict[str, Any] = {
        "kind": shape.kind,
        "preset": shape.preset,
        "topic_format": "source",
        "topic": "x",
    }
    if shape.unwrap:
        if "unwrap" in keys:
            return 0
        table["unwrap"] = list(shape.unwrap)
    try:
        source = parse_config({"sources": {"x": table}}).sources["x"]
    except ConfigError:
        return 0  # it asks for what records do not say
    items = RecordItems(source, b"a key that nobody keeps")
    found = [item for value in values for item in items.of_record(value, (), "x", None)]
    rejects = sum(isinstance(item, Undecodable) for item in found)
    events = len(found) - rejects - sum(isinstance(item, Skipped) for item in found)
    if not events or rejects > MOST_REJECTS * len(found):
        return 0
    return events if shape.unwrap or keys["format"] == "lines" or _known(keys, values) else 0


def _known(keys: Mapping[str, Any], values: Sequence[bytes]) -> bool:
    """Whether some record has enough of the places that a preset names."""
    places = {place for key, value in keys.items() for place in _places(key, value)}
    paths = [steps_of(place) for place in sorted(places)]
    for value in values:
        try:
            document = _document(value)
        except msgspec.DecodeError:
            continue
        inside = follow(document, steps_of(keys["items"])) if "items" in keys else document
        documents = inside if isinstance(inside, list) else [inside]
        if any(
            sum(follow(one, path) is not None for path in paths) >= LEAST_PLACES
            for one in documents
        ):
            return True
    return False


def _places(key: str, value: Any) -> Iterator[str]:
    if key == "where":
        yield from (place for place in value if place.startswith("$"))
    elif isinstance(value, str | list) and key != "items":
        yield from (
            one
            for one in ([value] if isinstance(value, str) else value)
            if isinstance(one, str) and one.startswith("$")
        )
