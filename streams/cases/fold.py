"""All cases, folded of their events in the order of their topic. Pure.

Every reader that has read the same records holds the same. An event whose id its case has had
changes nothing, nor does one that is refused; so it makes no difference how often a client sends.

Memory is bounded, by rules that ask no clock. Cases that are not over are held, 10,000 at most.
Of those that are over, the 10,000 that ended last are; of earlier ones only the ids and where
their events stand on the topic, which is enough to read them again: 200,000 of these.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator
from typing import Final, Literal, NamedTuple

from streams.cases.case import Case, Refused, acted_on, begun, refusal
from streams.cases.event import CaseEvent, EraseCaseText, OpenCase
from streams.cases.moves import CaseState

MOST_IN_HAND: Final = 10_000
"""Cases that are not over."""

MOST_ENDED: Final = 10_000
"""Cases that are over and are held."""

MOST_FILED: Final = 200_000
"""Earlier ones, of which is known where their events stand."""


class CaseOutcome(NamedTuple):
    """What became of an event.

    Attributes
    ----------
    result
        Done, done before, or refused.
    version, state
        Of the case now; 0 and None where it is not held.
    why
        Why it was refused.
    """

    result: Literal["done", "repeat", "refused"]
    version: int = 0
    state: CaseState | None = None
    why: Refused | None = None


class CaseFold:
    """Holds all cases. Feed it the events in the order of their topic.

    Parameters
    ----------
    most_in_hand, most_ended, most_filed
        How many cases of each sort are held; `most_ended` None means all.
    """

    def __init__(
        self,
        *,
        most_in_hand: int = MOST_IN_HAND,
        most_ended: int | None = MOST_ENDED,
        most_filed: int = MOST_FILED,
    ) -> None:
        self._most_in_hand, self._most_ended = most_in_hand, most_ended
        self._most_filed = most_filed
        self._in_hand: dict[str, Case] = {}
        self._ended: dict[str, Case] = {}
        self._filed: dict[bytes, array[int]] = {}
        self._offsets: dict[str, array[int]] = {}
        self.version = 0

    def __len__(self) -> int:
        return len(self._in_hand) + len(self._ended)

    @property
    def filed(self) -> int:
        """How many cases are not held, whose events can be read again."""
        return len(self._filed)

    def take(self, event: CaseEvent, offset: int) -> CaseOutcome:
        """Take the next event of the topic, at an offset, and say what became of it."""
        if (known := self.answer(event)) is not None:
            return known
        if isinstance(event, OpenCase):
            after = begun(event)
        else:
            before = self.case(event.case_id)
            if before is None:  # filed: the text is erased, and the event belongs to it
                self._filed[bytes.fromhex(event.case_id)].append(offset)
                return CaseOutcome("done")
            after = acted_on(before, event)
        self._offsets.setdefault(event.case_id, array("q")).append(offset)
        self._keep(after)
        self.version += 1
        return _outcome("done", after)

    def answer(self, event: CaseEvent) -> CaseOutcome | None:
        """Return what becomes of an event that is not done next; None where it would be done."""
        case = self.case(event.case_id)
        if case is not None:
            if any(each.id == event.id for each in case.log):
                return _outcome("repeat", case)
            why = refusal(case, event)
            return None if why is None else _outcome("refused", case, why)
        is_filed = bytes.fromhex(event.case_id) in self._filed
        if isinstance(event, OpenCase):
            if is_filed:
                return CaseOutcome("refused", why="exists")
            if event.party == "addressee":
                return CaseOutcome("refused", why="party")
            if len(self._in_hand) >= self._most_in_hand:
                return CaseOutcome("refused", why="many")
            return None
        if is_filed:
            erases = isinstance(event, EraseCaseText) and event.party != "addressee"
            return None if erases else CaseOutcome("refused", why="ended")
        return CaseOutcome("refused", why="unknown")

    def case(self, case_id: str) -> Case | None:
        """Return a case that is held."""
        return self._in_hand.get(case_id) or self._ended.get(case_id)

    def offsets(self, case_id: str) -> Collection[int]:
        """Return where the events of a case stand that is not held; nothing where none is known."""
        return self._filed.get(bytes.fromhex(case_id), ())

    def in_hand(self) -> Iterator[Case]:
        """Yield the cases that are not over, in the order in which they were opened."""
        yield from self._in_hand.values()

    def __iter__(self) -> Iterator[Case]:
        """Yield the cases that are held, those that are over first."""
        yield from self._ended.values()
        yield from self._in_hand.values()

    def _keep(self, case: Case) -> None:
        case_id = case.case_id
        if not case.has_ended:
            self._in_hand[case_id] = case
            return
        self._in_hand.pop(case_id, None)
        self._ended[case_id] = case
        if self._most_ended is None or len(self._ended) <= self._most_ended:
            return
        oldest = next(iter(self._ended))
        del self._ended[oldest]
        self._filed[bytes.fromhex(oldest)] = self._offsets.pop(oldest)
        if len(self._filed) > self._most_filed:
            del self._filed[next(iter(self._filed))]


def _outcome(
    result: Literal["done", "repeat", "refused"], case: Case, why: Refused | None = None
) -> CaseOutcome:
    return CaseOutcome(result, case.version, case.state, why)
