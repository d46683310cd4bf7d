"""Addresses of the registry: what is declared about a number or a name, and entries by key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec
from fastapi import FastAPI, Path, Query, Response

from streams.delivery.feed import problem
from streams.delivery.feed.problem import ProblemError
from streams.delivery.registry.declared import DeclaredNames, LookedUp
from streams.items import name_problem
from streams.names.canonical import canonical
from streams.registry.entry import ENTRY_TYPES, Entry, kind_of
from streams.registry.watch import WatchEntry

_Name = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=256,
        description="A code with or without an extension, or a name. Without it the answer says how"
        " many entries there are.",
    ),
]
_Kind = Annotated[
    Literal["code", "signature", "merchant", "platform", "filing"],
    Path(description="What it is about."),
]
_Id = Annotated[str, Path(max_length=512, description="The id; of a filing CODE/SIGNATURE.")]

_ENTRY: Final[dict[str, Any]] = {
    "type": "object",
    "description": "As it was declared; what is left out is not restricted. `holds` says whether it"
    " holds on `day`.",
    "required": ["kind", "holds"],
    "properties": {
        "kind": {"type": "string", "enum": list(ENTRY_TYPES)},
        "id": {"type": "string"},
        "holds": {"type": "boolean"},
    },
}
_LOOKED_UP: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["entries"],
    "properties": {
        "entries": {
            "type": "object",
            "description": "How many entries there are of each kind.",
            "additionalProperties": {"type": "integer"},
        },
        "name": {"type": "string", "description": "As names are counted."},
        "day": {"type": "string", "format": "date"},
        "code": {
            "anyOf": [_ENTRY, {"type": "null"}],
            "description": "The longest registered code that covers the number.",
        },
        "plan": {
            "anyOf": [
                {
                    "type": "object",
                    "required": ["name", "reach", "use", "confirmed"],
                    "properties": {
                        "name": {"type": "string"},
                        "reach": {"type": "string"},
                        "use": {"type": "string"},
                        "confirmed": {
                            "type": "boolean",
                            "description": "Whether a primary source says so.",
                        },
                    },
                },
                {"type": "null"},
            ],
            "description": "The class of a number that no registered code covers that day.",
        },
        "others": {
            "type": "array",
            "items": _ENTRY,
            "description": "The signature, merchant and platform of that name.",
        },
        "filings": {"type": "array", "items": _ENTRY, "description": "At most 200 of them."},
        "filings_number": {"type": "integer"},
    },
}
_REFUSED: Final = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def add_registry(
    app: FastAPI,
    declared: Callable[[], DeclaredNames],
    now: Callable[[], dt.datetime],
    zone: ZoneInfo,
) -> None:
    """Add the addresses to `app`.

    Parameters
    ----------
    app
        The application.
    declared
        What is declared now.
    now, zone
        The clock, and whose days entries hold by.
    """

    def read() -> DeclaredNames:
        found = declared()
        if found.problem is not None:
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, found.problem)
        return found

    @app.get(
        "/api/v1/registry",
        response_class=Response,
        summary="Look up a code or a name in the registry",
        responses={
            200: {"content": {"application/json": {"schema": _LOOKED_UP}}},
            **problem.documented(*_REFUSED),
        },
    )
    async def look_up(name: _Name = None) -> Response:
        known = read()
        answer: dict[str, Any] = {"entries": known.numbers()}
        if name is not None:
            form = canonical(name.strip())
            if said := name_problem(form):
                raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"the name {said}")
            answer |= _said(known.look_up(form, today(now, zone)))
        return _json(answer)

    @app.get(
        "/api/v1/registry/{kind}/{entry_id:path}",
        response_class=Response,
        summary="Read an entry of the registry",
        responses={
            200: {"content": {"application/json": {"schema": _ENTRY}}},
            **problem.documented(HTTPStatus.NOT_FOUND, *_REFUSED),
        },
    )
    async def entry(kind: _Kind, entry_id: _Id) -> Response:
        form = entry_id if kind == "filing" else canonical(entry_id)
        known = read().registry.get(kind, form)
        if known is None:
            raise ProblemError(
                HTTPStatus.NOT_FOUND,
                "there is no such entry; /api/v1/registry?name= finds what covers a number",
            )
        return _json(_entry(known, today(now, zone)))


def today(now: Callable[[], dt.datetime], zone: ZoneInfo) -> int:
    """Return the number of today."""
    return now().astimezone(zone).date().toordinal()


def _entry(entry: Entry, day: int) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(entry)
    holds = not isinstance(entry, WatchEntry) and entry.holds_on(day)
    return {"kind": kind_of(entry), **fields, "holds": holds}


def _said(found: LookedUp) -> dict[str, Any]:
    plan = found.plan
    return {
        "name": found.name,
        "day": dt.date.fromordinal(found.day),
        "code": None if found.code is None else _entry(found.code, found.day),
        "plan": None
        if plan is None
        else {
            "name": plan.name,
            "reach": plan.reach,
            "use": plan.use,
            "confirmed": plan.confirmed,
        },
        "others": [_entry(one, found.day) for one in found.others],
        "filings": [_entry(one, found.day) for one in found.filings],
        "filings_number": found.filings_number,
    }


def _json(answer: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json")
