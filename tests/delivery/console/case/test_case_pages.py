"""Pages of cases: what the centre and an addressee see and do, and what neither may."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from streams.access.view import View
from streams.alerts.cloudevent import Entity
from streams.cases.case import Case
from streams.cases.event import NoteOnCase
from tests.access.known import a_token
from tests.alerts.examples import numbered
from tests.delivery.access.serving import Served
from tests.delivery.console.read_page import ReadPage

ALERT, PART = f"{2:016x}", f"{3:016x}"
LATER = "2026-03-20T12:00"
CENTRE, MALL, SHOP, LOOKS = "centre", "mall", "shop", "looks"


def new() -> Served:
    """An alert on a platform with one under it; the centre, two addressees, and a viewer."""
    on = Served(
        a_token(CENTRE, "zhang", "operator", days=90),
        a_token(MALL, "mall-wang", "operator", days=90, view=View("platform", "Mall")),
        a_token(SHOP, "shop-li", "operator", days=90, view=View("platform", "Shop")),
        a_token(LOOKS, "chen", "viewer", days=90),
    )
    on.publish(numbered(2, entity=Entity("platform", "Mall")))
    on.publish(numbered(3, parent=ALERT, belongs_to={"platform": ["Mall"]}))
    return on


def get(on: Served, who: str, path: str, language: str = "en") -> httpx.Response:
    headers = {"Authorization": f"Bearer {who}", "Accept-Language": language}
    return on.ask("GET", path, headers={**headers, "Accept": "text/html"})


def send(
    on: Served,
    who: str,
    path: str,
    fields: Mapping[str, Any],
    form: str = "a",
    language: str = "en",
) -> httpx.Response:
    headers = {
        "Authorization": f"Bearer {who}",
        "Accept-Language": language,
        "Accept": "text/html",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    body = urlencode({"form": form * 32, **fields})
    return on.ask("POST", path, content=body, headers=headers)


def opened(on: Served, **fields: str) -> Case:
    answer = send(on, CENTRE, "/cases", {"family": ALERT, "kind": "marketing", **fields})
    assert answer.status_code == 303, answer.text
    (case,) = on.cases.fold
    assert answer.headers["location"] == f"/cases/{case.case_id}"
    return case


def do(on: Served, who: str, what: str, form: str, **fields: str) -> Case:
    """Send a form of the page of the case, as it stands, and return the case."""
    (case,) = on.cases.fold
    path = f"/cases/{case.case_id}"
    expects = {"expects": str(case.version)} if what in ("move", "assign") else {}
    answer = send(on, who, path, {"what": what, "next": path, **expects, **fields}, form)
    assert answer.status_code == 303, answer.text
    (case,) = on.cases.fold
    return case


TRANSFER = {
    "to": "transferred", "addressee_kind": "platform", "addressee": "Mall", "deadline": LATER,
    "text": "please look at it",
}  # fmt: skip


def transferred(on: Served) -> Case:
    opened(on, text="zhang heard of it")
    do(on, CENTRE, "move", "b", to="verified", text="asked three people")
    return do(on, CENTRE, "move", "c", **TRANSFER)


def test_a_case_goes_its_whole_way_by_buttons() -> None:
    """From the alert to handled and closed; each page says what may be done next, and to whom."""
    on = new()
    assert "Open a case of it and its parts" in get(on, CENTRE, f"/alerts/{ALERT}").text
    case = transferred(on)
    assert (case.state, case.addressee) == ("transferred", "platform/Mall")
    assert len(case.evidence) == 2
    path = f"/cases/{case.case_id}"
    assert f'href="{path}"' in get(on, CENTRE, f"/alerts/{ALERT}").text
    mine = ReadPage(get(on, MALL, path))
    assert "Accept" in mine.said
    assert "please look at it" in mine.said
    do(on, MALL, "move", "d", to="accepted", text="Wang does it")
    do(on, MALL, "progress", "e", text="two shops are closed")
    assert "two shops are closed" in get(on, CENTRE, path).text
    case = do(on, MALL, "move", "f", to="handled", text="all of it is off")
    assert (case.state, case.in_time) == ("handled", True)
    assert "handled in time" in ReadPage(get(on, CENTRE, path)).said
    case = do(on, CENTRE, "move", "0", to="closed", text="nothing came for a month")
    assert case.has_ended
    assert ReadPage(get(on, CENTRE, path)).shape.count("form") == 7  # texts can still be erased


def test_the_addressee_sees_its_own_and_nothing_of_the_centres_people() -> None:
    """No name, no note; a case of others is as one that there is not."""
    on = new()
    case = transferred(on)
    do(on, CENTRE, "note", "d", text="they did this before")
    path = f"/cases/{case.case_id}"
    for page in (get(on, MALL, path), get(on, MALL, "/cases")):
        assert page.status_code == 200
        for hidden in ("zhang", "did this before", "heard of it", "asked three"):
            assert hidden not in page.text
    assert "zhang" in get(on, CENTRE, path).text
    there, nowhere = get(on, SHOP, path), get(on, SHOP, f"/cases/{'0' * 16}")
    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert there.text.replace(case.case_id, "ID") == nowhere.text.replace("0" * 16, "ID")
    assert case.case_id not in get(on, SHOP, "/cases?state=all").text
    fields = {"what": "move", "to": "accepted", "expects": str(case.version)}
    assert send(on, SHOP, path, fields).status_code == 404
    assert get(on, SHOP, f"/alerts/{ALERT}").status_code == 404


def test_a_case_before_its_transfer_is_nobodys_but_the_centres() -> None:
    on = new()
    case = opened(on)
    assert get(on, MALL, f"/cases/{case.case_id}").status_code == 404
    assert "Open a case" not in get(on, MALL, f"/alerts/{ALERT}").text
    assert send(on, MALL, "/cases", {"alert": PART}).status_code == 403
    assert get(on, MALL, "/cases/new").status_code == 403
    assert send(on, LOOKS, "/cases", {"alert": PART}).status_code == 403
    assert "form" not in ReadPage(get(on, LOOKS, f"/cases/{case.case_id}")).shape


def test_an_addressee_does_only_what_is_its_own() -> None:
    """What is the centre's turn is refused in words, and nothing is done."""
    on = new()
    case = transferred(on)
    path = f"/cases/{case.case_id}"
    refused = send(
        on, MALL, path, {"what": "move", "to": "withdrawn", "expects": str(case.version)}, "d"
    )
    assert refused.status_code == 403
    assert "you may not do that" in refused.text
    note = send(on, MALL, path, {"what": "note", "text": "x"}, "e")
    assert note.status_code in (403, 422)
    assert not any(isinstance(one, NoteOnCase) for one in on.cases.done)
    back = send(on, MALL, path, {"what": "move", "to": "verified", "back": "yes",
                                 "expects": str(case.version)}, "f")  # fmt: skip
    assert back.status_code == 422
    case = do(on, MALL, "move", "0", to="verified", back="yes", text="not ours")
    assert case.state == "verified"
    assert get(on, MALL, path).status_code == 404


