"""Which known entity another one could be taken for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from streams.alerts.lifecycle import AlertChange
from streams.detection.judges.judge import AllEntities
from streams.names.lookalike import print_of, skeleton


class LookAlikes:
    """Finds, among the entities of a level and signal, one whose name looks like another's.

    What it holds follows from the names, 4 bytes for each, and is made when it is first asked.

    Examples
    --------
    >>> LookAlikes().find(["code007", "code008"], "c\u043ede007")
    'code007'
    >>> LookAlikes().find(["code007"], "code007")
    """

    def __init__(self) -> None:
        self._names: list[str] = []
        self._prints: npt.NDArray[np.uint32] = np.zeros(0, dtype=np.uint32)

    def find(self, names: list[str], name: str) -> str | None:
        """Return the first of these names that looks like a name, and is another.

        Parameters
        ----------
        names
            Ids, in the order of the rows: those that have been known longest come first. A list
            that it has been given before has only grown.
        name
            The id of one of them, or of a newcomer.
        """
        if names is not self._names:
            self._names, self._prints = names, np.zeros(0, dtype=np.uint32)
        if len(self._prints) < len(names):
            new = names[len(self._prints) :]
            prints = np.fromiter(map(print_of, new), dtype=np.uint32, count=len(new))
            self._prints = np.concatenate([self._prints, prints])
        alike = (self._prints == print_of(name)).nonzero()[0].tolist()
        others = [other for row in alike if (other := names[row]) != name]
        if not others:
            return None
        wanted = skeleton(name)
        return next((other for other in others if skeleton(other) == wanted), None)


class LookAlikesOfGroup:
    """Finds the look-alikes of what a group's alerts are about.

    Parameters
    ----------
    entities
        Entities of all streams.
    """

    def __init__(self, entities: AllEntities) -> None:
        self._entities = entities
        self._of_stream = {stream: LookAlikes() for stream in entities}

    def of_change(self, change: AlertChange) -> str | None:
        """Return the known entity that the one of a change could be taken for."""
        stream = change.signal, change.level
        if change.level == "all" or stream not in self._of_stream:
            return None
        return self._of_stream[stream].find(self._entities[stream].names, change.entity)
