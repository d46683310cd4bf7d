"""What serve says of a number or a name: what covers it, what is filed, what the plan has."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any, cast

import pytest

from streams.delivery.registry.declared import MOST_FILINGS, DeclaredNames
from streams.delivery.registry.rows import row_of
from streams.registry.control import RegistryRow
from streams.registry.entry import FilingEntry, MerchantEntry, key_of
from streams.registry.topic_rows import GOES_ON, encode_row
from tests.delivery.registry.declared_names import declared_names

DAY = dt.date(2026, 12, 1).toordinal()


@pytest.mark.parametrize(
    ("name", "day", "code", "plan"),
    [
        ("1069000199", DAY, "10690001", None),
        ("106900018812", DAY, "10690001", None),
        ("106900018812", dt.date(2020, 1, 31).toordinal(), "1069000188", None),
        ("10650001", DAY, None, "carrier"),
        ("Mall", DAY, None, None),
    ],
)
def test_the_longest_code_that_holds_covers_a_number(
    name: str, day: int, code: str | None, plan: str | None
) -> None:
    """A code that does not hold is passed over where a shorter one does."""
    found = declared_names().look_up(name, day)
    assert (found.code and found.code.id) == code
    assert (found.plan and found.plan.name) == plan


def test_a_code_that_holds_no_more_is_said_with_the_class_of_the_plan() -> None:
    """Nobody else covers the number."""
    declared = declared_names()
    declared.take(RegistryRow(20, "code/10690001", None))
    found = declared.look_up("1069000188", DAY)
    assert found.code is not None
    assert not found.code.holds_on(DAY)
    assert found.plan is not None


def test_filings_are_those_of_the_code_and_of_the_signature() -> None:
    """One that was removed is not there any more."""
    declared = declared_names()
    assert [one.code for one in declared.look_up("Mall", DAY).filings] == ["10690001", "1069000188"]
    assert [one.code for one in declared.look_up("1069000199", DAY).filings] == ["10690001"]
    declared.take(RegistryRow(20, "filing/10690001/Mall", None))
    assert [one.code for one in declared.look_up("Mall", DAY).filings] == ["1069000188"]
    assert declared.look_up("1069000199", DAY).filings_number == 0


def test_an_answer_is_bounded() -> None:
    """A code with thousands of signatures says how many they are."""
    declared = DeclaredNames()
    for seq in range(1, 1001):
        entry = FilingEntry(code="1069", signature=f"s{seq}")
        declared.take(RegistryRow(seq, key_of(entry), entry))
    found = declared.look_up("1069", DAY)
    assert (len(found.filings), found.filings_number) == (MOST_FILINGS, 1000)


def test_records_that_belong_together_hold_together_and_others_are_passed_over() -> None:
    """As `count` reads the topic."""

    def record(offset: int, value: bytes, key: bytes, *headers: str) -> Any:
        made = SimpleNamespace(
            offset=offset, key=key, value=value, headers=[(name, b"") for name in headers]
        )
        return cast("Any", made)

    declared = DeclaredNames()

    def take(found: Any) -> None:
        if (row := row_of(found)) is not None:
            declared.take(row)

    shop, mall = (encode_row(MerchantEntry(id=name)) for name in ("shop", "mall"))
    take(record(0, shop, b"merchant/shop", GOES_ON))
    take(record(1, b"{", b"merchant/other"))
    assert not declared.look_up("shop", DAY).is_known
    take(record(2, mall, b"merchant/mall"))
    assert declared.look_up("shop", DAY).is_known
