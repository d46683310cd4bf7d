"""Decodes Avro straight into the mapped fields, where their paths are plain.

Of the schema and the paths one function is written as Python's text, and compiled: each type costs
a few of its lines, and mostly no call. Names of fields are no part of the text. What no path names
is passed over. A record that does not fit, or has what is rare, is read as a whole instead, which
says what is wrong with it. Each record is tried so, alone or among many.

Texts that are passed over must be UTF-8 as well. They are looked at together with what stands
between them, which is ASCII then: lengths and numbers of one byte, below 0x80.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any

from streams.items import Skipped
from streams.sources.formats.format import Columns, Constant, Values
from streams.sources.formats.rows import RecordRows
from streams.sources.mapping.compiled import Tree, plain_paths, tree_of
from streams.sources.mapping.mapper import Mapper
from streams.sources.rejects import Undecodable
from streams.sources.schemas import logical
from streams.sources.schemas.avro import AvroReaders, read_end, read_number
from streams.sources.schemas.avro_types import AvroType
from streams.sources.schemas.limits import DEEPEST, MOST_VALUES
from streams.sources.times.numbers import DIGITS, NumberForm

MOST_TYPES_WRITTEN = 500
"""Types of a schema, at most, that are written out: larger ones are read as a whole."""

MOST_BRANCHES = 8
MOST_INDENTS, MOST_LOOPS = 20, 4
MOST_CACHED = 10_000

UNFIT = (IndexError, OverflowError, UnicodeDecodeError, struct.error, Undecodable)
"""What a function raises that reads fields, where the record is to be read as a whole."""

_SIZES = tuple(0 if byte & 1 or byte >= 0x80 else 1 + (byte >> 1) for byte in range(256))
"""Bytes of a text and its length, by its first byte; 0 where the length has more bytes."""

_SCALARS = (
    *("null", "boolean", "int", "long", "float", "double"),
    *("string", "enum", "bytes", "fixed"),
)
_PER_S = {None: None, "timestamp-millis": 1_000, "timestamp-micros": 1_000_000}
"""Logical types of numbers that are instants, and how many of each are a second."""

_UNWANTED: Tree = {}


class _NotPlain(Exception):
    """The fields must be looked up in the whole record."""


class AvroFields:
    """Reads records of a schema from a place to their ends, to the values of their one items.

    Parameters
    ----------
    read
        Makes of a record's bytes what stands at each path.
    mapper
        Makes values of that.
    """

    def __init__(self, read: Callable[[bytes, int], Any], mapper: Mapper) -> None:
        self._read, self._mapper = read, mapper

    def values(self, data: bytes, at: int) -> Values | Skipped:
        """Return the values of a record."""
        return self._mapper.values(self._read(data, at))

    def rows(self, records: Sequence[bytes], at: int) -> RecordRows:
        """Return those of many records, in columns."""
        return self._mapper.rows(list(map(self._read, records, repeat(at))))


def compiled_avro(columns: Columns, schema: AvroType) -> AvroFields | None:
    """Return what reads the mapped fields of a schema's records.

    Parameters
    ----------
    columns
        Where the fields stand.
    schema
        One that `avro_decoder` takes.

    Returns
    -------
    AvroFields or None
        None where a path is not plain, or leads to or through an array or a map, or to an object.
    """
    paths = plain_paths(columns)
    tree = None if paths is None else tree_of(paths.values())
    if paths is None or tree is None or schema.kind != "record":
        return None
    leaves = sorted(set(paths.values()))
    function = _Function(AvroReaders(schema), leaves, _time_path(columns, paths))
    try:
        function.write(schema, tree, (), 1)
    except _NotPlain:
        return None
    read = function.compile()
    at = {place: leaves.index(path) for place, path in paths.items()}
    mapper = Mapper(columns, lambda place, _: itemgetter(at[place]), function.time_form)
    return AvroFields(read, mapper)


def _time_path(columns: Columns, paths: dict[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """Return the path of the time where it has one, and nothing else stands there."""
    places = columns.named.get("time", ())
    if len(places) != 1 or isinstance(places[0], Constant):
        return None
    used = [of for each in columns.named.values() for of in each if not isinstance(of, Constant)]
    used += [place for place, _ in columns.where]
    path = paths[places[0]]
    return path if [paths[place] for place in used].count(path) == 1 else None


class _Function:
    """The text of a function that reads the fields at some paths.

    In it, `data` and `at` are the record and the place, `s` is the place from which on texts that
    were passed over are not looked at yet, and `w` is how many values a record may still have.

    Parameters
    ----------
    time
        The path to the time, which stays a number where it is one.

    Attributes
    ----------
    time_form
        What it means then.
    """

    def __init__(
        self,
        readers: AvroReaders,
        leaves: list[tuple[str, ...]],
        time: tuple[str, ...] | None,
    ) -> None:
        self._readers, self._time = readers, time
        self.time_form = DIGITS
        self._leaves = {path: f"v{number}" for number, path in enumerate(leaves)}
        self._lines: list[str] = []
        self._uses: dict[str, Any] = {
            "read_number": read_number,
            "read_end": read_end,
            "SIZES": _SIZES,
            "budget": readers.budget,
        }
        self._types = self._loops = 0
        self._passed_text = self._spends = False

    def write(
        self, kind: AvroType, wanted: Tree | None, path: tuple[str, ...], indent: int
    ) -> None:
        """Write what reads a value.

        Parameters
        ----------
        wanted
            What is wanted of it: all where it is None, nothing where it is empty.
        path
            Where it stands.
        """
        self._types += 1
        if self._types > MOST_TYPES_WRITTEN or indent > MOST_INDENTS:
            raise _NotPlain
        if wanted and kind.kind in _SCALARS:
            wanted = _UNWANTED  # the path leads on, and nothing is there
        if kind.kind == "record" and self._is_written(kind):
            if wanted is None:
                raise _NotPlain
            for name, each in kind.fields:
                self.write(each, wanted.get(name, _UNWANTED), (*path, name), indent)
        elif kind.kind == "union" and len(kind.inner) <= MOST_BRANCHES:
            self._union(kind, wanted, path, indent)
        elif wanted is None and kind.kind in _SCALARS:
            self._scalar(kind, path, indent)
        elif wanted != _UNWANTED:
            raise _NotPlain
        elif kind.kind in ("array", "map") and self._loops < MOST_LOOPS:
            self._loop(kind, indent)
        else:
            self._pass_over(kind, indent)

    def _is_written(self, kind: AvroType) -> bool:
        names = [name for name, _ in kind.fields]
        return not self._readers.recurs(kind) and len(set(names)) == len(names)

    def _union(self, kind: AvroType, wanted: Tree | None, path: tuple[str, ...], at: int) -> None:
        time = self._time
        if len([each for each in kind.inner if each.kind != "null"]) != 1:
            self._time = None  # its branches may differ in what a number means
        self._add(at, "b = data[at]", f"if b & 1 or b >= {2 * len(kind.inner)}:")
        self._add(at, "    raise IndexError", "at += 1")
        word, passed_text, any_passed = "if", self._passed_text, False
        for number, each in enumerate(kind.inner):
            before, self._passed_text = len(self._lines), passed_text
            self.write(each, wanted, path, at + 1)
            if len(self._lines) > before:
                self._lines.insert(before, f"{'    ' * at}{word} b == {2 * number}:")
                word = "elif"
            any_passed |= self._passed_text
        self._passed_text, self._time = any_passed, time

    def _loop(self, kind: AvroType, indent: int) -> None:
        """Write what passes over an array or a map in one block of few items, as most are."""
        self._loops += 1
        self._spends = True
        count = f"c{self._loops}"
        each = self._readers.values_of(kind) + 1
        self._add(indent, f"{count} = data[at]", f"if {count} & 1 or {count} >= 0x80:")
        self._add(indent, "    raise IndexError", "at += 1", f"if {count}:")
        self._add(indent + 1, f"w -= ({count} >> 1) * {each}", "if w < 0:", "    raise IndexError")
        self._add(indent + 1, f"for _ in range({count} >> 1):")
        self._passed_text = True  # the item before may have had one
        before = len(self._lines)
        if kind.kind == "map":
            self._pass_over(AvroType("string"), indent + 2)
        self.write(kind.inner[0], _UNWANTED, (), indent + 2)
        if len(self._lines) == before:
            self._add(indent + 2, "pass")
        self._add(indent + 1, "if data[at]:", "    raise IndexError", "at += 1")
        self._passed_text = True
        self._loops -= 1

    def _scalar(self, kind: AvroType, path: tuple[str, ...], indent: int) -> None:
        """Write what reads a value to its variable."""
        to = self._leaves[path]
        if kind.kind == "string":
            self._look(indent)
            self._add(indent, "if e := SIZES[data[at]]:")
            self._add(indent, f"    {to} = data[at + 1 : (at := at + e)].decode()", "else:")
            self._add(indent, "    at, e = read_end(data, at)")
            self._add(indent, f"    {to} = data[at:e].decode()", "    at = e", "s = at")
        elif kind.kind in ("int", "long"):
            meaning = str if kind.logical is None else logical.OF_NUMBERS[kind.logical]
            stays = path == self._time and kind.logical in _PER_S
            if stays:
                self.time_form = NumberForm(meaning, _PER_S[kind.logical])
            self._look(indent)
            self._add(indent, "n = data[at]", "if n < 0x80:")
            self._add(indent, "    n = (n >> 1) ^ -(n & 1)", "    at += 1")
            if kind.kind == "long":
                highest = self._use(_HighestBits())
                self._add(
                    indent,
                    f"elif data[at + 1] >= 0x80 and (h := {highest}[data[at + 2 : at + 6]]):",
                )
                self._add(indent, "    n = (n & 0x7F | (data[at + 1] & 0x7F) << 7) + h")
                self._add(indent, "    n = (n >> 1) ^ -(n & 1)", "    at += 6")
            self._add(indent, "else:", "    n, at = read_number(data, at)")
            self._add(indent, "s = at", f"{to} = n" if stays else f"{to} = {self._use(meaning)}(n)")
        elif kind.kind != "null":
            self._call(kind, to, indent)

    def _pass_over(self, kind: AvroType, indent: int) -> None:
        """Write what checks a value, and makes none."""
        match kind.kind:
            case "null":
                return
            case "string":
                self._add(indent, "if e := SIZES[data[at]]:", "    at += e", "else:")
                self._look(indent + 1, passed=True)
                self._add(indent + 1, "at, e = read_end(data, at)", "data[at:e].decode()")
                self._add(indent + 1, "at = s = e")
                self._passed_text = True
            case "int" | "long":
                self._add(indent, "if data[at] < 0x80:", "    at += 1", "else:")
                self._look(indent + 1, passed=self._passed_text)
                self._add(indent + 1, "n, at = read_number(data, at)", "s = at")
            case "boolean":
                self._add(indent, "if data[at] > 1:", "    raise IndexError", "at += 1")
            case "enum" if len(kind.symbols) <= 64:
                self._add(indent, "e = data[at]", f"if e & 1 or e >= {2 * len(kind.symbols)}:")
                self._add(indent, "    raise IndexError", "at += 1")
            case "float" | "double":
                self._look(indent)
                self._add(indent, f"at += {4 if kind.kind == 'float' else 8}", "s = at")
            case _:
                self._call(kind, "n", indent)

    def _call(self, kind: AvroType, to: str, indent: int) -> None:
        self._look(indent)
        spends = kind.kind not in _SCALARS
        if spends:
            self._spends = True
            self._add(indent, f"budget.values, budget.levels = w, {DEEPEST}")
        self._add(indent, f"{to}, at = {self._use(self._readers.read(kind))}(data, at)", "s = at")
        if spends:
            self._add(indent, "w = budget.values")

    def _look(self, indent: int, *, passed: bool | None = None) -> None:
        """Write what looks at the texts that were passed over so far, if there are any."""
        if self._passed_text if passed is None else passed:
            self._add(indent, "data[s:at].decode()")
        if passed is None:
            self._passed_text = False

    def _use(self, what: Any) -> str:
        name = f"u{len(self._uses)}"
        self._uses[name] = what
        return name

    def _add(self, indent: int, *lines: str) -> None:
        self._lines += ["    " * indent + line for line in lines]

    def compile(self) -> Callable[[bytes, int], Any]:
        """Return the function; it gives what stands at the paths, as a tuple."""
        self._look(1)
        self._add(1, "if at != len(data):", "    raise IndexError")
        self._add(1, f"return ({', '.join(self._leaves.values())},)")
        begin = ["def fields(data, at):", f"    {' = '.join([*self._leaves.values(), 'None'])}"]
        begin += [f"    w = {MOST_VALUES}"] * self._spends
        text = "\n".join([*begin, "    s = at", *self._lines])
        # The text is made of this module's lines and of numbers.
        exec(compile(text, "<fields of an Avro schema>", "exec"), self._uses)  # noqa: S102
        fields: Callable[[bytes, int], Any] = self._uses["fields"]
        return fields


class _HighestBits(dict[bytes, int]):
    """What the last four of a number's six bytes add to it; 0 where they are not its last.

    A number of six bytes is what nearly all times are, in milliseconds, and the last four stay the
    same for 8 seconds.
    """

    def __missing__(self, last: bytes) -> int:
        if len(self) >= MOST_CACHED:
            self.clear()
        is_end = [byte < 0x80 for byte in last] == [False, False, False, True]
        bits = sum((byte & 0x7F) << 7 * number for number, byte in enumerate(last, 2))
        self[last] = bits if is_end else 0
        return self[last]
