"""The history of an entity as a plot on a page: counts, what was expected, evidence, alerts. Pure.

It is drawn by the functions that draw the file of ``weathervane explain``. Its legend is HTML, in
the template ``plot.html``, so that it fits a phone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from markupsafe import Markup

from streams.explain.history import EntityHistory, window
from streams.explain.picture import PanelFrame, Panels
from streams.explain.svg import label, safe
from streams.language.catalogue import Catalogue

WIDTH: Final = 720
_FRAME: Final = PanelFrame(
    left=84.0, right=712.0, top=56.0, counts=190.0, evidence=84.0, letter=12.5
)


class HistoryPlot(NamedTuple):
    """A plot, and what its legend must explain.

    Attributes
    ----------
    svg
        The picture.
    has_holes
        Whether stretches of it were not judged.
    has_campaigns
        Whether the calendar raised what was expected.
    """

    svg: Markup
    has_holes: bool
    has_campaigns: bool


def history_plot(history: EntityHistory, at: int, words: Catalogue) -> HistoryPlot:
    """Draw a history.

    Parameters
    ----------
    history
        The history.
    at
        Index in `history.closed` of the bucket that is marked.
    words
        In which language.
    """
    shown = window(history, at)
    panels = Panels(history, shown, history.closed[at], _FRAME, words)
    title = words.gettext("Counts against what was expected, and the evidence, by bucket")
    captions = [
        label(0.0, 16.0, words.gettext("Counts (square-root scale)"), "small"),
        # On the right: a phone's letters would reach into the axis.
        label(_FRAME.right, panels.middle + 27.0, words.gettext("Evidence (nats)"), "small", "end"),
    ]
    parts = [
        f'<svg class="plot history" xmlns="http://www.w3.org/2000/svg"'
        f' viewBox="0 0 {WIDTH} {int(panels.bottom + 34)}" role="img"'
        f' aria-label="{safe(title)}">',
        *panels.draw(captions),
        "</svg>",
    ]
    svg = Markup("\n".join(parts))  # noqa: S704 - its texts are escaped
    return HistoryPlot(svg, bool(panels.holes()), panels.has_campaigns)


def history_of_alert(
    histories: Iterable[EntityHistory], group: str, signal: str, first_s: float
) -> tuple[EntityHistory, int] | None:
    """Return the history that an alert is about, and the place of its first bucket.

    Parameters
    ----------
    histories
        Histories of the alert's entity.
    group, signal
        The alert's.
    first_s
        Start of its first bucket, epoch s.
    """
    for history in histories:
        if (history.group, history.signal) == (group, signal):
            for place, bucket in enumerate(history.closed):
                if bucket.start <= first_s < bucket.end:
                    return history, place
    return None
