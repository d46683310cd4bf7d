"""HTML that is made of parts: a text is always escaped, since an adversary may have chosen it."""

from __future__ import annotations

import html
from typing import Final

from streams.printable import printable

_VOID: Final = frozenset({"link", "meta"})


class Markup(str):
    """HTML as `element` makes it; everything else is text."""

    __slots__ = ()


def element(tag: str, *children: str, **attributes: str) -> Markup:
    r"""Make an element; what is no `Markup` among its children is escaped as text.

    Parameters
    ----------
    tag
        Its name.
    *children
        What it holds. Of a text, what cannot be seen is shown as an escape.
    **attributes
        Its attributes; ``class_`` is ``class``, and ``http_equiv`` is ``http-equiv``.

    Examples
    --------
    >>> print(element("p", "1 < 2 & ", element("b", "\u202e"), class_='"x"'))
    <p class="&quot;x&quot;">1 &lt; 2 &amp; <b>\u202e</b></p>
    """
    said = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_escaped(value)}"'
        for name, value in attributes.items()
    )
    if tag in _VOID:
        return Markup(f"<{tag}{said}>")
    return Markup(f"<{tag}{said}>{joined(*children)}</{tag}>")


def joined(*parts: str) -> Markup:
    """Put parts after one another."""
    return Markup("".join(part if isinstance(part, Markup) else _escaped(part) for part in parts))


def _escaped(text: str) -> str:
    return html.escape(printable(text))
