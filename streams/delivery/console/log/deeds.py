"""What was done, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from streams.language.catalogue import Term, mark_in

DEEDS: Final[Mapping[str, Term]] = {
    "acknowledge": mark_in("deed", "acknowledged"),
    "unacknowledge": mark_in("deed", "took the acknowledgement back"),
    "assign": mark_in("deed", "assigned"),
    "note": mark_in("deed", "wrote a note"),
    "erase_note": mark_in("deed", "erased a text"),
    "snooze": mark_in("deed", "snoozed"),
    "end_snooze": mark_in("deed", "ended a snooze"),
    "silence": mark_in("deed", "made a silence"),
    "end_silence": mark_in("deed", "ended a silence"),
    "label": mark_in("deed", "labelled"),
}
"""The words for actions, by their type."""
