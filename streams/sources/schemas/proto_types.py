"""The messages of a schema and of the files that it imports, found by name or by index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from streams.sources.schemas.limits import MOST_TYPES, BadSchema
from streams.sources.schemas.proto_known import KNOWN_FILES
from streams.sources.schemas.proto_text import ProtoFile, ProtoMessage, parse_proto

Enum = dict[int, str]


@dataclass(eq=False)
class Found:
    """A message, and what its surroundings say.

    Attributes
    ----------
    name
        Its full name.
    message
        As it is written.
    syntax
        Of its file.
    options
        Those of the file and of the messages around it, which hold unless a field has its own.
    """

    name: str
    message: ProtoMessage
    syntax: str
    options: dict[str, str]


class ProtoTypes:
    """Types by their full names.

    Parameters
    ----------
    text
        The schema.
    references
        The texts of the files that it imports, and that they import.

    Raises
    ------
    BadSchema
        Where one is no schema.
    """

    def __init__(self, text: str, references: Iterable[str] = ()) -> None:
        self._types: dict[str, Found | Enum] = {}
        own = parse_proto(text)
        for other in references:
            self._add_file(parse_proto(other))
        self._add_file(own)
        # Last: what a message of these means rests on its fields, whatever a schema says of them.
        for known in KNOWN_FILES.values():
            self._add_file(parse_proto(known))
        self._own = own

    def at(self, indexes: Sequence[int]) -> Found:
        """Return the message of the schema that the indexes of a record name.

        Raises
        ------
        BadSchema
            Where there is none.
        """
        name, messages = self._own.package, self._own.body.messages
        for index in indexes:
            if not 0 <= index < len(messages):
                raise BadSchema("a record's message must be one of its schema; found another index")
            message = messages[index]
            name, messages = _inside(name, message.name), message.messages
        found = self._types.get(name)
        if not isinstance(found, Found):
            raise BadSchema("a schema must have a message; found none")
        return found

    def find(self, name: str, scope: str) -> Found | Enum:
        """Return the type that a name means inside a message.

        Raises
        ------
        BadSchema
            Where there is none.
        """
        if name.startswith("."):
            found = self._types.get(name[1:])
        else:
            found = self._types.get(_inside(scope, name))
            while found is None and scope:
                scope = scope.rpartition(".")[0]
                found = self._types.get(_inside(scope, name))
        if found is None:
            raise BadSchema(
                f"the type {name[:200]!r} must be defined in the schema or in one that it refers to"
            )
        return found

    def _add_file(self, file: ProtoFile) -> None:
        self._add(file.body, file.package, file.syntax, file.body.options)

    def _add(self, message: ProtoMessage, scope: str, syntax: str, options: dict[str, str]) -> None:
        for name, enum in message.enums.items():
            self._types[_inside(scope, name)] = enum
        for inner in message.messages:
            name = _inside(scope, inner.name)
            inherited = {**options, **inner.options}
            self._types[name] = Found(name, inner, syntax, inherited)
            self._add(inner, name, syntax, inherited)
        if len(self._types) > MOST_TYPES:
            raise BadSchema(f"a schema must have at most {MOST_TYPES} types")


def _inside(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name
