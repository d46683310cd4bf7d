"""What stands around every page: where one can go, and whether something is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from streams.access.roles import Identity
from streams.delivery.access.rules import rule_of
from streams.delivery.monitor.shared_look import SharedLook
from streams.health.symptoms import Symptom
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
    Destination("/cases", mark("Cases")),
    Destination("/silences", mark("Silences")),
    Destination("/entities", mark("Entities")),
    Destination("/monitor", mark("Monitor")),
    Destination("/bulletins", mark("Bulletins")),
    Destination("/log", mark("Log")),
)
"""The pages that one can go to from every other, in their order."""


def places_for(identity: Identity | None) -> list[Destination]:
    """Return where somebody may go: who does not see everything has fewer pages.

    Parameters
    ----------
    identity
        Who reads; None where nobody is known.
    """
    sees_all = identity is None or identity.view is None
    return [one for one in NAVIGATION if sees_all or rule_of("GET", one.path).views]


LOOK_AGE_S: Final = 30.0
"""How old the look may be by which pages say that something is wrong, seconds."""


class Frame(msgspec.Struct):
    """What is the same around all pages.

    Attributes
    ----------
    monitor
        The configuration's name.
    look
        Looks at processes and broker; None where no page says what is wrong with the monitor.
    """

    monitor: str
    look: SharedLook | None

    @property
    def wrong(self) -> Sequence[Symptom]:
        """What is wrong with the monitor, as far as a look of late has found it."""
        seen = None if self.look is None else self.look.glance(LOOK_AGE_S)
        return () if seen is None else seen.wrong
