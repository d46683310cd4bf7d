"""The tables ``[levels.x]``: levels that follow from another name of a sender."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from streams.config.fields import FilePath, Table, raise_problems
from streams.items import PARENT_LEVELS, Level
from streams.names import tables
from streams.names.derived import (
    Derivation,
    Derive,
    first_digits,
    longest_prefix,
    network,
    parse_prefixes,
    registrable_domain,
)

MOST_PREFIXES_BYTES = 64 * 2**20

WAYS = ("prefixes", "digits", "registrable_domain", "network")
"""Keys of which a table has one: how the level follows."""

if TYPE_CHECKING:
    DerivedLevel = str
    DerivedFrom = str
else:
    DerivedLevel = Literal[PARENT_LEVELS]
    DerivedFrom = Literal[("sender.id", *(f"sender.{level}" for level in PARENT_LEVELS))]


def _names(path: Path) -> dict[str, str]:
    """Read the names by prefix.

    Raises
    ------
    ValueError
        With the rule that the file breaks.
    """
    try:
        if path.stat().st_size > MOST_PREFIXES_BYTES:
            raise ValueError(f"must be a file of at most {MOST_PREFIXES_BYTES} bytes")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(f"must be a file that can be read; {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"must be UTF-8; found another byte at {error.start}") from None
    return parse_prefixes(text)


def _readable(path: Path) -> Path:
    _names(path)
    return path


class LevelTable(Table):
    """A ``[levels.x]`` table: how the level follows where an event does not name it."""

    from_: Annotated[DerivedFrom, Field(alias="from")] = "sender.id"
    prefixes: Annotated[FilePath, AfterValidator(_readable)] | None = None
    digits: Annotated[int, Field(ge=1, le=32)] | None = None
    registrable_domain: bool = False
    network: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        raise_problems(self._misfits())
        return self

    def _misfits(self) -> Iterator[str]:
        given = [way for way in WAYS if getattr(self, way)]
        if len(given) != 1:
            *first, last = (f"`{way}`" for way in WAYS)
            found = " and ".join(f"`{way}`" for way in given) or "none"
            yield f"must have one of {', '.join(first)} and {last}; found {found}"

    @cached_property
    def names(self) -> dict[str, str]:
        """The names by prefix, from the file of `prefixes`."""
        assert self.prefixes is not None
        return _names(self.prefixes)

    @property
    def _derive(self) -> Derive:
        if self.prefixes is not None:
            return longest_prefix(self.names)
        if self.digits is not None:
            return first_digits(self.digits)
        return registrable_domain if self.registrable_domain else network

    def derivation(self, level: Level) -> Derivation:
        """Return how `level` follows."""
        field = self.from_.removeprefix("sender.")
        return Derivation(level, field, self._derive)

    @property
    def tables(self) -> dict[str, str]:
        """Versions of the packages whose tables decide."""
        return tables.of_public_suffixes() if self.registrable_domain else {}
