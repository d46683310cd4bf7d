"""Cases over HTTP: who may do what, what is refused, and what an addressee sees."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest

from streams.access.roles import Identity
from streams.alerts.cloudevent import decode_event
from streams.cases.evidence import case_id_of_alert
from streams.cases.wire import OWN_ROW, ROW
from streams.delivery.cases import address, party
from tests.access.known import NOW, a_token
from tests.alerts.examples import numbered
from tests.delivery.access.serving import Served

ALERT = f"{1:016x}"
CASE = case_id_of_alert(ALERT)
CASES = "/api/v1/cases"
EVENTS = f"{CASES}/{CASE}/events"
SHOP = "platform/Shop"


def opening(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {"id": f"{number:032x}", "alert_id": ALERT, **changes}


def move(number: int, to: str, expects: int, **changes: Any) -> dict[str, Any]:
    return {"id": f"{number:032x}", "type": "move", "to": to, "expects": expects, **changes}


def transferred(**settings: Any) -> Served:
    """Serve with a case that the shop has."""
    served = Served(settings=settings)
    assert served.ask("POST", CASES, json=opening(text="look")).status_code == 200
    for asked in (move(2, "verified", 1), move(3, "transferred", 2, addressee=SHOP)):
        answer = served.ask("POST", EVENTS, json=asked)
        assert answer.status_code == 200, answer.text
    return served


@pytest.fixture
def as_addressee(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Who asks becomes an addressee, or the centre again."""

    def become(addressee: str | None) -> None:
        for module in (address, party):
            monkeypatch.setattr(module, "addressee_of", lambda _: addressee)

    return become


def test_a_case_of_an_alert_is_opened_once() -> None:
    """200 done, 200 repeat, 409 for whoever comes later; it shows the alert as it was."""
    served = Served()
    done = served.ask("POST", CASES, json=opening(kind="fraud", owner="li"))
    assert done.json() == {
        "case_id": CASE, "result": "done", "version": 1, "state": "received",
    }  # fmt: skip
    repeat = served.ask("POST", CASES, json=opening(kind="fraud", owner="li"))
    assert repeat.json()["result"] == "repeat"
    late = served.ask("POST", CASES, json=opening(2))
    assert (late.status_code, late.json()["case_id"], late.json()["why"]) == (409, CASE, "exists")
    shown = served.ask("GET", f"{CASES}/{CASE}").json()
    alert = decode_event(numbered(1)).alert
    assert shown["title"] == alert.summary
    assert (shown["kind"], shown["owner"], shown["entity"]) == (
        "fraud", "li", "sender/106900012345",
    )  # fmt: skip
    assert shown["may"] == ["verified", "rejected", "withdrawn"]
    (evidence,) = shown["evidence"]
    assert (evidence["alert_id"], evidence["revision"], evidence["observed"]) == (ALERT, 1, 52.0)


def test_a_family_and_by_hand() -> None:
    """The alerts under one are evidence, too; by hand a title is needed, and no alert."""
    served = Served()
    for number in (2, 3):
        served.publish(numbered(number, parent=ALERT))
    served.ask("POST", CASES, json=opening(family=True))
    shown = served.ask("GET", f"{CASES}/{CASE}").json()
    assert shown["origin"] == "family"
    assert [each["alert_id"] for each in shown["evidence"]] == [f"{n:016x}" for n in (1, 2, 3)]
    by_hand = {"id": "a" * 32, "title": "投诉电话反映", "entity": "platform/Shop"}
    made = served.ask("POST", CASES, json=by_hand).json()
    assert made["result"] == "done"
    assert served.ask("POST", CASES, json=by_hand).json() == {**made, "result": "repeat"}
    refused = served.ask("POST", CASES, json={"id": "b" * 32})
    assert refused.status_code == 422
    assert "title must be given" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("document", "status", "said"),
    [
        ({"alert_id": "f" * 16}, 404, "there is no alert"),
        ({"alert_id": "x"}, 422, "alert_id"),
        ({"id": "x"}, 422, "id"),
        ({"title": "x" * 201}, 422, "at most 200 characters"),
        ({"title": "two\nlines"}, 422, "control characters"),
        ({"text": "x" * 1001}, 422, "at most 1000 characters"),
        ({"text": "\x1b[31m"}, 422, "control characters"),
        ({"entity": "planet/mars"}, 422, "level"),
        ({"kind": "boring"}, 422, "kind"),
        ({"unknown": 1}, 422, "unknown"),
        ({"alerts": [f"{n:016x}" for n in range(1, 3)]}, 404, "there is no alert"),
    ],
)
def test_what_cannot_be_opened_is_refused(document: dict[str, Any], status: int, said: str) -> None:
    """With a sentence, and nothing is done."""
    served = Served()
    answer = served.ask("POST", CASES, json={**opening(), **document})
    assert answer.status_code == status
    assert said in answer.json()["detail"]
    assert not served.cases.done


