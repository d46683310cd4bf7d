"""What ``init`` proposes for records of many shapes: each as its owner would have mapped it."""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from streams.config.load import parse_config
from streams.items import Send
from streams.sources.mapping.record_items import RecordItems
from streams.sources.trial.block import Block, block
from streams.sources.trial.choose import choose
from streams.sources.trial.look import Look, NotUnderstood, look_at_file, look_at_records

NOW_S = 1_796_000_000.0
"""In November 2026."""

KEY = b"0123456789abcdef"


def _table(look: Look, **settings: Any) -> dict[str, Any]:
    found = choose(
        look.columns, look.records, now_s=NOW_S, timezone="Asia/Shanghai", kind=settings.get("kind")
    )
    around = Block("x", look.format, "x", look.items, look.delimiter, look.encoding, look.header)
    text = block(around, found)
    table = tomllib.loads(text)["sources"]["x"]
    assert isinstance(table, dict)
    return table


def _mt(number: int, chance: random.Random) -> dict[str, Any]:
    return {
        "ts": 1_700_000_000_123 + 1000 * number,
        "src": f"106901234567{chance.randrange(6)}",
        "tpl_sign": "【某某商城】",
        "dst": f"138{chance.randrange(10**8):08}",
        "cust": "c-77",
        "stat": "DELIVRD",
    }


def _lines(make: Callable[[int, random.Random], Any], number: int = 60) -> list[bytes]:
    chance = random.Random(1)
    return [json.dumps(make(n, chance), ensure_ascii=False).encode() for n in range(number)]


MT = {
    "time": "$.ts",
    "sender": "$.src",
    "signature": "$.tpl_sign",
    "recipient": "$.dst",
    "account": "$.cust",
}


def test_a_log_of_messages() -> None:
    """The sender is told from the recipient, and a number that looks like a time from one."""
    table = _table(look_at_records(_lines(_mt)))
    assert table == {
        **MT, "kind": "send", "format": "json", "topic": "x", "topic_format": "source"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wrap", "items"),
    [(lambda rows: rows, "$[*]"), (lambda rows: {"page": 1, "data": rows}, "$.data[*]")],
)
def test_many_events_in_a_record(wrap: Callable[[Any], Any], items: str) -> None:
    """The array that holds them is found; the places are those within it."""

    def make(number: int, chance: random.Random) -> Any:
        return wrap([_mt(3 * number + n, chance) for n in range(3)])

    table = _table(look_at_records(_lines(make, 20)))
    assert table["items"] == items
    assert table.items() >= MT.items()


def test_what_is_proposed_for_a_topic_is_accepted_and_reads_its_records() -> None:
    """From the proposal, as it stands, to events."""
    records = _lines(_mt)
    table = _table(look_at_records(records))
    config = parse_config({"sources": {"x": table}})
    source = config.sources["x"]
    items = RecordItems(source, KEY)
    for offset, record in enumerate(records):
        (event,) = items.of_record(record, (), source.record_id(0, offset), NOW_S)
        assert isinstance(event, Send)
        assert event.sender.signature == "【某某商城】"
        assert event.recipient_hash is not None


def test_mail_with_addresses_and_a_list_of_recipients() -> None:
    """An address counts by its domain; each of the recipients is one; what is text stays out."""

    def make(number: int, _: random.Random) -> Any:
        return {
            "eventType": "Send",
            "mail": {
                "timestamp": f"2026-03-02T08:00:{number % 60:02}Z",
                "messageId": f"m{number}",
                "source": "Shop <news@shop.example>",
                "destination": [f"a{number}@x.example"],
                "commonHeaders": {"subject": "Buy"},
            },
        }

    table = _table(look_at_records(_lines(make)))
    assert (table["channel"], table["sender"], table["sender_as"]) == (
        "email", "$.mail.source", "domain"
    )  # fmt: skip
    assert (table["time"], table["recipient"]) == ("$.mail.timestamp", "$.mail.destination[*]")
    assert table["event_id"] == "$.mail.messageId"
    assert "subject" not in str(table)


