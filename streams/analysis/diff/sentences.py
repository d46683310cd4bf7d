"""Words for how the alerts of two configurations differ."""

from __future__ import annotations

from collections.abc import Callable

from streams.alerts.history import Life
from streams.alerts.phrases import about
from streams.analysis.diff.matching import Pair
from streams.language.catalogue import ENGLISH, Catalogue, mark_forms

_UNITS = (
    (86400.0, mark_forms("{n} day", "{n} days")),
    (3600.0, mark_forms("{n} hour", "{n} hours")),
    (60.0, mark_forms("{n} minute", "{n} minutes")),
    (1.0, mark_forms("{n} second", "{n} seconds")),
)


def lasting(seconds: float, words: Catalogue = ENGLISH) -> str:
    """Write a duration in the unit that a person would use.

    Parameters
    ----------
    seconds
        How long.
    words
        The catalogue of the reader.

    Examples
    --------
    >>> lasting(86400), lasting(3 * 86400), lasting(5400), lasting(90 * 3600)
    ('1 day', '3 days', '90 minutes', '3.8 days')
    """
    for size, forms in _UNITS:
        if seconds >= 2.0 * size or (seconds >= size and seconds % size == 0.0):
            number = f"{seconds / size:.1f}".removesuffix(".0")
            n = float(number)
            return words.ngettext(*forms, n).format(n=number)
    return words.ngettext(*_UNITS[-1][1], seconds).format(n=f"{seconds:g}")


def what_differs(pair: Pair) -> str:
    """Say which configuration has an alert, or what differs between A and B.

    It is short enough for a cell of a table.
    """
    a, b = pair.a, pair.b
    if a is None or b is None:
        return f"only in {'A' if b is None else 'B'}, {pair.one.severity}"
    said = []
    if a.severity != b.severity:
        said.append(f"{b.severity} in B instead of {a.severity}")
    said += _moved("opens", a, b, lambda life: life.opened_s)
    said += _moved("onset", a, b, lambda life: life.onset_s)
    if a.ended_s is not None and b.ended_s is not None:
        said += _moved("ends", a, b, lambda life: life.ended_s or 0.0)
    elif a.ended_s is not None or b.ended_s is not None:
        said.append(f"still open in {'A' if a.ended_s is None else 'B'}")
    return ", ".join(said) or "the same"


def why_it_ranks(pair: Pair) -> str:
    """Say how large a difference is: the nats beyond chance, and the share of them that differs.

    A sentence without its period.
    """
    lives = [life for life in (pair.a, pair.b) if life is not None]
    largest = max(lives, key=lambda life: life.observed)
    share = f", {100.0 * pair.part:.0f}% of them different" if pair.part < 1.0 else ""
    return (
        f"{largest.observed:,.0f} counted, {about(largest.expected)} expected:"
        f" {about(pair.nats)} nats beyond chance{share}"
    )


def _moved(what: str, a: Life, b: Life, time: Callable[[Life], float]) -> list[str]:
    moved = time(b) - time(a)
    if moved == 0.0:
        return []
    return [f"{what} {lasting(abs(moved))} {'later' if moved > 0.0 else 'earlier'} in B"]