@pytest.mark.parametrize(("language", "said"), [("en", "somebody has changed it"), ("zh", "其间")])
def test_two_who_move_one_case_at_once(language: str, said: str) -> None:
    """The second is told, in their language; the same form sent twice does nothing twice."""
    on = new()
    case = opened(on)
    path, fields = f"/cases/{case.case_id}", {"what": "move", "to": "verified", "expects": "1"}
    assert send(on, CENTRE, path, fields, "b").status_code == 303
    again = send(on, CENTRE, path, fields, "b")
    assert again.status_code == 303
    other = send(on, CENTRE, path, {**fields, "to": "rejected"}, "c", language)
    assert other.status_code == 409
    assert said in other.text
    assert len(on.cases.done) == 2


def test_who_opens_what_is_open_is_led_there() -> None:
    on = new()
    case = opened(on)
    again = send(on, CENTRE, "/cases", {"alert": ALERT}, "b")
    assert (again.status_code, again.headers["location"]) == (303, f"/cases/{case.case_id}")
    cookie = again.headers["set-cookie"].partition(";")[0]
    page = on.ask("GET", f"/cases/{case.case_id}", headers={
        "Authorization": f"Bearer {CENTRE}", "Cookie": cookie,
    })  # fmt: skip
    assert "There is this case already" in page.text


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"alert": "nonsense"},
        {"title": ""},
        {"title": "x" * 201},
        {"title": "x", "kind": "nonsense"},
        {"title": "x", "entity": "nonsense"},
        {"title": "x", "form": "short"},
        {"title": "x", "text": "y" * 1001},
        {"alert": "f" * 16},
    ],
)
def test_what_cannot_be_a_case_is_refused_on_a_page(fields: dict[str, str]) -> None:
    on = new()
    answer = send(on, CENTRE, "/cases", fields)
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"].startswith("text/html")
    assert on.cases.done == []


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"what": "nonsense"},
        {"what": "move", "to": "nonsense", "expects": "1"},
        {"what": "move", "to": "verified"},
        {"what": "move", "to": "closed", "expects": "1"},
        {"what": "move", "to": "verified", "expects": "-1"},
        {"what": "note"},
        {"what": "evidence", "alert": "a b"},
        {"what": "evidence", "alert": "f" * 16},
        {"what": "erase", "event": "nonsense"},
        {"what": "assign", "expects": "1", "deadline": "2020-01-01T00:00"},
        {"what": "assign", "expects": "1", "addressee": "Mall"},
    ],
)
def test_what_cannot_be_done_is_refused_on_a_page(fields: dict[str, str]) -> None:
    on = new()
    case = opened(on)
    answer = send(on, CENTRE, f"/cases/{case.case_id}", fields, "b")
    assert answer.status_code in (404, 409, 422), answer.status_code
    assert answer.headers["content-type"].startswith("text/html")
    assert len(on.cases.done) == 1


