"""Names of alerts, revisions and subjects: two that differ never share one."""

from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.identity import alert_id, revision_id, subject


def test_a_refuted_early_alert_has_an_id_of_its_own() -> None:
    """Readers that drop repeats by id see the early alert and its retraction."""
    assert revision_id("2b1926685558e977", 0, "early") == "2b1926685558e977.0"
    assert revision_id("2b1926685558e977", 0, "retracted") == "2b1926685558e977.0.retracted"
    assert revision_id("2b1926685558e977", 3, "retracted") == "2b1926685558e977.3"


def test_subject_has_one_slash_and_no_controls() -> None:
    """A subject encodes what would part it wrongly, and leaves other names readable."""
    assert subject("signature", "京东/50%\n\x85") == "signature/京东%2F50%25%0A%C2%85"


@given(st.text(), st.text())
def test_subjects_of_two_names_differ(one: str, other: str) -> None:
    """Two entities never share a subject."""
    assert (subject("sender", one) == subject("sender", other)) == (one == other)


def test_an_id_depends_on_all_that_makes_the_alert() -> None:
    """Changing any part of what names an alert changes its id."""
    base = ("60s", "sender", "a", "sends", "esr", 60, 0)
    others = [
        ("other", "sender", "a", "sends", "esr", 60, 0),
        ("60s", "platform", "a", "sends", "esr", 60, 0),
        ("60s", "sender", "b", "sends", "esr", 60, 0),
        ("60s", "sender", "a", "complaints", "esr", 60, 0),
        ("60s", "sender", "a", "sends", "focus", 60, 0),
        ("60s", "sender", "a", "sends", "esr", 120, 0),
        ("60s", "sender", "a", "sends", "esr", 60, 60),
    ]
    ids = {alert_id(*parts) for parts in [base, *others]} | {alert_id(*base, epoch=2)}
    assert len(ids) == 9
    assert all(len(one) == 16 for one in ids)
