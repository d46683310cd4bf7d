"""Alerts and actions over HTTP: who acts is who asks; repeats and conflicts are answered."""

from __future__ import annotations

from typing import Any

import pytest

from streams.actions.note import encode_note
from tests.access.known import NOW, a_token
from tests.alerts.examples import numbered, raw
from tests.delivery.access.serving import Served

ID = f"{1:016x}"
ACTIONS = "/api/v1/actions"
BEARER = {"Authorization": "Bearer t"}


def acknowledge(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "type": "acknowledge", "id": f"{number:032x}", "alert_id": ID, "severity": "warning",
        **changes,
    }  # fmt: skip


def test_an_action_is_done_once_and_a_conflict_names_the_version() -> None:
    """200 done, 200 repeat, 409 with the version now; the alert and the log show it."""
    served = Served()
    assert served.ask("POST", ACTIONS, json=acknowledge()).json() == {
        "result": "done",
        "version": 1,
    }
    assert served.ask("POST", ACTIONS, json=acknowledge()).json()["result"] == "repeat"
    late = served.ask("POST", ACTIONS, json=acknowledge(2, expects=0))
    assert (late.status_code, late.json()["version"]) == (409, 1)
    alert = served.ask("GET", f"/api/v1/alerts/{ID}")
    assert numbered(1) in alert.content
    assert alert.json()["actions"]["acknowledged_by"] == "local"
    (done,) = served.ask("GET", ACTIONS).json()
    assert (done["type"], done["by"]) == ("acknowledge", "local")


def test_nobody_acts_as_another() -> None:
    """The name is that of the token; only on loopback without users may one name oneself."""
    served = Served(a_token("t", "pager", "operator"))
    served.ask("POST", ACTIONS, headers=BEARER, json=acknowledge(by="wang"))
    assert served.book.log[0].action.by == "pager"
    served = Served()
    served.ask("POST", ACTIONS, json=acknowledge(by="wang"))
    assert served.book.log[0].action.by == "wang"


def test_a_text_goes_beside_its_action() -> None:
    """It is none of the action's own, so that it can be erased."""
    served = Served()
    note = {"type": "note", "id": "0" * 32, "alert_id": ID, "text": "called them"}
    assert served.ask("POST", ACTIONS, json=note).status_code == 200
    assert served.book.texts == ["called them"]
    assert served.book.log[0].action.noted
    (listed,) = served.ask("GET", ACTIONS).json()
    assert listed["text"] == "called them"
    erase = {"type": "erase_note", "id": "1" * 32, "note_id": "0" * 32}
    assert served.ask("POST", ACTIONS, json=erase).status_code == 200
    assert "called" not in served.ask("GET", ACTIONS).text


@pytest.mark.parametrize(
    "wrong",
    [
        *({"type": "explode"}, {"id": "x"}, {"alert_id": "y"}, {"text": 7}, {"v": 9}),
        # No reader would take these, and what was said would be lost.
        *({"text": ""}, {"text": "two\nlines"}, {"text": "x" * 1001}),
    ],
)
def test_what_is_no_action_is_refused(wrong: dict[str, Any]) -> None:
    """422 with a sentence, and nothing is done."""
    served = Served()
    answer = served.ask("POST", ACTIONS, json=acknowledge(**wrong))
    assert answer.status_code == 422
    assert answer.json()["detail"]
    assert not served.book.log


def test_when_it_was_done_is_by_the_clock_of_serve() -> None:
    """Who asks cannot make a silence of decades, nor write a log of what was not."""
    served = Served()
    far = {"at": "2090-01-01T00:00:00Z", "until": "2091-01-01T00:00:00Z"}
    silence = {"type": "silence", "id": "a" * 32, "match": {"id": "1069"}, **far}
    answer = served.ask("POST", ACTIONS, json=silence)
    assert answer.status_code == 422
    assert "366 days" in answer.json()["detail"]
    past = acknowledge(at="2020-01-01T00:00:00Z", noted=True)
    assert served.ask("POST", ACTIONS, json=past).status_code == 200
    assert served.book.log[0].action.at == NOW
    assert not served.book.log[0].action.noted


