"""How two configurations' alerts differ, in words. Pure."""

from __future__ import annotations

from collections.abc import Callable

from streams.alerts.history import Life
from streams.alerts.sentences import about
from streams.analysis.diff.matching import Pair

_UNITS = ((86400.0, "day"), (3600.0, "hour"), (60.0, "minute"), (1.0, "second"))


def lasting(seconds: float) -> str:
    """Say how long, in the unit that a person would take.

    Examples
    --------
    >>> lasting(86400), lasting(3 * 86400), lasting(5400), lasting(90 * 3600)
    ('1 day', '3 days', '90 minutes', '3.8 days')
    """
    for size, unit in _UNITS:
        if seconds >= 2.0 * size or (seconds >= size and seconds % size == 0.0):
            number = f"{seconds / size:.1f}".removesuffix(".0")
            return f"{number} {unit}{'s' * (number != '1')}"
    return f"{seconds:g} seconds"


def what_differs(pair: Pair) -> str:
    """Say who has an alert, or what of it has changed from A to B.

    Short enough for a table's cell.
    """
    a, b = pair.a, pair.b
    if a is None or b is None:
        return f"only in {'A' if b is None else 'B'}, {pair.one.severity}"
    said = []
    if a.severity != b.severity:
        said.append(f"{b.severity} in B, not {a.severity}")
    said += _moved("opens", a, b, lambda life: life.opened_s)
    said += _moved("onset", a, b, lambda life: life.onset_s)
    if a.ended_s is not None and b.ended_s is not None:
        said += _moved("ends", a, b, lambda life: life.ended_s or 0.0)
    elif a.ended_s is not None or b.ended_s is not None:
        said.append(f"still open in {'A' if a.ended_s is None else 'B'}")
    return ", ".join(said) or "the same"


def why_it_ranks(pair: Pair) -> str:
    """Say what makes a difference telling: how far beyond chance, and how much of it differs.

    A sentence without its end.
    """
    life = max((one for one in (pair.a, pair.b) if one is not None), key=lambda one: one.observed)
    of = f"{life.observed:,.0f} where {about(life.expected)} were expected"
    part = f"{100.0 * pair.part:.0f} % of " if pair.part < 1.0 else ""
    return f"{of}: {part}{about(pair.nats)} nats beyond chance"


def _moved(what: str, a: Life, b: Life, of: Callable[[Life], float]) -> list[str]:
    moved = of(b) - of(a)
    if moved == 0.0:
        return []
    return [f"{what} {lasting(abs(moved))} {'later' if moved > 0.0 else 'sooner'} in B"]
