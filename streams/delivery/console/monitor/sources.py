"""The health of each source: what count says, faults of its data, rejects. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from streams.alerts.cloudevent import Envelope, decode_event
from streams.config.model import Config
from streams.config.sources import Source
from streams.delivery.api.board import BoardRow
from streams.delivery.console.monitor.topic_rejects import SourceRejects
from streams.health.status import GroupState, Health, SourceState
from streams.health.symptoms import Symptom

FAULTS_SHOWN: Final = 20
"""Faults of a source that are listed: those that stand, and the last ones."""


class SourceFault(msgspec.Struct, frozen=True):
    """Something that was wrong with a source's data: an alert.

    Attributes
    ----------
    envelope
        Its last revision.
    opened
        RFC 3339 time of its first revision; None where that is not known.
    """

    envelope: Envelope
    opened: str | None

    @property
    def is_open(self) -> bool:
        """Whether it stands."""
        return self.envelope.alert.state in ("early", "open")


class SourceHealth(msgspec.Struct, frozen=True):
    """A source.

    Attributes
    ----------
    source
        As configured.
    counted
        What count says; None where it says nothing, since it has just begun or does not run.
    group
        What detect says of its group.
    faults
        What was wrong with its data: what stands first, then the newest.
    rejects
        Its last rejects on their topic.
    wrong
        The symptoms that are about it.
    """

    source: Source
    counted: SourceState | None
    group: GroupState | None
    faults: list[SourceFault]
    rejects: SourceRejects | None
    wrong: list[Symptom]

    @property
    def is_bad(self) -> bool:
        """Whether something is wrong with it now."""
        return bool(self.wrong) or any(one.is_open for one in self.faults)


def source_healths(
    config: Config,
    health: Health | None,
    wrong: Sequence[Symptom],
    rows: Iterable[BoardRow],
    rejects: Mapping[str, SourceRejects],
) -> list[SourceHealth]:
    """Return the health of all sources; those with something wrong come first.

    Parameters
    ----------
    config
        The configuration; default sources without an event are left out.
    health, wrong
        What the last look at the monitor found.
    rows
        The alerts as they stand.
    rejects
        The last rejects of each source.
    """
    counted = {one.source: one for one in health.sources} if health is not None else {}
    groups = {one.group: one for one in health.groups} if health is not None else {}
    faults = _faults(rows)
    found = [
        SourceHealth(
            source,
            counted.get(name),
            groups.get(source.group),
            faults.get(name, []),
            rejects.get(name),
            [one for one in wrong if one.subject == f"source {name}"],
        )
        for name, source in config.sources.items()
        if source.named or name in faults or _has_come(counted.get(name))
    ]
    return sorted(found, key=lambda one: (not one.is_bad, one.source.name))


def _has_come(counted: SourceState | None) -> bool:
    return counted is not None and bool(counted.events or counted.rejects)


def _faults(rows: Iterable[BoardRow]) -> dict[str, list[SourceFault]]:
    """Return the faults of each source."""
    chosen: dict[str, list[BoardRow]] = {}
    for row in rows:
        level, _, name = row.entity.partition("/")
        if level == "source" and row.revision:
            chosen.setdefault(name, []).append(row)
    found = {}
    for name, of_source in chosen.items():
        of_source.sort(key=lambda row: row.time, reverse=True)
        of_source.sort(key=lambda row: row.state != "open")
        found[name] = [
            SourceFault(decode_event(row.raw), row.opened) for row in of_source[:FAULTS_SHOWN]
        ]
    return found