def test_terms_notes_evidence_and_erasing() -> None:
    """What else the centre does on the page; an erased text is gone from it."""
    on = new()
    send(on, CENTRE, "/cases", {"alert": ALERT, "text": "first words"})
    case = do(on, CENTRE, "assign", "b", owner="li")
    assert case.owner == "li"
    case = do(on, CENTRE, "assign", "c", deadline=LATER)
    assert case.deadline is not None
    case = do(on, CENTRE, "evidence", "d", alert=PART)
    assert [one.alert_id for one in case.evidence] == [ALERT, PART]
    path = f"/cases/{case.case_id}"
    assert "first words" in get(on, CENTRE, path).text
    do(on, CENTRE, "erase", "e", event=case.log[0].id)
    assert "first words" not in get(on, CENTRE, path).text


def test_the_list_counts_filters_and_marks_what_is_overdue() -> None:
    """In red, for the centre and for whom it is due; the counts are of one's own cases only."""
    on = new()
    case = transferred(on)
    send(on, CENTRE, "/cases", {"title": "by phone", "kind": "fraud"}, "d")
    said = ReadPage(get(on, CENTRE, "/cases")).said
    assert "In hand 2 Overdue 0" in said
    on.clock.day = on.clock.day.replace(day=30)
    for who, number in ((CENTRE, 2), (MALL, 1)):
        page = get(on, who, "/cases")
        assert f"In hand {number} Overdue 1" in ReadPage(page).said
        assert re.search(r'<tr id="case-[0-9a-f]+" class="overdue">', page.text)
    assert "In hand 0 Overdue 0" in ReadPage(get(on, SHOP, "/cases")).said
    for query, shown in {
        "overdue=yes": True, "state=transferred": True, "state=received": False,
        "kind=fraud": False, "addressee=platform/Mall": True, "addressee=platform/Shop": False,
        "entity=platform/Mall": True, "owner=nobody": False, "state=all": True, "state=x": True,
    }.items():  # fmt: skip
        page = get(on, CENTRE, f"/cases?{query}")
        assert (f"case-{case.case_id}" in page.text) == shown, query
    assert get(on, CENTRE, "/cases?after=nonsense").status_code == 422


def test_hostile_words_stay_words() -> None:
    """A title, names and texts of anybody's make no other page."""
    on = new()
    lure = "<script>alert(1)</script>'\"{{7*7}}"
    opened(on, title=lure, owner=lure, text=lure)
    do(on, CENTRE, "move", "b", to="verified", text=lure)
    case = do(on, CENTRE, "move", "c", **{**TRANSFER, "addressee": lure})
    for path in ("/cases", f"/cases/{case.case_id}", f"/alerts/{ALERT}"):
        for language in ("en", "zh"):
            page = ReadPage(get(on, CENTRE, path, language))
            assert page.faults() == []
            assert lure in page.said