def test_an_early_alert_is_no_evidence() -> None:
    """Nobody knows yet whether there will be one."""
    served = Served()
    served.publish(numbered(9, event="early", state="early", revision=0))
    answer = served.ask("POST", CASES, json=opening(alert_id=f"{9:016x}"))
    assert answer.status_code == 422
    assert "only an early alert" in answer.json()["detail"]


def test_a_transfer_gets_the_deadline_of_its_kind() -> None:
    """Where nobody says one: by the clock of serve, whatever who asks says."""
    cases = {"handle_within": "15d", "handle_within_of": {"fraud": "3d"}}
    for kind, days in ((None, 15), ("fraud", 3)):
        served = Served(settings={"cases": cases})
        served.ask("POST", CASES, json=opening(kind=kind))
        served.ask("POST", EVENTS, json=move(2, "verified", 1))
        served.ask("POST", EVENTS, json=move(3, "transferred", 2, addressee=SHOP))
        shown = served.ask("GET", f"{CASES}/{CASE}").json()
        due = dt.datetime.fromisoformat(shown["deadline"])
        assert due == NOW + dt.timedelta(days=days)
    wrong_clock = move(4, "accepted", 3, at="2031-01-01T00:00:00Z")
    assert served.ask("POST", EVENTS, json=wrong_clock).status_code == 422


def test_moves_are_refused_with_what_may_follow() -> None:
    """409 with version, state and the moves there are; 403 where it is another's turn."""
    served = transferred()
    early = served.ask("POST", EVENTS, json=move(9, "closed", 3))
    assert early.status_code == 409
    assert early.json()["why"] == "order"
    assert early.json()["may"] == ["accepted", "verified", "withdrawn"]
    late = served.ask("POST", EVENTS, json=move(10, "accepted", 2))
    assert (late.status_code, late.json()["version"], late.json()["why"]) == (409, 3, "version")
    assert served.ask("POST", EVENTS, json=move(11, "accepted", 3)).status_code == 200
    unknown = served.ask("POST", f"{CASES}/{'0' * 16}/events", json=move(12, "verified", 1))
    assert unknown.status_code == 404
    assert served.ask("GET", f"{CASES}/nonsense").status_code == 422
    no_terms = Served()
    no_terms.ask("POST", CASES, json=opening())
    no_terms.ask("POST", EVENTS, json=move(2, "verified", 1))
    answer = no_terms.ask("POST", EVENTS, json=move(3, "transferred", 2))
    assert answer.status_code == 422
    assert "addressee" in answer.json()["detail"]


def test_an_addressee_sees_and_does_only_its_own(as_addressee: Any) -> None:
    """Nothing of the centre's notes or people; another's case is not there at all."""
    served = transferred()
    note = {"id": "d" * 32, "type": "note", "text": "they lie"}
    assert served.ask("POST", EVENTS, json=note).status_code == 200
    as_addressee(SHOP)
    report = {"id": "c" * 32, "type": "progress", "text": "three codes stopped"}
    assert served.ask("POST", EVENTS, json=report).status_code == 200
    shown = served.ask("GET", f"{CASES}/{CASE}")
    assert "they lie" not in shown.text
    assert "look" not in shown.text
    assert [step["type"] for step in shown.json()["log"]] == ["move", "progress"]
    assert shown.json()["may"] == ["accepted", "verified"]
    assert shown.json()["log"][0]["by"] is None
    assert not {"owner", "opened_by", "rule", "notes"} & set(shown.json())
    assert [one["case_id"] for one in served.ask("GET", CASES).json()["cases"]] == [CASE]
    assert served.ask("POST", EVENTS, json=note | {"id": "e" * 32}).status_code == 403
    assert served.ask("POST", EVENTS, json=move(20, "withdrawn", 3)).status_code == 403
    assert served.ask("POST", CASES, json=opening(21)).status_code == 403
    assert served.ask("POST", EVENTS, json=move(22, "accepted", 3)).status_code == 200
    done = len(served.cases.done)
    as_addressee("platform/Mall")
    assert served.ask("GET", f"{CASES}/{CASE}").status_code == 404
    assert served.ask("POST", EVENTS, json=report | {"id": "f" * 32}).status_code == 404
    assert served.ask("GET", CASES).json() == {"cases": [], "filed": 0}
    assert len(served.cases.done) == done
    as_addressee(None)
    log = served.ask("GET", f"{CASES}/{CASE}").json()["log"]
    assert log[4]["by_addressee"] == SHOP
    assert log[4]["text"] == "three codes stopped"


