"""The records of the topic ``asked``: of whom somebody wants to see the series. Pure."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec

from streams.items import Level, Name, name_problem

FORM = 1


class AskedEntity(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asks for an entity: detect answers, and writes all its figures for some days.

    Attributes
    ----------
    level, id
        The entity.
    at
        When it was asked, by the clock of who asks.
    """

    v: Literal[1] = 1
    level: Level
    id: Name
    at: Annotated[dt.datetime, msgspec.Meta(tz=True)]

    def __post_init__(self) -> None:
        """Refuse an id that no entity can have."""
        problem = name_problem(self.id)
        if problem is not None:
            raise ValueError(f"id {problem}")


_decoder = msgspec.json.Decoder(AskedEntity)


def encode_asked(asked: AskedEntity) -> tuple[bytes, bytes]:
    """Write a question: key and value of its record."""
    return f"{asked.level}/{asked.id}".encode(), msgspec.json.encode(asked)


def decode_asked(value: bytes) -> AskedEntity:
    """Read a question.

    Raises
    ------
    ValueError
        Where `value` is none; the message says what is wrong.
    """
    return _decoder.decode(value)