def test_an_alert_that_is_not_there_is_not_acted_on() -> None:
    """404 where serve holds every alert; where it may not hold all, the action is taken."""
    served = Served()
    unknown = acknowledge(alert_id="f" * 16)
    assert served.ask("POST", ACTIONS, json=unknown).status_code == 404
    assert not served.book.log
    served.live.ready = False
    assert served.ask("POST", ACTIONS, json=unknown).status_code == 200
    served.live.ready, served.board.has_dropped = True, True
    assert served.ask("POST", ACTIONS, json=acknowledge(2, alert_id="e" * 16)).status_code == 200


def test_an_early_alert_is_not_labelled() -> None:
    """As by the command: nobody knows yet whether there will be one; else it may be acted on."""
    served = Served()
    early = raw(alert_id="e" * 16, event="early", state="early", revision=0)
    served.publish(early)
    label = {"type": "label", "id": "1" * 32, "alert_id": "e" * 16, "verdict": "false"}
    refused = served.ask("POST", ACTIONS, json=label)
    assert refused.status_code == 422
    assert "only an early alert" in refused.json()["detail"]
    assert not served.book.log
    assert served.ask("POST", ACTIONS, json=acknowledge(alert_id="e" * 16)).status_code == 200
    served.publish(raw(alert_id="e" * 16, event="opened", state="open", revision=1))
    assert served.ask("POST", ACTIONS, json=label).status_code == 200


def test_a_text_that_belongs_to_no_action_is_listed_and_erased() -> None:
    """Whoever wrote it was killed before the action; the text may name a person."""
    served = Served()
    served.book.notes.take("c" * 32, encode_note("Mr Li"))
    lost = served.ask("GET", "/api/v1/lost_texts").json()
    assert lost == [{"id": "c" * 32, "text": "Mr Li"}]
    erase = {"type": "erase_note", "id": "1" * 32, "note_id": "c" * 32}
    assert served.ask("POST", ACTIONS, json=erase).status_code == 200
    assert served.ask("GET", "/api/v1/lost_texts").json() == []


def test_silences_that_run_are_listed() -> None:
    """One that has been made is there at once."""
    served = Served()
    silence = {
        "type": "silence", "id": "a" * 32, "match": {"platform": "shop"},
        "until": "2026-03-03T00:00:00Z",
    }  # fmt: skip
    assert served.ask("POST", ACTIONS, json=silence).status_code == 200
    (listed,) = served.ask("GET", "/api/v1/silences").json()
    assert (listed["id"], listed["match"]) == ("a" * 32, {"platform": ["shop"]})


def test_alerts_are_filtered_sorted_and_paged() -> None:
    """Each page goes on after the last alert of the one before."""
    served = Served()
    assert len(served.ask("GET", "/api/v1/alerts").json()["alerts"]) == 1
    assert served.ask("GET", "/api/v1/alerts?state=resolved").json()["alerts"] == []
    assert served.ask("GET", "/api/v1/alerts?sort=best").status_code == 422
    page = served.ask("GET", "/api/v1/alerts?limit=1&sort=beyond_chance").json()
    rest = {"sort": "beyond_chance", "after": page["after"]}
    assert served.ask("GET", "/api/v1/alerts", params=rest).json()["alerts"] == []
    assert served.ask("GET", "/api/v1/alerts", params={"after": "x"}).status_code == 422
    assert served.ask("GET", f"/api/v1/alerts/{'f' * 16}").status_code == 404


def test_an_alert_has_its_revisions() -> None:
    """As they were published, in their order, each with the time at which it was written."""
    served = Served()
    last = numbered(1, revision=2, event="resolved", state="resolved")
    served.publish(last)
    alert = served.ask("GET", f"/api/v1/alerts/{ID}")
    first, second = alert.json()["revisions"]
    assert numbered(1) in alert.content
    assert alert.content.count(last) == 2
    assert (first["cloudevent"]["data"]["revision"], second["cloudevent"]["data"]["revision"]) == (
        1, 2,
    )  # fmt: skip
    assert first["written_at"] == "2026-03-02T12:00:00Z"
    assert alert.json()["has_all_revisions"] is True
