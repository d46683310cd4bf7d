"""The table ``[detect.misuse]``: which misuse is looked for that is no burst."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from streams.config.fields import PositiveDuration, Table, WholeDays
from streams.detection.misuse.table import ASKED_BY_NAME, MISUSE_TABLE
from streams.detection.signals import DISTINCT_SIGNALS

if TYPE_CHECKING:
    AskedSignal = str
else:
    AskedSignal = Literal[(*ASKED_BY_NAME, *DISTINCT_SIGNALS)]


def _once(signals: list[AskedSignal]) -> list[AskedSignal]:
    if len(set(signals)) != len(signals):
        raise ValueError("must name each signal once")
    return signals


class MisuseTable(Table):
    """The table ``[detect.misuse]``.

    Attributes
    ----------
    signals
        What is looked for; nothing by default.
    silence
        After so long without use a code is new again, and so is a name to its code.
    learn
        At first codes and names are learned for so long, and nothing new is found.
    quiet
        An alert ends when nothing was found for so long.
    """

    signals: Annotated[list[AskedSignal], AfterValidator(_once)] = Field(default_factory=list)
    silence: WholeDays = 90 * 86400.0
    learn: WholeDays = 7 * 86400.0
    quiet: PositiveDuration = 7 * 86400.0

    @property
    def asks_registry(self) -> bool:
        """Whether something is held against the registry: then it must be there."""
        return any(facts.name in self.signals and "uses" in facts.wants for facts in MISUSE_TABLE)
