"""What was counted in a closed bucket beside totals, over all lanes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from detectors.distinct.bottom_k import Sketch
from streams.facts.record import DistinctOf
from streams.items import Level


class Consents(NamedTuple):
    """How many messages of an entity had which consent.

    Attributes
    ----------
    explicit, default, none, unknown
        The messages that said so: those that say nothing are in none of the four.
    """

    explicit: int = 0
    default: int = 0
    none: int = 0
    unknown: int = 0


class SourceUse(NamedTuple):
    """How something was used in the bucket: what events named together, and how many they were.

    Attributes
    ----------
    source
        The source of the events.
    level, id
        The narrowest entity that they counted for, mostly the sender.
    access_code, signature, category, platform, merchant, account
        What they named beside their sender; None is nothing.
    region, kind
        Of complaints.
    total
        How many they were.
    """

    source: str
    level: Level
    id: str
    access_code: str | None = None
    signature: str | None = None
    category: str | None = None
    platform: str | None = None
    merchant: str | None = None
    account: str | None = None
    region: str | None = None
    kind: str | None = None
    total: int = 0


class CellCount(NamedTuple):
    """How many events of a bucket had these names; None is what they do not say.

    Attributes
    ----------
    source
        The source of the events.
    category, platform
        Of their sender.
    region, kind
        Of complaints.
    total
        How many they were.
    """

    source: str
    category: str | None
    platform: str | None
    region: str | None
    kind: str | None
    total: int


class LateTotal(NamedTuple):
    """Complaints that came when the bucket of their time was closed in their lane.

    Attributes
    ----------
    source
        The source of the complaints.
    of_bucket
        The bucket of their time, epoch s.
    level, id
        Whom they are about.
    total, reporters, valid_reporters
        How many they are, and by whom. The same late complaints are in one closed bucket only.
    """

    source: str
    of_bucket: int
    level: Level
    id: str
    total: int
    reporters: Sketch
    valid_reporters: Sketch


class Facts(NamedTuple):
    """What was counted in a closed bucket beside totals; all empty where nothing is wanted.

    Attributes
    ----------
    distinct
        Sketches by source and level, id, and what they are of.
    consents
        Consent of messages by source and level, and id.
    uses
        What events named together, sorted.
    late
        Late complaints that take effect with this bucket, sorted.
    uses_counted
        Sources all of whose lanes counted uses, sorted: their senders without uses named nothing.
        Of others nobody knows.
    cells
        Events by what they name, sorted; all of them are in the first shard.
    """

    distinct: Mapping[tuple[str, Level], Mapping[str, Mapping[DistinctOf, Sketch]]] = (
        MappingProxyType({})
    )
    consents: Mapping[tuple[str, Level], Mapping[str, Consents]] = MappingProxyType({})
    uses: Sequence[SourceUse] = ()
    late: Sequence[LateTotal] = ()
    uses_counted: tuple[str, ...] = ()
    cells: Sequence[CellCount] = ()


NO_FACTS = Facts()
