"""The plot of an entity's history about an alert, from what serve has stored."""

from __future__ import annotations

from streams.delivery.console.plot.history_plot import HistoryPlot, history_of_alert, history_plot
from streams.delivery.console.plot.revision_plot import seconds_of
from streams.delivery.entities.library import Library
from streams.items import LEVELS
from streams.language.catalogue import Catalogue
from streams.series.store.database import StoreError


async def stored_history(
    library: Library,
    level: str,
    entity: str,
    group: str,
    signal: str,
    first_bucket: str,
    words: Catalogue,
) -> HistoryPlot | None:
    """Return the plot; None where the history is not stored.

    Parameters
    ----------
    library
        What is known of entities.
    level, entity, group, signal, first_bucket
        What the alert is about, and its first alarmed bucket.
    words
        In which language.
    """
    first_s = seconds_of(first_bucket)
    known = next((one for one in LEVELS if one == level), None)
    if known is None or first_s is None:
        return None
    try:
        found = await library.entity(known, entity, at=first_s)
    except StoreError:
        return None
    place = history_of_alert(found.histories, group, signal, first_s)
    return None if place is None else history_plot(*place, words)
