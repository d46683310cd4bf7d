"""What of a configuration asks the lanes of a source to count more than totals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from streams.facts.wanted import Asking

if TYPE_CHECKING:
    from streams.config.sources import SourceTable


def asking(table: SourceTable) -> Iterator[Asking]:
    """Yield what asks for facts of a source.

    Parameters
    ----------
    table
        The source's table.
    """
    if table.count_by == "reporters":
        yield "count_by"
