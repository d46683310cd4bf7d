"""The key `count_by` of ``[sources.x]``: whether complaints are judged, or who reports them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streams.config.sources import Source


def count_by_problems(sources: Mapping[str, Source]) -> Iterator[str]:
    """Say which sources cannot be counted by their reporters, or not beside their peers.

    Parameters
    ----------
    sources
        The sources, by name. Default ones that nobody names have no say.
    """
    first: dict[str, str] = {}
    for name, source in sources.items():
        table = source.table
        if table.count_by == "reporters" and source.kind != "complaint":
            yield (
                f'sources.{name} may have `count_by = "reporters"` only where kind is "complaint";'
                " remove it"
            )
        elif table.count_by == "reporters" and not source.may_have("reporter"):
            yield (
                f"sources.{name} must name `reporter`, the place of who complains, where count_by"
                ' is "reporters": without it nobody is counted. Or set count_by = "events"'
            )
        elif source.kind == "complaint" and source.named:
            peer = first.setdefault(source.group, name)
            if table.count_by != sources[peer].table.count_by:
                yield (
                    f"sources.{name}.count_by must be as that of sources.{peer},"
                    f' "{sources[peer].table.count_by}": complaints of the group "{source.group}"'
                    " are judged together. Set both alike, or give one another group"
                )