def test_a_complaint_centres_table() -> None:
    """Chinese names; the reporter is a person, and the reported number is none."""
    header = "投诉时间,被举报号码,举报人手机,投诉内容\n"
    rows = [f"2026-03-{n % 28 + 1:02} 10:00:00,1069{n % 5},138{n:08},退订无效\n" for n in range(40)]
    for encoding in ("utf-8", "gb18030"):
        table = _table(look_at_file([line.encode(encoding) for line in (header, *rows)]))
        assert table["kind"] == "complaint"
        assert (table["time"], table["sender"]) == ("投诉时间", "被举报号码")
        assert table["reporter"] == "举报人手机"
        assert table.get("encoding") == (None if encoding == "utf-8" else encoding)


def test_dates_are_read_by_the_format_that_is_proposed() -> None:
    """One that leaves no doubt is proposed; otherwise the ways are listed to choose from."""
    rows = [f"{n % 12 + 1}/{n % 28 + 1}/2026;1069{n % 3}\n" for n in range(40)]
    sure = look_at_file([b"sent;sender\n", *(row.encode() for row in rows)])
    table = _table(sure)
    assert (table["time_format"], table["delimiter"]) == ("%m/%d/%Y", ";")
    unsure = look_at_file([b"sent;sender\n", b"03/04/2026;1069\n", b"05/06/2026;1069\n"])
    found = choose(unsure.columns, 2, now_s=NOW_S, timezone="UTC", kind=None)
    text = block(Block("x", "csv"), found)
    assert "choose:" in text
    assert "time_format" not in tomllib.loads(text)["sources"]["x"]


def test_columns_without_names() -> None:
    """Of a topic's records of columns: they get numbers, and the values say which is what."""
    lines = [f"170000{n:04}|10690{n % 4}|DELIVRD".encode() for n in range(40)]
    table = _table(look_at_records(lines))
    assert (table["columns"], table["delimiter"]) == (["c1", "c2", "c3"], "|")
    assert (table["time"], table["sender"]) == ("c1", "c2")


@pytest.mark.parametrize(
    ("records", "word"),
    [
        ([], "no record"),
        ([b"\0\0\0\0\x07" + b"abc" * 9] * 5, "schema_registry"),
        ([b"hello world"] * 5, "neither JSON"),
    ],
)
def test_what_cannot_be_proposed_is_said(records: Sequence[bytes], word: str) -> None:
    """With what helps."""
    with pytest.raises(NotUnderstood, match=word):
        look_at_records(records)


def test_a_missing_place_is_left_to_choose() -> None:
    """Nothing is made up: the table names the places there are, and check-config asks for it."""
    look = look_at_records([json.dumps({"x": n, "y": "DELIVRD"}).encode() for n in range(20)])
    text = block(
        Block("x", "json", "x"), choose(look.columns, 20, now_s=NOW_S, timezone="UTC", kind=None)
    )
    assert '# time = "..."' in text
    assert "which of $.x, $.y?" in text


@pytest.mark.parametrize("seed", range(30))
def test_a_message_is_never_mapped_or_shown(seed: int) -> None:
    """Whatever else is in the records, a text that people write goes nowhere."""
    chance = random.Random(seed)
    name = chance.choice(["content", "text", "msg", "smsContent", "body", "短信内容", "note"])

    def make(number: int, other: random.Random) -> Any:
        secret = f"secret {number} " * (8 if name == "note" else 1)
        rows = [*_mt(number, other).items(), (name, secret)]
        chance.shuffle(rows)
        return dict(rows)

    look = look_at_records(_lines(make))
    found = choose(look.columns, look.records, now_s=NOW_S, timezone="UTC", kind=None)
    assert name not in str(found.places)
    assert "secret" not in block(Block("x", "json"), found)


def test_no_name_of_a_record_writes_a_line_of_its_own() -> None:
    """Names come from others: in the table they are values or comments, and nothing else."""
    evil = 'x\n[sources.evil]\nkind = "send"\r#\u2028y'
    look = look_at_records(_lines(lambda n, chance: {**_mt(n, chance), evil: n}))
    found = choose(look.columns, look.records, now_s=NOW_S, timezone="UTC", kind=None)
    text = block(Block("x", "json"), found)
    assert evil.partition("\n")[0] in text
    assert list(tomllib.loads(text)["sources"]) == ["x"]
    found.places.clear()
    assert list(tomllib.loads(block(Block("x", "json"), found))["sources"]) == ["x"]
