"""Names and layout: the tree keeps the rules, but for the debt that is still written down."""

from __future__ import annotations

from tests.rules.all import count, offences, read_debt


def test_no_area_breaks_a_rule_more_often_than_written_down() -> None:
    """No rule is broken anew: ``python -m tests.rules FOLDER`` prints what an area breaks."""
    found, allowed = offences(), read_debt()
    too_many = count(found) - allowed
    broken = [str(offence) for offence in found if (offence.area, offence.rule) in too_many]
    assert not broken, "\n".join([f"more than written down: {dict(too_many)}", *broken])


def test_no_debt_is_written_down_that_is_paid() -> None:
    """What an area has mended leaves the list: ``python -m tests.rules --write``."""
    assert set(read_debt()) - set(count(offences())) == set()
