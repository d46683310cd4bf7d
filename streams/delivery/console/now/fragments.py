"""The live part of the page: rendered once for all who look at the same, and not sent twice."""

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


class Fragments:
    """Keeps what was rendered until something changes.

    Parameters
    ----------
    version
        Says what it depends on: while it is the same, so is each view.
    """

    def __init__(self, version: Callable[[], Hashable]) -> None:
        self._version = version
        self._kept: dict[Hashable, tuple[Hashable, Fragment]] = {}

    def get(self, view: Hashable, render: Callable[[], str]) -> Fragment:
        """Return a view.

        Parameters
        ----------
        view
            Which one: all that tells it apart from others.
        render
            Makes it.
        """
        version = self._version()
        kept = self._kept.pop(view, None)
        if kept is None or kept[0] != version:
            text = render()
            tag = hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
            kept = version, Fragment(text, f'"{tag}"')
        self._kept[view] = kept
        if len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]
        return kept[1]