def test_texts_are_erased_and_the_event_stays() -> None:
    """A text may name a person."""
    served = transferred()
    note = {"id": "d" * 32, "type": "note", "text": "Mr Li, 13800138000"}
    served.ask("POST", EVENTS, json=note)
    erase = {"id": "e" * 32, "type": "erase", "event_id": "d" * 32}
    assert served.ask("POST", EVENTS, json=erase).status_code == 200
    shown = served.ask("GET", f"{CASES}/{CASE}")
    assert "138" not in shown.text
    assert shown.json()["log"][3]["erased"] is True


def test_cases_are_listed_by_page_and_filter() -> None:
    """The newest first; CSV has the same rows, and nothing that a spreadsheet would run."""
    served = transferred()
    for number in range(2, 6):
        served.clock.day += dt.timedelta(days=1)
        title = "=HYPERLINK(1)" if number == 5 else f"lead {number}"
        answer = served.ask("POST", CASES, json={"id": f"{number:032x}", "title": title})
        assert answer.status_code == 200
    first = served.ask("GET", CASES, params={"limit": 3}).json()
    assert [one["title"] for one in first["cases"]] == ["=HYPERLINK(1)", "lead 4", "lead 3"]
    rest = served.ask("GET", CASES, params={"limit": 3, "after": first["after"]}).json()
    assert len(rest["cases"]) == 2
    assert "after" not in rest

    def listed(**wanted: Any) -> list[str]:
        found = served.ask("GET", CASES, params=wanted).json()["cases"]
        return [one["case_id"] for one in found]

    assert listed(state="transferred") == [CASE]
    assert listed(state=["transferred", "received"]) == listed()
    assert listed(addressee="platform/Sh\u200bop") == [CASE]
    assert listed(alert=ALERT) == [CASE]
    assert listed(entity="sender/106900012345", in_hand=True) == [CASE]
    assert listed(overdue=True) == []
    served.clock.day += dt.timedelta(days=20)
    assert listed(overdue=True) == [CASE]
    assert listed(until=NOW.isoformat()) == []
    assert served.ask("GET", CASES, params={"after": "x"}).status_code == 422
    assert served.ask("GET", CASES, params={"state": "lost"}).status_code == 422
    table = served.ask("GET", f"{CASES}.csv")
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert tuple(rows[0]) == ROW
    assert [row["title"] for row in rows][:2] == ["'=HYPERLINK(1)", "lead 4"]
    assert rows[-1]["overdue"] == "true"


def test_an_empty_table_has_its_head(as_addressee: Any) -> None:
    """Of an addressee, too."""
    as_addressee(SHOP)
    table = Served().ask("GET", f"{CASES}.csv").content.decode("utf-8-sig")
    assert table.strip().split(",") == list(OWN_ROW)


def test_roles_are_asked_for() -> None:
    """A viewer reads; only an operator whose token may act opens and moves."""
    served = Served(a_token("t", "reader", "viewer"), a_token("r", "half", "operator", ("read",)))
    for secret in "tr":
        bearer = {"Authorization": f"Bearer {secret}"}
        assert served.ask("GET", CASES, headers=bearer).status_code == 200
        assert served.ask("POST", CASES, headers=bearer, json=opening()).status_code == 403
    assert served.ask("GET", CASES).status_code == 401


def test_nobody_acts_as_another() -> None:
    """The name is that of the token."""
    served = Served(a_token("t", "pager", "operator"))
    bearer = {"Authorization": "Bearer t"}
    assert served.ask("POST", CASES, headers=bearer, json=opening(by="wang")).status_code == 200
    assert served.cases.done[0].by == "pager"


def test_while_cases_are_being_read_nothing_is_said_of_them() -> None:
    """An empty list would be wrong."""
    served = Served()
    served.cases.ready.clear()
    assert served.ask("GET", CASES).status_code == 503
    assert served.ask("GET", f"{CASES}/{CASE}").status_code == 503


def test_who_sees_everything_is_the_centre() -> None:
    """A view makes an addressee."""
    identity = Identity("wang", "operator", "session")
    assert party.addressee_of(identity) is None
    assert party.actor_of(identity, "li") == ("wang", "centre", None)
    assert party.actor_of(Identity("local", "admin", "local"), "li").by == "li"
