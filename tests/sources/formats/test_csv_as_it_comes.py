"""CSV as spreadsheets and exports write it: encodings, delimiters, missing headers and columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from streams.items import Event
from streams.sources.formats.csv_rows import CsvRecords
from streams.sources.read import Unopenable, open_records
from streams.sources.rejects import Undecodable
from tests.sources.files import event, read_bytes, reasons, source

WORDS = """发送时间,端口号,签名,条数
2024-11-11 08:00:00,106900012345,商城,3
2024-11-12,106900012346,电商,1
"""
TABLE = {"kind": "send", "format": "csv", "time": "发送时间", "sender": "端口号"}
CHINESE = {**TABLE, "signature": "签名", "count": "条数"}
PLAIN = {"kind": "send", "format": "csv", "time": "t", "sender": "s"}


def _refusal(table: dict[str, Any], content: bytes, folder: Path) -> str:
    path = folder / "x.csv"
    path.write_bytes(content)
    with pytest.raises(Unopenable) as caught:
        open_records(source(**table), path, None)
    return str(caught.value)


def _notes(table: dict[str, Any], content: bytes, folder: Path) -> tuple[list[str], list[Event]]:
    path = folder / "x.csv"
    path.write_bytes(content)
    records = open_records(source(**table), path, None)
    return records.notes, [event(row) for row in records]


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("gbk", "gb18030"),
        ("gb18030", "GBK"),
        ("utf-16", None),
        ("utf-16-be", None),
        ("utf-16-le", "utf-16"),
        ("utf-8-sig", None),
    ],
)
def test_every_encoding_gives_the_same_events(
    encoding: str, named: str | None, tmp_path: Path
) -> None:
    """Named where it must be, known where it can be."""
    table = CHINESE if named is None else {**CHINESE, "encoding": named}
    rows = [event(row) for row in read_bytes(source(**table), WORDS.encode(encoding), tmp_path)]
    assert [(row.sender.id, row.sender.signature, row.count) for row in rows] == [
        ("106900012345", "商城", 3),
        ("106900012346", "电商", 1),
    ]


def test_another_encoding_is_told_with_what_it_says(tmp_path: Path) -> None:
    """The refusal shows the header as a person would read it, and the key to set."""
    message = _refusal(CHINESE, WORDS.encode("gbk"), tmp_path)
    assert message.startswith(f"{tmp_path / 'x.csv'}: must have one column '发送时间'")
    assert message.endswith(
        "It is no UTF-8; in GB18030 it says 发送时间,端口号,签名,条数:"
        ' set sources.s.encoding to "gb18030"'
    )
    message = _refusal(PLAIN, "é,è\n".encode("cp1252"), tmp_path)
    assert message.endswith('It is no UTF-8: set sources.s.encoding, for example to "gb18030"')


def test_a_field_of_another_encoding_names_the_key(tmp_path: Path) -> None:
    """With a header in ASCII it is the records that show it."""
    content = "t,s\n2024-11-11,商城\n".encode("gbk")
    (row,) = read_bytes(source(**PLAIN), content, tmp_path)
    assert getattr(row, "reason", None) == "not_utf8"
    assert "`encoding`" in getattr(row, "detail", "")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("named", [True, False])
def test_the_delimiter_is_that_of_the_header(delimiter: str, named: bool, tmp_path: Path) -> None:
    """It need not be named; a comma inside a field of another file is none."""
    content = delimiter.join(["n", "t", "s"]) + "\n"
    content += delimiter.join(["1", "2024-11-11", '"a, b; c"']) + "\n"
    table = {**PLAIN, "count": "n", **({"delimiter": delimiter} if named else {})}
    (row,) = read_bytes(source(**table), content.encode(), tmp_path)
    assert event(row).sender.id == "a, b; c"


@pytest.mark.parametrize("line", ["sep=;\n", "SEP=;\r\n", '"sep=;"\n'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_excels_first_line_names_the_delimiter(line: str, encoding: str, tmp_path: Path) -> None:
    """It is no header and no record."""
    content = f"{line}t;s\n2024-11-11;a,b\n".encode(encoding)
    (row,) = read_bytes(source(**PLAIN), content, tmp_path)
    assert (event(row).sender.id, event(row).event_id) == ("a,b", "s:file:1")


def test_a_file_without_a_header_has_the_tables_columns(tmp_path: Path) -> None:
    """Its first line is a record; where there is a header all the same, it is none."""
    table: dict[str, Any] = {**PLAIN, "columns": ["s", "t", "x"]}
    rows = b'"a\nb",2024-11-11,\nc,2024-11-12,\nd,2024-11-13\n'
    found = read_bytes(source(**table), rows, tmp_path)
    assert reasons(found) == ["bad_name", "ok", "ragged"]
    assert getattr(found[0], "raw", b"") == b'"a\nb",2024-11-11,\n'
    found = read_bytes(source(**table), b"s,t,x\nc,2024-11-12,\n", tmp_path)
    assert [event(row).event_id for row in found] == ["s:file:1"]
    found = read_bytes(source(**table), b"c;2024-11-12;1,5\n", tmp_path)
    assert event(found[0]).sender.id == "c"
    assert read_bytes(source(**table), b"", tmp_path) == []


def test_a_file_whose_header_is_missing_is_told_how_to_name_the_columns(tmp_path: Path) -> None:
    """The first line is a record, as its time shows."""
    message = _refusal(PLAIN, b"2024-11-11 08:00,1069\n", tmp_path)
    assert message.endswith("name the columns in sources.s.columns")
    for line in (
        "2024-11-11 08:00,+8613800138000,your code is 12",
        "li@shop.example,now,your code",
    ):
        message = _refusal(PLAIN, f"{line}\n".encode(), tmp_path)
        assert message.endswith("name the columns in sources.s.columns")
        assert not [cell for cell in line.split(",") if cell in message]


def test_a_row_that_stands_alone_is_decoded() -> None:
    """The record of a topic is a row, of the table's columns."""
    columns = source(**PLAIN, columns=["s", "t"], delimiter="|", encoding="gbk").columns
    decoder = CsvRecords(columns)
    assert list(decoder.items('商|"2024|"'.encode("gbk"), ())) == [("2024|", "商")]
    for bad in (b"", b"a", b"a|b|c", b"a|b\nc|d", b'"a|b', b"\xff|b"):
        with pytest.raises(Undecodable):
            decoder.items(bad, ())


def test_a_column_that_need_not_be_there_is_told(tmp_path: Path) -> None:
    """Fields that an event need not have are empty; the note names key and column."""
    notes, (row,) = _notes(CHINESE, "发送时间,端口号,条数\n2024-11-11,1069,3\n".encode(), tmp_path)
    assert (row.sender.signature, row.count) == (None, 3)
    assert notes == [
        f"{tmp_path / 'x.csv'}: read without signature: there is no column '签名', which"
        " sources.s.signature asks for"
    ]


@pytest.mark.parametrize("gone", ["发送时间", "端口号", "条数"])
def test_a_column_that_must_be_there_is_missed(gone: str, tmp_path: Path) -> None:
    """Without time, sender or count something else would be counted."""
    content = WORDS.split("\n", 1)[0].replace(gone, "x").encode() + b"\n"
    assert f"must have one column '{gone}'" in _refusal(CHINESE, content, tmp_path)


def test_other_programs_files_are_told_by_name(tmp_path: Path) -> None:
    """A file of Avro has a format of its own."""
    message = _refusal(PLAIN, b"Obj\x01\x04\x14avro.codec\x08null\n", tmp_path)
    assert message.endswith('It is an Avro file: set format to "avro"')
