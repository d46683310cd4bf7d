"""Alerts that go on in the next epoch: what is in progress there begins its feed.

A state that was made of recorded weeks has open alerts that nobody was told of. They are the first
of the new feed: opened, with revision 1, and with a link to the alert that the feed before had
about the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from streams.alerts.identity import AlertPlace
from streams.alerts.lifecycle import AlertChange
from streams.alerts.rendering import AlertRenderer, Published
from streams.detection.families import Families
from streams.detection.judges.panel import JudgePanel
from streams.detection.misuse.panel import MisusePanel
from streams.detection.source_faults.source_judges import SourceJudges
from streams.items import LEVELS

Moved = Mapping[AlertPlace, str]
"""The id that an alert had in the epoch before."""

NOTHING_MOVED: Moved = MappingProxyType({})


def in_order(changes: Iterable[AlertChange]) -> list[AlertChange]:
    """Sort alerts of entities as a close numbers them."""
    return sorted(changes, key=lambda c: (LEVELS.index(c.level), c.entity, c.signal, c.kind or ""))


def in_progress(sources: SourceJudges, panel: JudgePanel, misuse: MisusePanel) -> list[AlertChange]:
    """Return all open alerts of a group as opened, in the order of a close; revisions begin at 1.

    Parameters
    ----------
    sources, panel, misuse
        The group's judges of sources, of entities, and of misuse.
    """
    of_entities = [
        change for entities in panel.entities.values() for change in entities.begin_again()
    ]
    return [*sources.begin_again(), *in_order([*of_entities, *misuse.begin_again()])]


def rendered(
    begun: Sequence[AlertChange],
    renderer: AlertRenderer,
    families: Families,
    closed: int,
    moved: Moved,
) -> list[Published]:
    """Render the first alerts of a feed, numbered from 1.

    Parameters
    ----------
    begun
        What is in progress.
    renderer, families
        The group's.
    closed
        End of the last closed bucket, epoch s.
    moved
        Ids that alerts had in the epoch before.
    """
    return [
        renderer.render(
            change,
            closed,
            feed_no=number,
            parent=families.parent(change),
            moved_from=moved.get((change.level, change.entity, change.signal, change.kind)),
        )
        for number, change in enumerate(begun, 1)
    ]
