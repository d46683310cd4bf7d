"""What an entity's page shows of each signal: its alert, or why there is none now. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from streams.delivery.api.board import BoardRow
from streams.delivery.console.plot.history_plot import HistoryPlot, history_plot
from streams.explain.history import EntityHistory, NotThere, focus
from streams.explain.sentences import because
from streams.language.catalogue import Catalogue
from streams.series.record import Outlook
from streams.series.watched import WatchedEntity


class SignalView(msgspec.Struct, frozen=True, kw_only=True):
    """A signal of a group.

    Attributes
    ----------
    group, signal
        Which one.
    alert
        The alert that is in progress.
    held
        What the open bucket holds so far, and what would raise an alert, as detect answers.
    closed
        The bucket that is explained: the last one that is stored, or the one that was asked for.
    because
        Why that bucket opened an alert, or why it did not, in sentences.
    plot
        The history about it.
    """

    group: str
    signal: str
    alert: BoardRow | None = None
    held: WatchedEntity | None = None
    closed: WatchedEntity | None = None
    because: Sequence[str] = ()
    plot: HistoryPlot | None = None


def signal_views(
    histories: Sequence[EntityHistory],
    outlooks: Iterable[Outlook],
    alerts: Iterable[BoardRow],
    at_s: float | None,
    words: Catalogue,
) -> list[SignalView]:
    """Return a view of each signal that is known, those with an alert in progress first.

    Parameters
    ----------
    histories, outlooks
        What the store has, and what detect answers.
    alerts
        The entity's alerts, the newest first.
    at_s
        The time that is asked for, epoch s; None is the last bucket.
    words
        In which language the sentences and plots are.
    """
    running = {row.signal: row for row in alerts if row.in_progress}
    views: dict[tuple[str, str], SignalView] = {}
    for history in histories:
        if not history.closed:
            continue
        here = _place(history, at_s)
        views[history.group, history.signal] = SignalView(
            group=history.group,
            signal=history.signal,
            alert=running.get(history.signal),
            closed=history.closed[here],
            because=because(history, here, words),
            plot=history_plot(history, here, words),
        )
    for outlook in outlooks:
        for signal, held in outlook.signals.items():
            before = views.get((outlook.group, signal)) or SignalView(
                group=outlook.group, signal=signal, alert=running.get(signal)
            )
            views[outlook.group, signal] = msgspec.structs.replace(before, held=held)
    return sorted(views.values(), key=lambda view: view.alert is None)


def standing_of(outlooks: Sequence[Outlook]) -> str | None:
    """Return whether detection knows the entity, of all answers; None where none has come.

    Parameters
    ----------
    outlooks
        The answers.
    """
    states = {outlook.state for outlook in outlooks}
    return next((state for state in ("known", "retired", "unknown") if state in states), None)


def _place(history: EntityHistory, at_s: float | None) -> int:
    if at_s is None:
        return len(history.closed) - 1
    try:
        return focus(history, at_s)
    except NotThere:
        return len(history.closed) - 1
