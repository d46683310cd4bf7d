"""Cases as the API of serve gives them, as far as documents tell of them. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec

from streams.bulletin.contents.handling import FollowedCase


class _Step(msgspec.Struct):
    type: str
    at: dt.datetime
    to: str | None = None
    deadline: dt.datetime | None = None


class _CaseDocument(msgspec.Struct):
    case_id: str
    state: str
    title: str
    opened_at: dt.datetime
    entity: str | None = None
    addressee: str | None = None
    follows: str | None = None
    handled_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    figures: dict[str, float] = {}
    log: list[_Step] = []


_case_document = msgspec.json.Decoder(_CaseDocument)


def followed_case(raw: bytes) -> FollowedCase:
    """Read the document of a case.

    Parameters
    ----------
    raw
        JSON, as ``GET /api/v1/cases/{case_id}`` answers.

    Raises
    ------
    ValueError
        Where it is none.

    Examples
    --------
    >>> found = followed_case(
    ...     b'{"case_id":"0123456789abcdef","state":"accepted","title":"Loans","addressee":'
    ...     b'"platform/mall","opened_at":"2026-03-01T08:00:00Z","log":[{"type":"move","to":'
    ...     b'"transferred","at":"2026-03-02T08:00:00Z","deadline":"2026-03-09T08:00:00Z"}]}'
    ... )
    >>> str(found.transferred), str(found.deadline)
    ('2026-03-02 08:00:00+00:00', '2026-03-09 08:00:00+00:00')
    """
    found = _case_document.decode(raw)
    moves = [step for step in found.log if step.type in ("move", "assign")]
    transfers = [step.at for step in moves if step.to == "transferred"]
    return FollowedCase(
        found.case_id,
        found.title,
        found.entity,
        found.state,
        found.addressee,
        found.opened_at,
        transfers[-1] if transfers else None,
        _deadline(moves),
        found.handled_at,
        found.ended_at,
        found.follows,
        tuple(sorted(found.figures.items())),
    )


def _deadline(moves: Iterable[_Step]) -> dt.datetime | None:
    """Return until when it was to be handled: the deadline of a look-back is another."""
    found = None
    for step in moves:
        if step.deadline is not None and step.to != "look_back":
            found = step.deadline
    return found
