"""Tables with and without a header: the names of columns are proposed, and no record ever is."""

from __future__ import annotations

import csv
import io
import json
import random
import tomllib
from collections.abc import Sequence

import pytest

from streams.config.load import parse_config
from streams.sources.formats.first_line import is_record, is_value
from streams.sources.trial.block import Block, block
from streams.sources.trial.choose import choose
from streams.sources.trial.look import Look, look_at_file

_PEOPLE = (
    "{0}@people.example", "Li Wei <li.{0}@people.example>", "138{0:08}", "+86 138{0:08}",
    "(202) 55{0:05}", "138****{0:04}", "1 202 55{0:05}", "tel:+1202{0:07}", '="138{0:08}"',
    "'138{0:08}", "１３８{0:08}", "user-{0:09}", "1.38{0:05}E+10", "@li{0}",
)  # fmt: skip
_NAMES = ("Zhang San", "李四", "Doris Day", "O'Brien", "M. From", "April Sent")
_TIMES = (
    "2026-03-02 08:00:00", "2 Mar 2026", "Mar 2, 2026 8:05 PM", "3/2/26", "2026年3月2日",
    "1772409600", "02.03.2026", "20260302", "2026-03-02T08:00:00+08:00",
)  # fmt: skip
_KINDS = ("fraud", "投诉", "marketing")


def _bytes(rows: Sequence[Sequence[str]], delimiter: str) -> list[bytes]:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode().splitlines(keepends=True)


def _text(look: Look) -> str:
    settings = Block("x", look.format, None, look.items, look.delimiter, None, look.header)
    found = choose(look.columns, look.records, now_s=1.8e9, timezone="Asia/Shanghai", kind=None)
    return block(settings, found)


@pytest.mark.parametrize("seed", range(60))
def test_a_table_without_a_header_shows_nobody(seed: int) -> None:
    """Whatever stands in its first record, the proposal holds none of it."""
    chance = random.Random(seed)
    person, time = chance.choice(_PEOPLE), chance.choice(_TIMES)
    width, order = chance.randint(1, 3), chance.sample(range(6), 6)

    def row(number: int) -> list[str]:
        words = chance.choice(_NAMES), chance.choice(_KINDS)
        cells = [person.format(1000 + number), *words, time, "", "ok"]
        kept = [0, 1, 3] if width == 1 else [0, 1, 2] if width == 2 else range(6)
        return [cells[at] for at in order if at in kept]

    rows = [row(number) for number in range(30)]
    lines = _bytes(rows, delimiter=chance.choice(",;\t|"))
    text = _text(look_at_file(lines))
    for cell in rows[0]:
        assert not cell or cell == "ok" or cell not in text
    (table,) = tomllib.loads(text)["sources"].values()
    assert table["columns"] == [f"c{number + 1}" for number in range(len(rows[0]))]


@pytest.mark.parametrize("seed", range(20))
def test_a_record_of_words_alone_is_no_header(seed: int) -> None:
    """Names of people and kinds: what says that they are names of columns is not there."""
    chance = random.Random(seed)
    rows = [[chance.choice(_NAMES), chance.choice(_KINDS), "1069"] for _ in range(40)]
    text = _text(look_at_file(_bytes(rows, ",")))
    assert rows[0][0] not in text


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("sent;sender", "2026-03-02 08:00:00;1069"),
        ("fecha;remitente", "2026-03-02 08:00:00;1069"),
        ("@timestamp,src,dst", "2026-03-02T08:00:00Z,1069,13800000001"),
        ("投诉时间,被举报号码,举报人手机,投诉内容", "2026-03-02 08:00:00,1069,13800000001,x"),
        ("c1,c2,c3", "2026-03-02 08:00:00,1069,13800000001"),
        ("Company_Phone_Number,Created_Date,area_code_2020", "2025550101,2021-07-08,202"),
        ("event,reason,email", "bounce,full,a@b.example"),
    ],
)
def test_names_of_columns_stay_names(header: str, row: str) -> None:
    """In any language, and a line that says the delimiter is none of them."""
    for before in ([], [f"sep={';' if ';' in header else ','}\n".encode()]):
        lines = [*before, f"{header}\n".encode(), *([f"{row}\n".encode()] * 5)]
        look = look_at_file(lines)
        assert look.header is None
        assert [column.place for column in look.columns] == header.replace(";", ",").split(",")


def test_people_who_are_keys_of_an_object_are_not_shown() -> None:
    """A document may have a place for each person; names of a format, such as ``@type``, stay."""
    people = ["13800138000", "li.wei@people.example", "+1 202 555 0101"]
    rows = [
        {
            "@type": "x",
            "ts": 1_700_000_000 + n,
            "src": f"1069{n % 3}",
            "to": dict.fromkeys(people, 1),
        }
        for n in range(20)
    ]
    text = _text(look_at_file([json.dumps(row).encode() + b"\n" for row in rows]))
    assert "$['@type']" in text
    assert not any(person in text for person in people)


def test_what_is_proposed_without_a_header_is_accepted() -> None:
    """And reads the first line as the record that it is."""
    rows = [["2026-03-02 08:00:00", f"1069{n % 3}", f"138{n:08}"] for n in range(20)]
    look = look_at_file(_bytes(rows, ","))
    assert look.records == 20
    source = parse_config(tomllib.loads(_text(look))).sources["x"]
    assert source.columns.header == ("c1", "c2", "c3")


def test_what_is_no_value() -> None:
    """Words, and words with a short number, are names; a cell of a message is not."""
    assert not any(map(is_value, ("", "v2", "year 2020 total", "area_code_2020", "10")))
    assert is_value("x" * 101)
    assert is_record(["a", "13800000001"])
    assert not is_record(["a", "b1"])
