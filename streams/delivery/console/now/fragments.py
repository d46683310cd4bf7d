"""The live part of the page: rendered once for all who look at the same. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from typing import Final, NamedTuple

MOST: Final = 64
"""Views that are kept: so many different ones are looked at at a time."""


class Fragment(NamedTuple):
    """A part of a page, and the tag by which a browser says that it has it."""

    text: str
    tag: str


class _RenderedView(NamedTuple):
    era: Hashable
    number: int
    fragment: Fragment


class Fragments:
    """Keeps what was rendered until something has changed."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, _RenderedView] = {}

    def get(
        self,
        view: Hashable,
        era: Hashable,
        number: int,
        since: int,
        render: Callable[[], str],
    ) -> Fragment:
        """Return a view, rendered now or before.

        Parameters
        ----------
        view
            Which one: all that tells it apart from others.
        era, number
            What it depends on as it is now. The number grows with each change as long as the era
            is the same; a view of another era is of no use.
        since
            The least number that will do.
        render
            Makes it.
        """
        kept = self._kept.pop(view, None)
        if kept is None or kept.era != era or kept.number < since:
            text = render()
            tag = hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
            kept = _RenderedView(era, number, Fragment(text, f'"{tag}"'))
        self._kept[view] = kept
        if len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]
        return kept.fragment
