"""Reads the text of a ``.proto`` file: its messages, enums and fields, without their options.

Two options matter to what bytes mean, and are kept: a field's ``default`` and, in editions, its
``features.field_presence`` and ``features.message_encoding``. What is of services or extensions is
passed over.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from streams.sources.schemas.limits import DEEPEST, MOST_TYPES, BadSchema

_TOKEN = re.compile(
    r"""(?P<blank>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<word>\.?[A-Za-z_][\w]*(?:\s*\.\s*[A-Za-z_]\w*)*)
    |(?P<number>[0-9.][\w.]*(?:(?<=[eE])[+-]\d+)?)
    |(?P<sign>[{}()\[\]<>=;:,\-+/.])""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_LABELS = ("optional", "required", "repeated")
_CLOSING = {"{": "}", "(": ")", "[": "]", "<": ">"}


@dataclass(eq=False)
class ProtoField:
    """A field as it is written.

    Attributes
    ----------
    name, number, type
        As written; the type of a group is its message's name.
    label
        ``optional``, ``required``, ``repeated``, or nothing.
    key
        The type of a map's keys; None where it is no map.
    options
        The options that matter, by name.
    in_oneof, group
        Whether it stands in a oneof, or is a group.
    """

    name: str
    number: int
    type: str
    label: str = ""
    key: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    in_oneof: bool = False
    group: bool = False


@dataclass(eq=False)
class ProtoMessage:
    """A message, or a file as the message of its outermost ones.

    Attributes
    ----------
    name
        As written.
    fields, messages, enums
        What stands in it, in order; enums by name, with the names of their numbers.
    options
        The options that matter, by name.
    """

    name: str
    fields: list[ProtoField] = field(default_factory=list)
    messages: list[ProtoMessage] = field(default_factory=list)
    enums: dict[str, dict[int, str]] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class ProtoFile:
    """A file.

    Attributes
    ----------
    syntax
        ``proto2``, ``proto3`` or an edition's year.
    package
        Its package, or nothing.
    body
        Its messages and enums.
    """

    syntax: str = "proto2"
    package: str = ""
    body: ProtoMessage = field(default_factory=lambda: ProtoMessage(""))


def parse_proto(text: str) -> ProtoFile:
    """Read a file.

    Raises
    ------
    BadSchema
        Where it is not one.

    Examples
    --------
    >>> parse_proto('syntax = "proto3"; message A { int32 x = 1; }').body.messages[0].fields
    [ProtoField(name='x', number=1, type='int32', ...)]
    """
    return _ProtoParser(text).file()


