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

    def __str__(self) -> str:
        """One line, as compilers print it."""
        return f"{self.where}:{self.line}: {self.rule}: {self.found}"
