"""The reference of the configuration: keys, values and defaults from the code's own model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from streams.config.detect import BesideTable
from streams.config.duration import format_duration
from streams.config.levels import LevelTable
from streams.config.model import Config
from streams.config.problems import models_in
from streams.config.schema_registry import SchemaRegistryTable
from streams.config.sources import SourceTable
from streams.config.tables import CalendarEntry, OpeningRule
from streams.delivery.channels.people import PeopleChannels
from streams.delivery.channels.webhook import Webhook
from streams.delivery.notify.table import MatchTable, Receiver
from tests.documents.reference import descriptions, of_cases, of_receivers
from tests.documents.reference.tables import table, values

TABLES_OF_THEIR_OWN = ("sources_", "webhooks", "receivers", "calendar", "levels", "rules")


_KEYS = {**descriptions.KEYS, **of_cases.KEYS}
_SPANS = ("timeout", "give_up_after", "wait", "interval", "repeat", "resend_every")


def defaults() -> dict[str, Any]:
    """Every key outside the tables that repeat, with its default."""
    found: dict[str, Any] = {}
    for key, value in Config().model_dump(mode="json").items():
        if key not in TABLES_OF_THEIR_OWN:
            found |= dict(_flat(key, value))
    return found


def _flat(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict) or key == "kafka.client":
        yield key, value
        return
    for name, inner in value.items():
        yield from _flat(f"{key}.{name}", inner)


def keys() -> str:
    """The table of all keys outside the tables that repeat."""
    rows = []
    for key, default in defaults().items():
        shown = "" if default in (None, {}) else f"`{json.dumps(default)}`"
        rows.append((f"`{key}`", shown, _allowed(key), _KEYS[key]))
    return table(["key", "default", "values", "what it does"], rows)


def _allowed(key: str) -> str:
    model: type[BaseModel] = Config
    *tables, last = key.split(".")
    for name in tables:
        inner = model.model_fields[name].annotation
        assert isinstance(inner, type)
        assert issubclass(inner, BaseModel)
        model = inner
    return _words(model, last)


def _words(model: type[BaseModel], key: str) -> str:
    field = model.model_fields[key]
    known = descriptions.values_of(field)
    if known is not None:
        return known
    schema = model.model_json_schema(mode="validation")
    return values(schema["properties"][field.alias or key], schema.get("$defs", {}))


def source_keys() -> str:
    """Every key of a source's table."""
    return _table(SourceTable, descriptions.SOURCE)


def schema_registry_keys() -> str:
    """Every key of a schema registry's table."""
    return _table(SchemaRegistryTable, descriptions.SCHEMA_REGISTRY)


def webhook_keys() -> str:
    """Every key of a receiver's table."""
    return _table(Webhook, descriptions.WEBHOOK)


def receiver_keys() -> str:
    """Every key of the table of a receiver, but for those of its channel."""
    return _table(Receiver, of_receivers.RECEIVER, leave_out=tuple(PeopleChannels.model_fields))


def channel_keys() -> str:
    """Every key of the channels of receivers."""
    rows = []
    for name, field in PeopleChannels.model_fields.items():
        (model,) = models_in(field.annotation)
        said = {
            key: of_receivers.CHANNEL.get(f"{name}.{key}") or of_receivers.CHANNEL[key]
            for key in model.model_fields
        }
        rows += [(f"`{name}`", *row) for row in _rows(model, said)]
    return table(["channel", "key", "default", "values", "what it does"], rows)


def match_keys() -> str:
    """Every key by which a receiver is told of an alert."""
    return _table(MatchTable, of_receivers.MATCH)


def calendar_keys() -> str:
    """Every key of a calendar entry."""
    return _table(CalendarEntry, descriptions.CALENDAR)


def opening_keys() -> str:
    """Every key of a rule that opens cases."""
    return _table(OpeningRule, of_cases.OPENING)


def level_keys() -> str:
    """Every key of a level's table."""
    return _table(LevelTable, descriptions.LEVEL)


def beside_keys() -> str:
    """Every key of a detector's table."""
    return _table(BesideTable, descriptions.BESIDE)


def _table(
    model: type[BaseModel], described: dict[str, str], leave_out: tuple[str, ...] = ()
) -> str:
    rows = list(_rows(model, described, leave_out))
    return table(["key", "default", "values", "what it does"], rows)


def _rows(
    model: type[BaseModel], described: dict[str, str], leave_out: tuple[str, ...] = ()
) -> Iterator[tuple[str, str, str, str]]:
    for key, field in model.model_fields.items():
        if key in leave_out:
            continue
        default = field.get_default(call_default_factory=True, validated_data={})
        if field.is_required():
            shown = "required"
        elif isinstance(default, float) and key in _SPANS:
            shown = f'`"{format_duration(default)}"`'
        else:
            shown = "" if default in (None, {}) else f"`{json.dumps(default)}`"
        name = field.alias or key
        yield f"`{name}`", shown, _words(model, key), described[name]
