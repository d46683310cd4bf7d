"""Parts that several sections of the report have."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from streams.explain.page import text_table
from streams.explain.svg import safe
from streams.language.catalogue import Catalogue

_WIDE, _NARROW = 960.0, 340.0


def both(draw: Callable[[float], str]) -> str:
    """Draw a plot for a screen and one for a telephone; only one of them is shown."""
    return f'<div class="wide">{draw(_WIDE)}</div><div class="narrow">{draw(_NARROW)}</div>'


def figures(
    name: str, heads: Sequence[str], rows: Sequence[Sequence[str]], words: Catalogue
) -> str:
    """Write the figures of a plot as a table that is unfolded."""
    summary = words.gettext("Figures: {name}").format(name=name)
    return f"<details><summary>{safe(summary)}</summary>{text_table(name, heads, rows)}</details>"


def element(name: str, text: str, kind: str = "") -> str:
    """Write a heading or a paragraph of plain text.

    Parameters
    ----------
    name
        The element.
    text
        What is in it.
    kind
        Its class.
    """
    attribute = f' class="{kind}"' if kind else ""
    return f"<{name}{attribute}>{safe(text)}</{name}>"


def short(value: float) -> str:
    """Write a number with three digits or more.

    Examples
    --------
    >>> short(1234.5), short(0.12345)
    ('1,234', '0.123')
    """
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
