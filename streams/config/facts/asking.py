"""What of a configuration asks the lanes of a source to count more than totals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from streams.facts.wanted import Asking

if TYPE_CHECKING:
    from streams.config.detect import Detect
    from streams.config.sources import SourceTable


def asking(table: SourceTable, detect: Detect) -> Iterator[Asking]:
    """Yield what asks for facts of a source.

    Parameters
    ----------
    table
        The source's table.
    detect
        The table ``[detect]``: signals of misuse ask by their names.
    """
    if table.count_by == "reporters":
        yield "count_by"
    if table.cells:
        yield "cells"
    yield from cast("list[Asking]", detect.misuse.signals)
