"""How much a value of an Avro type holds, as far as its schema alone says it."""

from __future__ import annotations

from streams.sources.schemas.avro_types import AvroType
from streams.sources.schemas.limits import DEEPEST, BadSchema


class AvroSizes:
    """How many values a type makes without arrays and maps, and how deep; which types recur."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, int]] = {}
        self._open: list[AvroType] = []
        self.recurring: dict[int, AvroType] = {}

    def size(self, kind: AvroType) -> tuple[int, int]:
        """Return how many values it makes, and how deep they are."""
        if kind.kind not in ("record", "union", "array", "map"):
            return 1, 1
        found = self._known.get(id(kind))
        if found is not None:
            return found
        if any(kind is each for each in self._open):
            self.recurring[id(kind)] = kind
            return 1, 1  # it pays for itself whenever it is entered
        if len(self._open) > DEEPEST:
            raise BadSchema(f"types must be nested at most {DEEPEST} deep")
        self._open.append(kind)
        inner = [each for _, each in kind.fields] or kind.inner
        sizes = [self.size(each) for each in inner]
        self._open.pop()
        levels = 1 + max((levels for _, levels in sizes), default=0)
        values = 1
        if kind.kind == "record":
            values += sum(values for values, _ in sizes)
        elif kind.kind == "union":
            values = max(values for values, _ in sizes)
        self._known[id(kind)] = values, levels
        return values, levels