class _ProtoParser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text.removeprefix("\ufeff"))
        self._at = self._depth = self._types = 0

    def file(self) -> ProtoFile:
        out = ProtoFile()
        while self._at < len(self._tokens):
            match self._next():
                case "syntax" | "edition":
                    self._expect("=")
                    out.syntax = self._text()
                    self._expect(";")
                case "package":
                    out.package = self._next()
                    self._expect(";")
                case "import":
                    if self._peek() in ("public", "weak", "option"):
                        self._next()
                    self._text()
                    self._expect(";")
                case word:
                    self._element(word, out.body)
        return out

    def _element(self, word: str, into: ProtoMessage) -> None:
        """Read what may stand in a file or a message, behind its first word."""
        self._types += 1
        if self._types > MOST_TYPES:
            raise BadSchema(f"a schema must have at most {MOST_TYPES} types")
        follows = self._peek()
        if word == ";":
            return
        if word == "message" and self._after() == "{":
            into.messages.append(self._message(self._next()))
        elif word == "enum" and self._after() == "{":
            name = self._next()
            into.enums[name] = self._enum()
        elif word == "option":
            name = self._option_name()
            self._expect("=")
            _keep(into.options, name, self._value())
            self._expect(";")
        elif word in ("extend", "service") and self._after() == "{":
            self._next()
            self._skip_balanced()
        elif word in ("reserved", "extensions") and self._after() != "=":
            self._skip_statement()
        elif word == "oneof" and self._after() == "{":
            self._next()
            self._oneof(into)
        elif word in _LABELS and follows != "=":
            self._field(self._next(), into, label=word)
        else:
            self._field(word, into)

    def _message(self, name: str) -> ProtoMessage:
        out = ProtoMessage(name)
        self._expect("{")
        self._depth += 1
        if self._depth > DEEPEST // 4:
            raise BadSchema(f"messages must be nested at most {DEEPEST // 4} deep")
        while (word := self._next()) != "}":
            self._element(word, out)
        self._depth -= 1
        return out

    def _oneof(self, into: ProtoMessage) -> None:
        self._expect("{")
        while (word := self._next()) != "}":
            if word == "option":
                self._skip_statement()
            elif word != ";":
                self._field(word, into, in_oneof=True)

    def _field(
        self, kind: str, into: ProtoMessage, *, label: str = "", in_oneof: bool = False
    ) -> None:
        key = None
        if kind == "map" and self._peek() == "<":
            self._next()
            key = self._next()
            self._expect(",")
            kind = self._next()
            self._expect(">")
        name = self._next()
        self._expect("=")
        number = self._number()
        options = self._compact_options()
        group = kind == "group" and self._peek() == "{"
        if group:
            kind = name
            into.messages.append(self._message(name))
            name = name.lower()
        else:
            self._expect(";")
        made = ProtoField(name, number, kind, label, key, options, in_oneof, group)
        if not 0 < number < 1 << 29:
            raise BadSchema(f"the field {name[:200]!r} must have a number from 1 to 536870911")
        into.fields.append(made)

    def _enum(self) -> dict[int, str]:
        out: dict[int, str] = {}
        self._expect("{")
        while (word := self._next()) != "}":
            if word in ("option", "reserved") and self._peek() != "=":
                self._skip_statement()
            elif word != ";":
                self._expect("=")
                out.setdefault(self._number(), word)
                self._compact_options()
                self._expect(";")
        return out

    def _compact_options(self) -> dict[str, str]:
        out: dict[str, str] = {}
        if self._peek() != "[":
            return out
        self._next()
        while True:
            name = self._option_name()
            self._expect("=")
            _keep(out, name, self._value())
            if self._next() == "]":
                return out

    def _option_name(self) -> str:
        parts: list[str] = []
        while self._peek() not in ("=", ""):
            parts.append(self._next())
        return "".join(parts)

    def _value(self) -> str:
        """Read an option's value; a message's is passed over."""
        if self._peek() in ("{", "["):
            self._skip_balanced()
            return ""
        parts: list[str] = []
        while self._peek() not in (";", ",", "]", ""):
            parts.append(self._next())
        return "".join(map(_unquoted, parts))

    def _skip_statement(self) -> None:
        while self._peek() != ";":
            if self._peek() in _CLOSING:
                self._skip_balanced()
            else:
                self._next()
        self._next()

    def _skip_balanced(self) -> None:
        closing: list[str] = []
        while True:
            token = self._next()
            if token in _CLOSING:
                closing.append(_CLOSING[token])
            elif closing and token == closing[-1]:
                closing.pop()
            if not closing:
                return

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _after(self) -> str:
        """Return the token behind the next one."""
        return self._tokens[self._at + 1] if self._at + 1 < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise BadSchema("a .proto file must be whole; it ends in the middle")
        self._at += 1
        return token

    def _expect(self, token: str) -> None:
        found = self._next()
        if found != token:
            raise BadSchema(f"a .proto file must have {token!r} here; found {found[:200]!r}")

    def _text(self) -> str:
        parts = [self._next()]
        while self._peek()[:1] in ("'", '"') and self._peek():
            parts.append(self._next())
        return "".join(map(_unquoted, parts))

    def _number(self) -> int:
        sign = -1 if self._peek() == "-" else 1
        if sign < 0:
            self._next()
        found = self._next()
        try:
            octal = len(found) > 1 and found.isdigit() and found.startswith("0")
            return sign * (int(found, 8) if octal else int(found, 0))
        except ValueError:
            raise BadSchema(
                f"a number must be whole, in a .proto file; found {found[:200]!r}"
            ) from None


def _tokens(text: str) -> list[str]:
    out: list[str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadSchema(f"a .proto file must be one; found the character {text[at]!r}")
        at = match.end()
        if match.lastgroup == "word":
            out.append("".join(match[0].split()))
        elif match.lastgroup != "blank":
            out.append(match[0])
    return out


def _unquoted(token: str) -> str:
    if token[:1] not in ("'", '"'):
        return token
    try:
        found = ast.literal_eval(token)
    except (SyntaxError, ValueError):
        raise BadSchema("a text of a .proto file must have known escapes") from None
    return str(found)


def _keep(options: dict[str, str], name: str, value: str) -> None:
    if name == "default" or name in ("features.field_presence", "features.message_encoding"):
        options[name] = value
