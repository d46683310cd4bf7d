"""What was sent to whom, over HTTP."""

from __future__ import annotations

import msgspec
import pytest

from streams.delivery.notify.record import encode
from tests.access.known import NOW, a_token
from tests.delivery.access.serving import Served
from tests.delivery.test_sent_log import HOUR, sent

PATH = "/api/v1/notifications"


def served() -> Served:
    """Serve that has read three notifications."""
    found = Served(a_token("t", "reader", "viewer"))
    for offset, each in enumerate([sent(1), sent(2, "pager", 1), sent(3, hours=2)]):
        found.sent.take(offset, encode(each), each)
    return found


def listed(found: Served, **asked: str | int) -> list[int]:
    """The numbers of the notifications that are listed."""
    answer = found.ask("GET", PATH, params=asked, headers={"Authorization": "Bearer t"})
    assert answer.status_code == 200, answer.text
    return [int(each["digest"], 16) for each in answer.json()["notifications"]]


def test_they_are_filtered_and_paged() -> None:
    """The newest first; a page goes on after the last one of the page before."""
    found = served()
    assert listed(found) == [3, 2, 1]
    assert listed(found, receiver="ops") == [3, 1]
    assert listed(found, alert=f"{2:016x}.7") == [2]
    assert listed(found, since=(NOW + HOUR).isoformat()) == [3, 2]
    first = found.ask("GET", PATH, params={"limit": 2}, headers={"Authorization": "Bearer t"})
    assert first.json()["after"] == 1
    assert listed(found, limit=2, after=1) == [1]
    one = first.json()["notifications"][0]
    assert (one["receiver"], one["outcome"], one["reason"]) == ("ops", "accepted", "new")
    assert one["alerts"][0]["alert_id"] == f"{3:016x}"


@pytest.mark.parametrize(
    "wrong", [{"alert": "x"}, {"since": "2026-03-02T18:00"}, {"after": "x"}, {"limit": 1001}]
)
def test_what_cannot_be_asked_is_refused(wrong: dict[str, str]) -> None:
    """422 with a sentence."""
    answer = served().ask("GET", PATH, params=wrong, headers={"Authorization": "Bearer t"})
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_who_may_not_read_is_told_nothing() -> None:
    """It is behind the gate as all of the API is."""
    assert served().ask("GET", PATH).status_code == 401


def test_an_alert_has_what_was_sent_about_it() -> None:
    """The newest first, and nothing of other alerts; its page says it, too."""
    found = served()
    again = msgspec.structs.replace(
        sent(1, hours=3), outcome="given_up", detail="it <b>refused</b>", digest="9"
    )
    found.sent.take(3, encode(again), again)
    bearer = {"Authorization": "Bearer t"}
    alert = found.ask("GET", f"/api/v1/alerts/{1:016x}", headers=bearer).json()
    assert [int(each["digest"], 16) for each in alert["notifications"]] == [9, 1]
    page = found.ask("GET", f"/alerts/{1:016x}", headers=bearer).text
    assert "<bdi>ops</bdi> was told" in page
    assert "<bdi>ops</bdi> could not be told" in page
    assert "it &lt;b&gt;refused&lt;/b&gt;" in page
