"""The records of the topic ``registry``: an entry by its key, or a removal.

The topic is compacted: of each key the newest record matters. A record that others belong to has a
header; whoever writes without it writes rows that hold at once.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from streams.items import name_problem
from streams.names.canonical import canonical
from streams.registry.control import RegistryRow
from streams.registry.entry import (
    ENTRY_FORM,
    LONGEST_ENTRY,
    ROW_TYPES,
    CodeEntry,
    Entry,
    FilingEntry,
    key_of,
    split_key,
)
from streams.registry.watch import WatchEntry

GOES_ON = "goes-on"
"""The header of a record whose row holds only when a later one without it has come."""


class TopicRow(NamedTuple):
    """A record of the topic."""

    offset: int
    key: bytes | None
    value: bytes | None
    goes_on: bool = False


class RowUnreadable(Exception):
    """A record of the topic is no row; the message says why."""


class _FormOfRow(msgspec.Struct):
    v: int = 0


_form_of_row = msgspec.json.Decoder(_FormOfRow)


_decoder = msgspec.json.Decoder(Entry)
_encode = msgspec.json.Encoder().encode


def encode_row(entry: Entry) -> bytes:
    """Return a record's value.

    Examples
    --------
    >>> encode_row(CodeEntry(id="10690001", holder="Mall"))
    b'{"v":1,"kind":"code","id":"10690001","holder":"Mall"}'
    """
    return f'{{"v":{ENTRY_FORM},'.encode() + _encode(entry)[1:]


def entry_problem(entry: Entry) -> tuple[str, str] | None:
    """Say which field of an entry breaks which rule; None where none does.

    Examples
    --------
    >>> entry_problem(CodeEntry(id="1069", parent="1065"))
    ('parent', "must be a beginning of the code 1069; found '1065'")
    """
    for field in entry.__struct_fields__:
        value = getattr(entry, field)
        for name in value if isinstance(value, tuple) else (value,):
            if not isinstance(name, str):
                continue
            if problem := name_problem(name):
                return field, problem
            if canonical(name) != name:
                return field, f"must be in the form in which names are counted, {canonical(name)!r}"
    if isinstance(entry, WatchEntry):
        return None
    begin, end = entry.valid_from, entry.valid_until
    if begin is not None and end is not None and end < begin:
        return "valid_until", f"must not be before valid_from, {begin}; found {end}"
    if isinstance(entry, CodeEntry):
        return _code_problem(entry)
    if isinstance(entry, FilingEntry) and "/" in entry.code:
        return "code", f"must not hold a slash; found {entry.code!r}"
    return None


def _code_problem(entry: CodeEntry) -> tuple[str, str] | None:
    if "/" in entry.id:
        return "id", f"must not hold a slash; found {entry.id!r}"
    parent = entry.parent
    if parent is not None and (parent == entry.id or not entry.id.startswith(parent)):
        return "parent", f"must be a beginning of the code {entry.id}; found {parent!r}"
    if entry.length is not None and entry.length < len(entry.id):
        return "length", f"must be at least {len(entry.id)}, as the code has; found {entry.length}"
    return None


def read_row(record: TopicRow) -> RegistryRow:
    """Read a record.

    Raises
    ------
    RowUnreadable
        Where it is no row that this version knows.
    """
    try:
        key = (record.key or b"").decode()
    except UnicodeDecodeError:
        raise RowUnreadable("the key must be UTF-8") from None
    kind, name = split_key(key)
    if kind not in ROW_TYPES or not name:
        raise RowUnreadable(f"the key must be KIND/ID, KIND one of {', '.join(ROW_TYPES)}")
    seq = record.offset + 1
    if record.value is None:
        return RegistryRow(seq, key, None, record.goes_on)
    if len(record.value) > LONGEST_ENTRY:
        size = len(record.value)
        raise RowUnreadable(f"{kind}: must be at most {LONGEST_ENTRY} bytes; found {size}")
    try:
        form = _form_of_row.decode(record.value).v
        if form != ENTRY_FORM:
            raise RowUnreadable(f"v must be {ENTRY_FORM}; found {form}")
        entry = _decoder.decode(record.value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RowUnreadable(f"{kind}: {error}") from None
    if key_of(entry) != key:
        raise RowUnreadable(f"{kind}: the key must be that of the value, {key_of(entry)!r}")
    if problem := entry_problem(entry):
        raise RowUnreadable(f"{kind}: {problem[0]} {problem[1]}")
    return RegistryRow(seq, key, entry, record.goes_on)
