"""The registry's answers: the longest prefix that holds, pairs, the plan; rows in their order."""

from __future__ import annotations

import datetime as dt

from streams.registry.control import RegistryRow
from streams.registry.entry import CodeEntry, Entry, FilingEntry, SignatureEntry, key_of
from streams.registry.plan import PlanEntry
from streams.registry.table import Registry

TODAY = dt.date(2026, 11, 30).toordinal()


def registry(*entries: Entry) -> Registry:
    made = Registry()
    made.take([RegistryRow(n, key_of(entry), entry) for n, entry in enumerate(entries, 1)])
    return made


def test_longest_code_that_covers_a_number_is_found() -> None:
    found = registry(CodeEntry(id="1069"), CodeEntry(id="10690001"), CodeEntry(id="106900012"))
    assert found.code_of("1069000123", TODAY) == CodeEntry(id="106900012")
    assert found.code_of("1069000188", TODAY) == CodeEntry(id="10690001")
    assert found.code_of("10699", TODAY) == CodeEntry(id="1069")
    assert found.code_of("95588", TODAY) is None


def test_code_nobody_registered_has_the_class_of_the_plan() -> None:
    found = registry(CodeEntry(id="10690001")).code_of("10660055", TODAY)
    assert isinstance(found, PlanEntry)
    assert (found.reach, found.use) == ("national", "commercial")


def test_code_covers_no_number_that_is_longer_than_it_allows() -> None:
    found = registry(CodeEntry(id="955", length=7))
    assert found.code_of("9558800", TODAY) is not None
    assert found.code_of("95588001", TODAY) is None


def test_name_is_not_extended() -> None:
    found = registry(CodeEntry(id="AX-MALL"))
    assert found.code_of("AX-MALL", TODAY) is not None
    assert found.code_of("AX-MALL2", TODAY) is None


def test_entry_holds_from_its_first_day_through_its_last() -> None:
    code = CodeEntry(
        id="10690001", valid_from=dt.date(2026, 11, 29), valid_until=dt.date(2026, 11, 30)
    )
    found = registry(CodeEntry(id="1069"), code)
    assert found.code_of("106900017", TODAY) == code
    assert found.code_of("106900017", TODAY + 1) == CodeEntry(id="1069")
    assert found.lapsed("106900017", TODAY + 1) == code
    assert found.lapsed("106900017", TODAY) is None
    assert found.lapsed("10699", TODAY) is None


def test_signature_is_filed_with_a_code_and_what_extends_it() -> None:
    filing = FilingEntry(code="10690001", signature="Mall")
    found = registry(filing, FilingEntry(code="10690002", signature="Mall"))
    assert found.filed("Mall", "1069000177", TODAY) == filing
    assert found.filed("Mall", "10690003", TODAY) is None
    assert found.filed("Shop", "10690001", TODAY) is None
    assert (found.signatures_filed("10690001"), found.codes_filed("Mall")) == (1, 2)


def test_rows_are_taken_once_and_in_their_order() -> None:
    found = registry(SignatureEntry(id="Mall"))
    found.take([RegistryRow(1, "signature/Mall", SignatureEntry(id="Mall", owner="late"))])
    assert found.signature("Mall", TODAY) == SignatureEntry(id="Mall")
    found.take([RegistryRow(2, "signature/Mall")])
    assert found.signature("Mall", TODAY) is None
    assert (found.seq, len(found)) == (2, 0)


def test_rows_that_belong_together_hold_together() -> None:
    found = Registry()
    code, filing = CodeEntry(id="1069"), FilingEntry(code="1069", signature="Mall")
    found.take([RegistryRow(1, key_of(code), code, goes_on=True)])
    assert found.get("code", "1069") is None
    found.take([RegistryRow(2, key_of(filing), filing)])
    assert found.get("code", "1069") == code
    assert found.filed("Mall", "10690", TODAY) == filing
