"""What events say beside sender, time and count, as far as it is counted: in columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from streams.facts.record import DistinctOf
from streams.facts.wanted import FactsWanted
from streams.items import Complaint, Event

NAMED = "\0"
"""Begins the text of somebody who is known by a name, and not by a hash: neither a hash nor a name
has this character, and what reads hashes does not pass it over as it does a blank."""

OPTOUT = "optout_ignored"

Used = tuple[str | None, str | None]
"""The region and the kind of a complaint."""

Texts = Sequence[str | None]


class EventFacts(NamedTuple):
    """Columns of events, of which only those are given that are counted.

    Attributes
    ----------
    people
        Whom each event adds to which sketches: a keyed hash, or a name after `NAMED`; None is
        nobody.
    consents
        The consent that each names.
    used
        Region and kind of each complaint.
    """

    people: Mapping[DistinctOf, Texts]
    consents: Texts | None = None
    used: Sequence[Used] | None = None

    def part(self, part_of: Callable[[Sequence[Any]], Sequence[Any]]) -> EventFacts:
        """Return the columns of some of the events."""
        return EventFacts(
            {what: part_of(column) for what, column in self.people.items()},
            None if self.consents is None else part_of(self.consents),
            None if self.used is None else part_of(self.used),
        )


class FactColumns:
    """Makes the columns of events of one source.

    Parameters
    ----------
    wanted
        What is counted.
    complaints
        Whether its events are complaints.
    """

    def __init__(self, wanted: FactsWanted, *, complaints: bool) -> None:
        words = {what for _, what in wanted.distinct}
        late = bool(wanted.late)
        self._recipients = "recipients" in words and not complaints
        self._reporters = ("reporters" in words or late) and complaints
        self._valid = ("valid_reporters" in words or late) and complaints
        self._optouts = "optouts" in words and complaints
        self._consents = bool(wanted.consents) and not complaints
        self._used = (wanted.uses or wanted.cells) and complaints
        self._valid_within_s = wanted.valid_within_s
        self.anything = (
            self._recipients
            or self._reporters
            or self._valid
            or self._optouts
            or self._consents
            or self._used
        )

    def of_events(self, events: Sequence[Any]) -> EventFacts | None:
        """Return the columns of sends, or of complaints; None where nothing is counted of them.

        Raises
        ------
        ValueError
            Where neither a complaint's reporter nor its id is known.
        """
        if not self.anything:
            return None
        people: dict[DistinctOf, Texts] = {}
        if self._recipients:
            people["recipients"] = [event.recipient_hash for event in events]
        if self._reporters or self._valid or self._optouts:
            reporters = [event.reporter_hash or NAMED + event.event_id for event in events]
            if NAMED in reporters:
                raise ValueError("an event's id must be known where its reporter is not")
            if self._reporters:
                people["reporters"] = reporters
            if self._valid:
                people["valid_reporters"] = [
                    reporter if self._is_valid(event) else None
                    for reporter, event in zip(reporters, events, strict=True)
                ]
            if self._optouts:
                people["optouts"] = [
                    event.reporter_hash if event.kind == OPTOUT else None for event in events
                ]
        return EventFacts(
            people,
            [event.consent for event in events] if self._consents else None,
            [(event.region, event.kind) for event in events] if self._used else None,
        )

    def of_event(self, event: Event) -> EventFacts | None:
        """Return the columns of one event."""
        return self.of_events((event,))

    def _is_valid(self, event: Complaint) -> bool:
        if event.verified is False:
            return False
        happened = event.occurred_at
        if happened is None or happened > event.event_time:
            return True
        return (event.event_time - happened).total_seconds() <= self._valid_within_s
