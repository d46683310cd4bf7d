"""Fields that events had to do without: how many, and why the first of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec


class NoText(msgspec.Struct, frozen=True):
    """A value of which no text can be made: it stands for a field that its event does without."""

    detail: str


class LostFields:
    """Counts the values that were left out, by field; what it holds does not grow with them.

    Examples
    --------
    >>> lost = LostFields()
    >>> lost.add("region", "region must be 1 to 256 bytes")
    >>> list(lost.sentences())
    ['1 value of `region` is left out: region must be 1 to 256 bytes']
    """

    def __init__(self) -> None:
        self._by_field: dict[str, tuple[int, str]] = {}

    @property
    def counts(self) -> Mapping[str, int]:
        """How many values of each field were left out."""
        return {field: count for field, (count, _) in self._by_field.items()}

    def add(self, field: str, detail: str, count: int = 1) -> None:
        """Count a value, with what is wrong with it."""
        before, first = self._by_field.get(field, (0, detail))
        self._by_field[field] = (before + count, first)

    def take(self, other: LostFields) -> None:
        """Count those of another."""
        for field, (count, detail) in other._by_field.items():
            self.add(field, detail, count)

    def plus(self, other: LostFields) -> LostFields:
        """Return these and those of another, as they are now."""
        both = LostFields()
        both.take(self)
        both.take(other)
        return both

    def sentences(self) -> Iterator[str]:
        """Say of each field how many values are left out, and why the first of them."""
        for field, (count, detail) in self._by_field.items():
            values = "value" if count == 1 else "values"
            are = "is" if count == 1 else "are"
            yield f"{count:,} {values} of `{field}` {are} left out: {detail}"
