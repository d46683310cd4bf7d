"""Files of entries: both forms say the same, and every wrong row is named."""

from __future__ import annotations

import csv
import datetime as dt
import io

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.items import name_problem
from streams.names.canonical import canonical
from streams.registry.entry import CodeEntry, Entry, FilingEntry, MerchantEntry, SignatureEntry
from streams.registry.files import COLUMNS, FileWrong, read_entries, row_of

ENTRIES: list[Entry] = [
    CodeEntry(
        id="10690001",
        holder="Mall Ltd",
        categories=("retail", "travel"),
        regions=("湖南",),
        kinds=("notice",),
        parent="1069",
        length=20,
        valid_from=dt.date(2026, 1, 1),
    ),
    SignatureEntry(id="商城", owner="Mall Ltd"),
    MerchantEntry(id="shop; two", platform="Mall"),
    FilingEntry(code="10690001", signature="商城", valid_until=dt.date(2027, 1, 1)),
]


def _csv(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _wrong(content: bytes, name: str = "codes.csv") -> list[str]:
    with pytest.raises(FileWrong) as found:
        read_entries(content, name)
    return list(map(str, found.value.wrong))


def test_what_is_exported_is_imported_again() -> None:
    assert read_entries(_csv(*map(row_of, ENTRIES)), "codes.csv") == ENTRIES
    assert read_entries(msgspec.json.encode(ENTRIES), "codes.json") == ENTRIES
    assert read_entries(b"\n".join(map(msgspec.json.encode, ENTRIES)), "codes.jsonl") == ENTRIES


HOSTILE = st.text(st.sampled_from("';\uff1b\\=+-@\"\n,1aE.\u5546 "), min_size=1, max_size=6).map(
    canonical
)
NAMES = HOSTILE.filter(lambda name: name_problem(name) is None)


@given(NAMES, st.lists(NAMES, max_size=3), NAMES)
def test_whatever_an_entry_holds_its_export_is_imported(
    name: str, listed: list[str], owner: str
) -> None:
    """Marks of text, semicolons and backslashes too."""
    entry = SignatureEntry(id=name, owner=owner, categories=tuple(listed))
    assert read_entries(_csv(row_of(entry)), "a.csv") == [entry]
    assert read_entries(msgspec.json.encode([entry]), "a.json") == [entry]


def test_a_long_number_that_a_spreadsheet_wrote_is_refused() -> None:
    for number in ("1.0690001E+07", "1.06E+11", "1E+12", "1,069E+11", "10690001.0"):
        (line,) = _wrong(f'kind,id\ncode,"{number}"\n'.encode())
        assert line.startswith("line 2, id: must have all its digits")
        (line,) = _wrong(f'kind,code,signature\nfiling,"{number}",Mall\n'.encode())
        assert "the format Text" in line
    assert read_entries(b"kind,id\ncode,'106900010001\n", "a.csv")[0].id == "106900010001"


def test_entries_of_another_form_are_refused() -> None:
    for form in ("7", "0", "true", '"1"', "1.0"):
        (line,) = _wrong(b'{"v":%s,"kind":"code","id":"1069"}' % form.encode(), "a.jsonl")
        assert line.startswith("line 1, v: must be 1")


def test_names_are_brought_to_the_form_in_which_events_are_counted() -> None:
    content = "\ufeffkind,id,holder\r\ncode,１０６９ ,Mall\u200b  Ltd\r\n\r\n".encode()
    assert read_entries(content, "a.CSV") == [CodeEntry(id="1069", holder="Mall Ltd")]


def test_every_wrong_row_is_named_with_its_column() -> None:
    found = _wrong(
        _csv(
            {"kind": "code", "id": "1", "valid_from": "2026-13-01"},
            {"kind": "code", "id": "1", "valid_from": "2026-02-02", "valid_until": "2026-02-01"},
            {"kind": "code", "id": "1", "signature": "Mall"},
            {"kind": "code", "id": "1", "length": "many"},
            {"kind": "code", "id": "1", "length": "99"},
            {"kind": "code", "id": "1", "kinds": "spam"},
            {"kind": "code", "id": "1", "parent": "2"},
            {"kind": "code"},
            {"kind": "sender", "id": "1"},
            {"kind": "code", "id": "x" * 300},
            {"kind": "filing", "code": "1"},
            {"kind": "code", "id": "7"},
            {"kind": "code", "id": "7"},
        )
    )
    begin = "kind,id,holder"
    assert [line.split(":")[0] for line in found] == [
        *("line 2, valid_from", "line 3, valid_until", "line 4, signature", "line 5, length"),
        *("line 6, length", "line 7, kinds", "line 8, parent", "line 9, id", "line 10, kind"),
        *("line 11, id", "line 12, signature", "line 14"),
    ]
    assert found[0].endswith("must be a day such as 2026-03-02; found '2026-13-01'")
    assert found[4].endswith("must be 1 to 32; found 99")
    assert found[5].endswith("must be among marketing, notice, verification; found ['spam']")
    assert found[10].endswith("must not be empty")
    assert _wrong(f"{begin}\ncode,1\n".encode())[0].startswith("line 2: must have 3 cells")
    assert _wrong(f"{begin},colour\n".encode())[0].startswith("line 1, header: must be one of")
    assert "must have a column kind" in _wrong(b"id\n1\n")[0]
    assert "must have id once" in _wrong(b"kind,id,id\n")[0]


def test_file_that_is_none_is_refused() -> None:
    assert _wrong("kind,id\ncode,商".encode("gb18030"))[0].startswith("line 2: must be UTF-8")
    assert _wrong(b"kind,id\n") == ["file: must have at least one row; found none"]
    assert _wrong(b'kind,id\ncode,"1')[0].startswith("line 2: must be CSV")
    assert _wrong(b"[", "a.json")[0].startswith("file: must be JSON")
    items = b'[{"kind":"code","id":5},7,{"kind":"code","id":"7","colour":1},{"kind":["x"]}]'
    assert [line.split(":")[0] for line in _wrong(items, "a.json")] == [
        *("item 1, id", "item 2", "item 3, colour", "item 4, kind"),
    ]


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode), st.booleans())
def test_whatever_a_file_holds_it_is_read_or_refused(content: bytes, json: bool) -> None:
    found: list[Entry] | str
    try:
        found = read_entries(b"kind,id\n" * (not json) + content, "a.json" if json else "a.csv")
    except FileWrong as error:
        found = str(error)
    assert found
