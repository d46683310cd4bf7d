"""One breach of a rule: where it is and what is wrong."""

from __future__ import annotations

from typing import NamedTuple


class Offence(NamedTuple):
    """One breach of a rule."""

    where: str
    """Path of the module or folder, from the project's root."""
    line: int
    """Line in the module; 0 for a whole module or folder."""
    rule: str
    """The rule's short name."""
    found: str
    """What was found."""

    @property
    def area(self) -> str:
        """The package it belongs to, like ``streams/detection``; the first folder elsewhere."""
        parts = self.where.split("/")
        deep = parts[0] in ("streams", "tests") and len(parts) > 2
        return "/".join(parts[: 2 if deep else 1])

    def __str__(self) -> str:
        """One line, as compilers print it."""
        return f"{self.where}:{self.line}: {self.rule}: {self.found}"
