"""What plots are made of: SVG elements, round ticks, wrapped words, and bars of text."""

from __future__ import annotations

import datetime as dt
import math
import unicodedata
from collections.abc import Callable, Sequence
from html import escape

from streams.printable import printable

BLOCKS = "▁▂▃▄▅▆▇█"


def rect(kind: str, x: float, y: float, width: float, height: float, tip: str = "") -> str:
    """Draw a rectangle of a class; `tip` is shown under the pointer."""
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}"'
        f' height="{max(height, 0.0):.1f}"{_end("rect", tip)}'
    )


def line(kind: str, x: float, y: float, to_x: float, to_y: float) -> str:
    """Draw a straight line of a class."""
    return f'<line class="{kind}" x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"/>'


def path(kind: str, data: str, tip: str = "") -> str:
    """Draw a path of a class; `tip` is shown under the pointer."""
    return f'<path class="{kind}" d="{data}"{_end("path", tip)}'


def label(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    """Write words whose start, middle or end is at x."""
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{safe(words)}</text>'
    )


def upright(x: float, y: float, words: str) -> str:
    """Write words from bottom to top, their middle at y."""
    return f'<g transform="rotate(-90 {x:.1f} {y:.1f})">{label(x, y, words, anchor="middle")}</g>'


def safe(words: str) -> str:
    """Escape text and what is invisible; two characters that XML may not have are replaced."""
    return escape(printable(words).replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd"))


def _end(name: str, tip: str) -> str:
    return f"><title>{safe(tip)}</title></{name}>" if tip else "/>"


def round_ticks(most: float, steps: int = 5) -> list[float]:
    """Give round numbers from 0 up to `most`, in at most so many equal steps.

    Examples
    --------
    >>> round_ticks(4.4), round_ticks(0.35)
    ([0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 0.1, 0.2, 0.3])
    """
    power = 10.0 ** math.floor(math.log10(most / steps))
    step = next(n * power for n in (1.0, 2.0, 5.0, 10.0) if n * power >= most / steps * 0.9999)
    return [round(n * step, 12) for n in range(int(most / step * 1.0001) + 1)]


def root_ticks(most: float) -> list[float]:
    """Give round numbers from 0 up to `most` for a square-root scale.

    Examples
    --------
    >>> root_ticks(30.0)
    [0.0, 1.0, 2.0, 5.0, 10.0, 20.0]
    """
    powers = range(int(math.log10(max(most, 1.0))) + 1)
    numbers = [n * 10.0**power for power in powers for n in (1, 2, 5)]
    return [0.0, *(number for number in numbers if number <= most)]


def round_dates(labels: Sequence[str], most: int) -> list[int]:
    """Choose labels to write on an axis of time: first days of months, Mondays, full hours.

    Parameters
    ----------
    labels
        Equally spaced times, such as ``2026-03-02`` or ``2026-03-02 15:00``.
    most
        How many labels fit.

    Returns
    -------
    list of int
        Numbers of labels, in order.

    Examples
    --------
    >>> days = [f"2026-03-{day:02}" for day in range(1, 29)]
    >>> [days[n] for n in round_dates(days, 5)]
    ['2026-03-02', '2026-03-09', '2026-03-16', '2026-03-23']
    """
    found: list[int] = []
    for start in _STARTS:
        found = [n for n, text in enumerate(labels) if _begins(start, labels, n, text)]
        if len(found) >= min(3, most):
            break
    else:
        found = list(range(len(labels)))
    return found[:: max(-(-len(found) // max(most, 1)), 1)]


def _begins(start: Callable[[str], str], labels: Sequence[str], n: int, text: str) -> bool:
    if n:
        return start(text) != start(labels[n - 1])
    time = dt.datetime.fromisoformat(text)
    before = (time - dt.timedelta(seconds=1)).isoformat(sep=" ", timespec="minutes")
    return start(text) != start(before)


def _week(text: str) -> str:
    return "{}-{}".format(*dt.date.fromisoformat(text[:10]).isocalendar())


def _hours(number: int) -> Callable[[str], str]:
    return lambda text: f"{text[:10]} {int(text[11:13] or 0) // number}"


def _minutes(number: int) -> Callable[[str], str]:
    return lambda text: f"{text[:13]} {int(text[14:16] or 0) // number}"


_STARTS: tuple[Callable[[str], str], ...] = (
    lambda text: text[:4],
    lambda text: text[:7],
    _week,
    lambda text: text[:10],
    _hours(6),
    _hours(1),
    _minutes(15),
    _minutes(5),
)
"""What is the same within a year, a month, a week, a day, six hours, and so on."""


def wrapped(words: str, columns: int) -> list[str]:
    """Break text into lines; nothing of it is cut off.

    Parameters
    ----------
    words
        The text. A line may be broken within a word that is longer than a line.
    columns
        The width of a line in usual Latin letters; a Chinese character counts as two.

    Examples
    --------
    >>> wrapped("one two three", 8), wrapped("短信签名", 4)
    (['one two', 'three'], ['短信', '签名'])
    """
    lines: list[str] = []
    current = ""
    for word in words.split():
        for piece in _pieces(word, columns):
            joined = f"{current} {piece}" if current else piece
            if current and width_of(joined) > columns:
                lines.append(current)
                current = piece
            else:
                current = joined
    return [*lines, current] if current else lines


def _pieces(word: str, columns: int) -> list[str]:
    pieces, current = [], ""
    for character in word:
        if current and width_of(current + character) > columns:
            pieces.append(current)
            current = ""
        current += character
    return [*pieces, current]


def width_of(text: str) -> float:
    """Give the width of a text in usual Latin letters; rather too much than too little.

    Parameters
    ----------
    text
        The text. A Chinese character counts as two letters.
    """
    return sum(map(_column, text))


def _column(character: str) -> float:
    """Give the width of a character in columns; rather too much than too little."""
    if unicodedata.east_asian_width(character) in "WF" or character in "WM@%mw":
        return 2.0
    return 1.4 if character.isupper() else 1.0


def block(part: float) -> str:
    """Give a bar of one of eight heights; only a part of 1 or more gets the full height."""
    if part >= 1.0:
        return BLOCKS[-1]
    return BLOCKS[min(int(max(part, 0.0) * len(BLOCKS)), len(BLOCKS) - 2)]


def sparkline(counts: Sequence[float]) -> str:
    """Draw counts as bars of text; the square root keeps small counts visible beside large ones.

    Examples
    --------
    >>> sparkline([0, 1, 4, 16])
    '▁▃▅█'
    """
    most = max([*counts, 1.0])
    return "".join(block(math.sqrt(count / most)) for count in counts)
