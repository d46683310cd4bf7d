"""The revisions of an alert, as a view's reader sees them."""

from __future__ import annotations

from streams.delivery.api.board import BoardRow
from streams.delivery.api.revisions import AlertRevisions, Revisions, WrittenAlert
from streams.delivery.views.opened import OpenView


class RevisionsOfView(Revisions):
    """Reads as another reader of revisions does, and leaves out what does not concern a view.

    Parameters
    ----------
    whole
        Reads them.
    opened
        The view.
    """

    def __init__(self, whole: Revisions, opened: OpenView) -> None:
        self._whole, self._opened = whole, opened

    async def read(self, row: BoardRow) -> AlertRevisions:
        """Return the revisions of an alert of the view, as many as can be had."""
        found = await self._whole.read(row)
        last = found.found[-1]  # as the board of the view holds it
        older = [one for one in map(self._shown, found.found[:-1]) if one is not None]
        is_whole = found.is_whole and len(older) + 1 == len(found.found)
        return AlertRevisions((*older, last), is_whole)

    def _shown(self, one: WrittenAlert) -> WrittenAlert | None:
        shown = self._opened.shown(one.envelope, one.raw)
        return None if shown is None else WrittenAlert(shown.envelope, shown.raw, one.written_s)
