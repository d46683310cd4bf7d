"""What stands around every page: where one can go, and whether something is wrong. Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from streams.language.catalogue import mark


class Destination(NamedTuple):
    """A line of the navigation: its address, and what it is called in English."""

    path: str
    name: str

    def leads(self, path: str) -> bool:
        """Whether a page is this one, or below it.

        Parameters
        ----------
        path
            The page's.
        """
        return path == self.path or (self.path != "/" and path.startswith(f"{self.path}/"))


NAVIGATION: Final = (
    Destination("/", mark("Now")),
    Destination("/silences", mark("Silences")),
    Destination("/entities", mark("Entities")),
    Destination("/monitor", mark("Monitor")),
    Destination("/log", mark("Log")),
)
"""The pages that one can go to from every other, in their order."""


class Frame(msgspec.Struct):
    """What is the same around all pages.

    Attributes
    ----------
    monitor
        The configuration's name.
    wrong
        What is wrong with the monitor now, a sentence each; whoever looks at it sets this.
    """

    monitor: str
    wrong: tuple[str, ...] = ()
