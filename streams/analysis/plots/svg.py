"""The few elements of SVG that the plot is made of; what they look like, its style sheet says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape


def rect(kind: str, x: float, y: float, width: float, height: float, tip: str = "") -> str:
    """A rectangle of a class; `tip` is told under the pointer."""
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}"'
        f' height="{max(height, 0.0):.1f}"{_end("rect", tip)}'
    )


def line(kind: str, x: float, y: float, to_x: float, to_y: float) -> str:
    """A straight line of a class."""
    return f'<line class="{kind}" x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"/>'


def path(kind: str, data: str, tip: str = "") -> str:
    """A path of a class; `tip` is told under the pointer."""
    return f'<path class="{kind}" d="{data}"{_end("path", tip)}'


def label(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    """Words that begin, end or have their middle at x."""
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{safe(words)}</text>'
    )


def upright(x: float, y: float, words: str) -> str:
    """Words that read upwards, their middle at y."""
    return f'<g transform="rotate(-90 {x:.1f} {y:.1f})">{label(x, y, words, anchor="middle")}</g>'


def safe(words: str) -> str:
    """Text that XML can hold: two characters that names may have, it cannot."""
    return escape(words.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd"))


def _end(name: str, tip: str) -> str:
    return f"><title>{safe(tip)}</title></{name}>" if tip else "/>"


BLOCKS = "▁▂▃▄▅▆▇█"


def block(part: float) -> str:
    """A bar of eight heights; the full one is kept for what reaches 1."""
    if part >= 1.0:
        return BLOCKS[-1]
    return BLOCKS[min(int(max(part, 0.0) * len(BLOCKS)), len(BLOCKS) - 2)]


def sparkline(counts: Sequence[float]) -> str:
    """Counts against the largest of them, by their root: few are seen beside many.

    Examples
    --------
    >>> sparkline([0, 1, 4, 16])
    '▁▃▅█'
    """
    most = max([*counts, 1.0])
    return "".join(block(math.sqrt(count / most)) for count in counts)
