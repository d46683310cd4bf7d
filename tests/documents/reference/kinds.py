"""The reference of what there are kinds of: formats, levels, signals and detectors."""

from __future__ import annotations

from typing import get_args

from streams.config.problems import models_in
from streams.delivery.channels.people import PeopleChannels
from streams.delivery.channels.table import Channels
from streams.detection.signals import DETECTOR_TABLE, SIGNAL_TABLE
from streams.health.symptoms import SYMPTOM_TABLE
from streams.items import LEVEL_TABLE
from streams.sources.formats.table import FORMATS
from tests.documents.reference.tables import table


def formats() -> str:
    """The table of formats."""
    rows = []
    for found in FORMATS.values():
        fixed = ", ".join(f"`{field}`" for field in found.fields)
        needed = ", ".join(f"`{field}`" for field in found.required)
        optional = " (or neither: Weathervane's own events)" if found.own_events else ""
        rows.append(
            (
                f"`{found.name}`",
                found.summary,
                ", ".join(found.kinds),
                found.channel,
                found.places,
                needed + optional if needed else f"none; it knows {fixed}",
                "yes" if found.holds_people else "where `recipient` or `reporter` is named",
            )
        )
    head = ["format", "its files", "kinds", "channel", "fields are named by", "must be named"]
    return table([*head, "holds people"], rows)


def levels() -> str:
    """The table of levels."""
    rows = [(f"`{level.name}`", level.plural, f"{level.budget_weight:g}") for level in LEVEL_TABLE]
    return table(["level", "its entities", "weight in the budget"], rows)


def signals() -> str:
    """The table of signals."""
    rows = [
        (
            f"`{signal.name}`",
            signal.plural[1],
            ", ".join(f"`{needed}`" for needed in signal.needs),
            f"`{signal.judges.rpartition(':')[2]}`",
        )
        for signal in SIGNAL_TABLE
    ]
    return table(["signal", "it counts", "a group must count", "judge"], rows)


def detectors() -> str:
    """The table of our detectors."""
    rows = [(f"`{one.name}`", one.finds, one.method) for one in DETECTOR_TABLE]
    return table(["`detector` of an alert", "finds", "method"], rows)


def channels() -> str:
    """The table of notification channels."""
    rows = []
    for key, field in Channels.model_fields.items():
        (channel,) = get_args(field.annotation)
        keys = ", ".join(f"`{name}`" for name in channel.model_fields)
        rows.append((f"`{channel.kind}`", f"`[[{key}]]`", keys))
    for key, field in PeopleChannels.model_fields.items():
        (channel,) = models_in(field.annotation)
        keys = ", ".join(f"`{name}`" for name in channel.model_fields)
        rows.append((f"`{key}`", f"`{key}` of `[[receivers]]`", keys))
    return table(["channel", "table of the configuration", "keys"], rows)


def symptoms() -> str:
    """The table of symptoms."""
    rows = [(f"`{name}`", kind.meaning, kind.remedy) for name, kind in SYMPTOM_TABLE.items()]
    return table(["symptom", "what is wrong", "what to do"], rows)
