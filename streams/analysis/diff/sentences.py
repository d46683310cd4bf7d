"""Words for how the alerts of two configurations differ."""

from __future__ import annotations

from collections.abc import Callable

from streams.alerts.history import Life
from streams.alerts.phrases import about, listed
from streams.alerts.terms import SEVERITIES, term
from streams.analysis.diff.matching import Pair
from streams.language.catalogue import ENGLISH, Catalogue, mark, mark_forms

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


def what_differs(pair: Pair, words: Catalogue = ENGLISH) -> str:
    """Say which configuration has an alert, or what differs between A and B.

    It is short enough for a cell of a table.

    Parameters
    ----------
    pair
        An alert of A, and the one of B that is the same.
    words
        The catalogue of the reader.
    """
    a, b = pair.a, pair.b
    if a is None or b is None:
        text = words.gettext("only in {which}, {severity}")
        which = "A" if b is None else "B"
        return text.format(which=which, severity=_severity(words, pair.one))
    parts = []
    if a.severity != b.severity:
        text = words.gettext("{severity} in B instead of {other}")
        parts.append(text.format(severity=_severity(words, b), other=_severity(words, a)))
    parts += _moved(words, _OPENS, a, b, lambda life: life.opened_s)
    parts += _moved(words, _ONSET, a, b, lambda life: life.onset_s)
    if a.ended_s is not None and b.ended_s is not None:
        parts += _moved(words, _CLOSES, a, b, lambda life: life.ended_s or 0.0)
    elif a.ended_s is not None or b.ended_s is not None:
        text = words.gettext("still open in {which}")
        parts.append(text.format(which="A" if a.ended_s is None else "B"))
    return listed(words, parts) or words.pgettext("said of two alerts", "the same")


def why_it_ranks(pair: Pair, words: Catalogue = ENGLISH) -> str:
    """Say how large a difference is: the nats beyond chance, and the share of them that differs.

    A sentence without its period.

    Parameters
    ----------
    pair
        An alert of A, and the one of B that is the same.
    words
        The catalogue of the reader.
    """
    lives = [life for life in (pair.a, pair.b) if life is not None]
    largest = max(lives, key=lambda life: life.observed)
    if pair.part < 1.0:
        text = words.gettext(
            "{n} counted, {expected} expected: {nats} nats beyond chance, {share}% of them"
            " different"
        )
    else:
        text = words.gettext("{n} counted, {expected} expected: {nats} nats beyond chance")
    return text.format(
        n=f"{largest.observed:,.0f}",
        expected=about(largest.expected),
        nats=about(pair.nats),
        share=f"{100.0 * pair.part:.0f}",
    )


_OPENS = (mark("opens {time} later in B"), mark("opens {time} earlier in B"))
_ONSET = (mark("onset {time} later in B"), mark("onset {time} earlier in B"))
_CLOSES = (mark("ends {time} later in B"), mark("ends {time} earlier in B"))


def _moved(
    words: Catalogue, texts: tuple[str, str], a: Life, b: Life, time: Callable[[Life], float]
) -> list[str]:
    moved = time(b) - time(a)
    if moved == 0.0:
        return []
    text = words.gettext(texts[0] if moved > 0.0 else texts[1])
    return [text.format(time=lasting(abs(moved), words))]


def _severity(words: Catalogue, life: Life) -> str:
    return term(words, SEVERITIES, life.severity)
