"""The key `count_by` of ``[sources.x]``: whether complaints are judged, or who reports them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from streams.config.sources import Source, SourceTable

CountBy = Literal["events", "reporters"]


def count_by_problems(table: SourceTable, fields: Collection[str]) -> Iterator[str]:
    """Say why a source cannot be counted by its reporters.

    Parameters
    ----------
    table
        The source's table.
    fields
        Fields that its records have by their format, or that the table names.
    """
    if table.count_by == "events":
        return
    if table.kind != "complaint":
        yield 'may have `count_by = "reporters"` only where kind is "complaint"; remove it'
    elif not table.own_events and "reporter" not in fields:
        yield (
            "must name `reporter`, the place of who complains, where count_by is"
            ' "reporters": without it nobody is counted. Or set count_by = "events"'
        )


def counted_unlike(sources: Mapping[str, Source]) -> Iterator[str]:
    """Say which sources of a group mix complaints and reporters: their sum would be neither.

    Parameters
    ----------
    sources
        The sources, by name. Default ones that nobody names have no say.
    """
    first: dict[str, tuple[str, CountBy]] = {}
    for name, source in sources.items():
        if source.named and source.table.kind == "complaint":
            peer, count_by = first.setdefault(source.group, (name, source.table.count_by))
            if count_by != source.table.count_by:
                yield (
                    f"sources.{name}.count_by must be as that of sources.{peer}, {count_by!r}:"
                    f' complaints of the group "{source.group}" are judged together. Set both'
                    " alike, or give one another group"
                ).replace("'", '"')
