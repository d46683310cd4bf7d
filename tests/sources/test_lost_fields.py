"""An impossible secondary field loses the field and not the record: it is counted, and told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streams.items import Reject, Skipped
from streams.sources.lost_fields import LostFields
from streams.sources.read import open_records
from streams.sources.whole_number import whole_number
from tests.cli.cli import Cli
from tests.sources.files import complaint, source

HEAD = "t,s,sig,cat,reg,occ,id,n\n"
TABLE = {
    "kind": "complaint",
    "format": "csv",
    **{"time": "t", "sender": "s", "signature": "sig", "category": "cat", "region": "reg"},
    **{"occurred_at": "occ", "event_id": "id", "count": "n"},
}
GOOD = "2026-03-02,1069,Mall,shops,021,2026-03-01,e1,3"


@pytest.mark.parametrize(
    ("column", "value", "field"),
    [
        ("sig", "a\x07b", "signature"),
        ("sig", "\u200b", "signature"),
        ("cat", "x" * 300, "category"),
        ("reg", "0\x0721", "region"),
        ("occ", "yesterday", "occurred_at"),
        ("occ", "03/01/2026", "occurred_at"),
        ("id", "e\x07", "event_id"),
    ],
)
def test_the_field_is_lost_and_the_record_is_not(
    column: str, value: str, field: str, tmp_path: Path
) -> None:
    """All else of it counts; the field and the reason are told once for all."""
    at = HEAD.strip().split(",").index(column)
    cells = GOOD.split(",")
    cells[at] = value
    path = tmp_path / "f"
    path.write_text(f"{HEAD}{GOOD}\n{','.join(cells)}\n{','.join(cells)}\n")
    records = open_records(source(**TABLE), path, None)
    whole, *without = [complaint(row) for row in records]
    assert records.lost.counts == {field: 2}
    (sentence,) = records.lost.sentences()
    assert sentence.startswith(f"2 values of `{field}` are left out: ")
    assert value not in sentence
    for event in without:
        assert (event.event_time, event.sender.id, event.count) == (
            whole.event_time,
            "1069",
            3,
        )
        name = field if field in ("region", "occurred_at") else None
        assert name is None or getattr(event, name) is None
        assert (event.sender.signature is None) is (field == "signature")
        assert (event.sender.category is None) is (field == "category")
        assert (event.event_id == "e1") is (field != "event_id")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("soon,1069,Mall,,,,,3", "bad_time"),
        ("2026-03-02,a\x07,Mall,,,,,3", "bad_name"),
        ("2026-03-02,1069,Mall,,,,,many", "wrong_type"),
    ],
)
def test_what_counts_must_be_there(row: str, reason: str, tmp_path: Path) -> None:
    """Without time, sender or count a record is a reject."""
    path = tmp_path / "f"
    path.write_text(f"{HEAD}{row}\n")
    (found,) = open_records(source(**TABLE), path, None)
    assert isinstance(found, Reject)
    assert found.reason == reason


def test_replay_tells_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For people a warning, for programs the numbers."""
    monkeypatch.chdir(tmp_path)
    table = "\n".join(f'{key} = "{value}"' for key, value in TABLE.items())
    Path("c.toml").write_text(f'timezone = "UTC"\n[sources.s]\n{table}\nbucket = "1d"\n')
    Path("f.csv").write_text(f"{HEAD}{GOOD}\n{GOOD.replace('Mall', 'M' * 300)}\n")
    words = ("replay", "s=f.csv", "--config", "c.toml", "--alerts", "a")
    cli = Cli(monkeypatch)
    assert "warning: s: 1 value of `signature` is left out: signature must" in cli(*words).stderr
    found = json.loads(cli(*words, "--json").stdout)["sources"]["s"]
    assert found["lost"] == {"signature": 1}


def test_what_is_held_does_not_grow() -> None:
    """A million of a field are one number and the first sentence."""
    lost, other = LostFields(), LostFields()
    for number in range(1000):
        lost.add("region", f"sentence {number}")
        other.add("signature", "x")
    lost.take(other)
    assert lost.counts == {"region": 1000, "signature": 1000}
    assert next(iter(lost.sentences())) == "1,000 values of `region` are left out: sentence 0"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *((text, 1234) for text in ("1234", "1,234", "1 234", "1'234", "1’234", "1\u00a0234")),
        *((text, 1234) for text in ("1,234.00", "1.234,00", "1234.0", "1234,00", '="1234"')),
        *((text, 1234567) for text in ("1,234,567", "1.234.567", "12,34,567", "1 234 567")),
        ("１２３", 123),
        ("0", 0),
        ("-1", -1),
        *((text, None) for text in ("", "1.234", "1.000", "1,5", "1.5", "1e3", "12,34", "1,2345")),
        *((text, None) for text in ("٣", "3 pcs", "NaN", "0x10", "1,234.5", ",123", "1,,234")),
        ("9" * 100_000, None),
    ],
)
def test_numbers_with_separators(text: str, number: int | None) -> None:
    """What has one reading is read; what may be a fraction or a thousand is not."""
    assert whole_number(text) == number


def test_a_count_with_separators_counts(tmp_path: Path) -> None:
    """As a spreadsheet shows it."""
    path = tmp_path / "f"
    path.write_text(f'{HEAD}2026-03-02,1069,,,,,,"1,234"\n2026-03-02,1069,,,,,,0\n')
    first, second = open_records(source(**TABLE), path, None)
    assert not isinstance(first, Reject | Skipped)
    assert (first.count, isinstance(second, Skipped)) == (1234, True)
