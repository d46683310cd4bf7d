"""Silences on pages: what runs and what it hid; a new one with what it would have hidden."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from streams.alerts.cloudevent import Entity
from streams.printable import printable
from tests.access.known import a_session, a_user
from tests.alerts.examples import OPENED, raw
from tests.delivery.access.serving import Served
from tests.delivery.console.act.test_address import post
from tests.delivery.console.read_page import ReadPage, hostile

NEW = "/silences/new"


def with_silence(name: str = "Mall") -> Served:
    """A silence that hid an alert, a snooze, and a silence that was ended."""
    on = Served()
    until = {"until": "2026-03-03T00:00:00Z", "by": name}
    first = {"type": "silence", "id": "a" * 32, "match": {"id": ["Shop"]}, **until, "text": "sale"}
    snooze = {"entity": f"sender/{name}", "signal": "sends", **until}
    for fields in (
        first,
        {"type": "snooze", "id": "b" * 32, **snooze},
        {"type": "silence", "id": "c" * 32, "match": {"platform": ["gone"]}, **until},
        {"type": "end_silence", "id": "d" * 32, "silence_id": "c" * 32, "by": name},
    ):
        assert on.ask("POST", "/api/v1/actions", json=fields).status_code == 200, fields
    on.publish(raw(entity=Entity("sender", "Shop")))
    return on


def read(on: Served, address: str, language: str = "en", **params: Any) -> ReadPage:
    answer = on.ask("GET", address, params=params, headers={"Accept-Language": language})
    assert answer.status_code == 200
    return ReadPage(answer)


def test_each_says_what_it_hides_why_by_whom_until_when_and_what_it_hid() -> None:
    """Those in force, and those that ended in the last week; nothing is changed by looking."""
    on = with_silence()
    before = len(on.book.log)
    said = read(on, "/silences").said
    assert "Id Shop sale Mall 2026-03-03 08:00 1 1 End it" in said
    places = {str(a["id"]) for _, a in read(on, "/silences").elements if "id" in a}
    assert {f"silence-{one * 32}" for one in "abc"} <= places  # the log links to them
    assert "snooze sender Mall · sends" in said
    assert "Ended in the last 7 days" in said
    assert "(ended by Mall )" in said
    assert len(on.book.log) == before


def test_it_is_ended_by_its_button() -> None:
    """Then it is among those that have ended."""
    on = with_silence()
    assert post(on, "end_silence", {"silence": "a" * 32}).status_code == 303
    assert post(on, "end_snooze", {"entity": "sender/Mall", "signal": "sends"}).status_code == 303
    assert "Nothing is silenced." in read(on, "/silences").said


def test_a_silence_is_seen_before_it_is_made_and_then_it_is_what_was_seen() -> None:
    """From an alert: its entity and signal, literally; the form that makes it has just that."""
    on = Served()
    star = raw(entity=Entity("sender", "*Sale*"))
    on.publish(star)
    page = read(on, NEW, alert=OPENED.alert_id)
    assert "it would have hidden 1 of 2 alerts, and 1 messages about them." in page.said
    hidden = [a for tag, a in page.elements if tag == "input" and a.get("type") == "hidden"]
    fields = {str(each["name"]): each["value"] for each in hidden}
    assert fields["id"] == "\\*Sale\\*"
    assert post(on, "silence", {**fields, "for": "1h", "text": "why"}).status_code == 303
    (made,) = on.book.state.silences(on.clock.now())
    assert made.match.texts == {
        "level": ("sender",), "id": ("\\*Sale\\*",), "signal": ("complaints",),
    }  # fmt: skip


def test_keys_are_chosen_and_written() -> None:
    """What was chosen stays in the form; a wildcard stays though it is none of the words."""
    on = Served()
    page = read(on, NEW, signal=["complaints", "send*"], id="1069*\n  Shop ")
    checked = [a["value"] for tag, a in page.elements if tag == "input" and "checked" in a]
    assert checked == ["complaints", "send*"]
    assert "1069*\nShop" in page.texts
    assert "it would have hidden 1 of 1 alerts" in page.said


@pytest.mark.parametrize("params", [{"level": "planet"}, {"id": "x" * 300}, {"alert": "nonsense"}])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_no_alert_can_be_like_is_said(params: dict[str, str], language: str) -> None:
    """The form stays as it was, and there is nothing to make."""
    page = read(Served(), NEW, language, **params)
    assert ("message bad" in str(page.elements)) == ("alert" not in params)
    assert "/act/silence" not in str(page.elements)


def test_a_viewer_may_look_and_not_make() -> None:
    """A preview changes nothing."""
    on = Served(a_user("v", "viewer"), a_session("s", "v"))
    headers = {"Cookie": "weathervane-local=s"}
    for address in ("/silences", f"{NEW}?id=1069*"):
        page = on.ask("GET", address, headers=headers)
        assert page.status_code == 200
        assert "/act/" not in page.text


@settings(max_examples=12, deadline=None)
@given(hostile)
def test_names_are_text(name: str) -> None:
    """In a list, in a preview, and in the form that goes back."""
    on, plain = with_silence(name), with_silence()
    for address, params in (("/silences", {}), (NEW, {"platform": "%s"})):
        found, usual = (
            read(each, address, **{key: value % who for key, value in params.items()})
            for each, who in ((on, name.strip() or "x"), (plain, "Mall"))
        )
        assert found.shape == usual.shape
        assert found.faults() == []
    assert printable(name) in read(on, "/silences").texts
