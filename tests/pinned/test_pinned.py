"""A redesign of the code changes no alert, no reject, no count and no figure of a report."""

from __future__ import annotations

from tests.pinned.items import ITEMS, SLOW
from tests.pinned.pinned import pin, stored


def test_the_data_are_as_they_were() -> None:
    """All that is quick, without sentences: ``python -m tests.pinned`` shows which differs."""
    kept = stored()
    quick = [name for name in ITEMS if name not in (SLOW, "explain-hours")]
    found = {one.name: one.sums.data for one in pin(quick)}
    assert found == {name: kept[name].data for name in quick}
