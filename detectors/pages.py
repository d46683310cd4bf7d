"""A dictionary in pages: whoever stores it stores again only the pages that have changed.

A name's page follows from the name and from how many pages there are. A page has a version: where
its owner was when it changed last. So what is in a version of a page follows from what came up to
there, whoever stores it and however often.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Generic, TypeVar, overload

import msgspec

NAMES_A_PAGE: Final = 512
"""With more names a page than this, on average, there are twice as many pages."""

MOST_PAGES: Final = 2048

V = TypeVar("V")
D = TypeVar("D")


class PagedTable(Generic[V]):
    """A dictionary by name, in 1, 2, 4 ... pages: the more names, the more pages.

    Its order is that of the pages. Whoever adds up or chooses sorts the names: what is read again
    from a store has another order within a page.

    Parameters
    ----------
    kind
        Type of the values, for msgspec. Values are compared: one that is equal changes nothing.
    names_a_page, most_pages
        See `NAMES_A_PAGE` and `MOST_PAGES`.

    Attributes
    ----------
    kind
        See above.
    at
        Where the owner is: the version that pages get that change now. It never falls.
    versions
        The version of each page that was ever changed, by number. Numbers of pages are those from
        `first` to twice `first`, not included.

    Examples
    --------
    >>> sent = PagedTable(int)
    >>> sent.at = 7
    >>> sent["a"] = 3
    >>> sent.versions
    {1: 7}
    >>> sent.at = 8
    >>> sent["a"] = 3
    >>> sent.versions
    {1: 7}
    """

    def __init__(
        self, kind: Any, names_a_page: int = NAMES_A_PAGE, most_pages: int = MOST_PAGES
    ) -> None:
        self.kind = kind
        self._decode = msgspec.msgpack.Decoder(dict[str, kind]).decode
        self._names_a_page, self._most_pages = names_a_page, most_pages
        self._pages: list[dict[str, V]] = [{}]
        self._number = 0
        self._after_restore: list[Callable[[], None]] = []
        self.at = 0
        self.versions: dict[int, int] = {}

    @property
    def first(self) -> int:
        """Number of the first page: as many as there are pages."""
        return len(self._pages)

    def _page(self, name: str) -> int:
        return zlib.crc32(name.encode("utf-8", "surrogatepass")) % len(self._pages)

    def _changed(self, page: int) -> None:
        self.versions[len(self._pages) + page] = self.at

    def note_change(self, name: str) -> None:
        """Note that what a name's value holds has changed."""
        self._changed(self._page(name))

    def __len__(self) -> int:
        """How many names there are."""
        return self._number

    def __iter__(self) -> Iterator[str]:
        """Give the names."""
        for page in self._pages:
            yield from page

    def __contains__(self, name: object) -> bool:
        """Whether a name has a value."""
        return isinstance(name, str) and name in self._pages[self._page(name)]

    def __getitem__(self, name: str) -> V:
        """Give the value of a name that has one."""
        return self._pages[self._page(name)][name]

    @overload
    def get(self, name: str) -> V | None: ...
    @overload
    def get(self, name: str, default: D) -> V | D: ...
    def get(self, name: str, default: Any = None) -> Any:
        """Give the value of a name."""
        return self._pages[self._page(name)].get(name, default)

    def items(self) -> Iterator[tuple[str, V]]:
        """Give names and values."""
        for page in self._pages:
            yield from page.items()

    def values(self) -> Iterator[V]:
        """Give the values."""
        for page in self._pages:
            yield from page.values()

    def __setitem__(self, name: str, value: V) -> None:
        """Set the value of a name."""
        number = self._page(name)
        page = self._pages[number]
        before = page.get(name)
        if before is not None:
            if before == value:
                return
            page[name] = value
            self._changed(number)
            return
        page[name] = value
        self._number += 1
        self._changed(number)
        full = self._number > self._names_a_page * len(self._pages)
        if full and len(self._pages) < self._most_pages:
            self._double()

    def setdefault(self, name: str, value: V) -> V:
        """Give the value of a name; it gets this one where it has none."""
        held = self._pages[self._page(name)].get(name)
        if held is None:
            self[name] = held = value
        return held

    def _double(self) -> None:
        before, self._pages = self._pages, [{} for _ in range(2 * len(self._pages))]
        for page in before:
            for name, value in page.items():
                self._pages[self._page(name)][name] = value
        self.versions = {}
        for number in range(len(self._pages)):
            self._changed(number)

    def __delitem__(self, name: str) -> None:
        """Forget a name that has a value."""
        number = self._page(name)
        del self._pages[number][name]
        self._number -= 1
        self._changed(number)

    def discard(self, name: str) -> None:
        """Forget a name, if it has a value."""
        if name in self:
            del self[name]

    def clear(self) -> None:
        """Forget all names."""
        for number, page in enumerate(self._pages):
            if page:
                page.clear()
                self._changed(number)
        self._number = 0

    def keep(self, stays: Callable[[str, V], bool]) -> None:
        """Forget the names that do not stay."""
        for name in [name for name, value in self.items() if not stays(name, value)]:
            del self[name]

    def pack(self, number: int) -> bytes:
        """Return what is stored of a page."""
        page = self._pages[number - len(self._pages)]
        return msgspec.msgpack.encode(dict(sorted(page.items())))

    def after_restore(self, derive: Callable[[], None]) -> None:
        """Call this when all is read again, to work out what is not stored."""
        self._after_restore.append(derive)

    def restore(self, versions: dict[int, int], packed: Iterable[bytes]) -> None:
        """Take what was stored.

        Parameters
        ----------
        versions
            See `versions`.
        packed
            What `pack` gave of each of them, in their order.

        Raises
        ------
        ValueError
            Where the numbers are not those of pages, or a page is something else.
        """
        number = 1 << max(min(versions, default=1).bit_length() - 1, 0)
        if any(not number <= each < 2 * number for each in versions):
            raise ValueError(f"pages must have numbers from {number} to {2 * number - 1}")
        self._pages = [{} for _ in range(number)]
        for page, data in zip(versions, packed, strict=True):
            self._pages[page - number] = self._decode(data)
        self.versions, self._number = dict(versions), sum(map(len, self._pages))
        for derive in self._after_restore:
            derive()
