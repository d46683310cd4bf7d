"""A registry as serve has read it: a code with a longer one, a signature filed with both."""

from __future__ import annotations

import datetime as dt

from streams.delivery.registry.declared import DeclaredNames
from streams.registry.control import RegistryRow
from streams.registry.entry import (
    CodeEntry,
    Entry,
    FilingEntry,
    MerchantEntry,
    PlatformEntry,
    SignatureEntry,
    key_of,
)
from tests.delivery.access.serving import Served
from tests.delivery.console.monitor.scene import MARKUP

ENTRIES: tuple[Entry, ...] = (
    CodeEntry(id="10690001", holder="Mall", carrier="one", categories=("retail",)),
    CodeEntry(id="1069000188", holder="Shop", parent="10690001", valid_until=dt.date(2020, 1, 31)),
    SignatureEntry(id="Mall", owner="Mall Ltd", kinds=("notice",)),
    MerchantEntry(id="Shop", platform="Bazaar"),
    PlatformEntry(id="Bazaar", operator=MARKUP[:60]),
    FilingEntry(code="10690001", signature="Mall"),
    FilingEntry(code="1069000188", signature="Mall", valid_from=dt.date(2019, 1, 1)),
)


def declared_names() -> DeclaredNames:
    """All of them, read to the end."""
    found = DeclaredNames()
    for seq, entry in enumerate(ENTRIES, 1):
        found.take(RegistryRow(seq, key_of(entry), entry))
    found.problem = None
    return found


def with_registry(served: Served) -> Served:
    """Let serve have read it."""
    found = declared_names()
    served.library.declared = lambda: found
    return served
