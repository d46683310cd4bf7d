"""The page of an alert: what it says and offers; nothing that came in acts on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.access.record import Record
from streams.alerts.cloudevent import Entity
from streams.delivery.console.frame.said import SaidDeed, written_said
from streams.printable import printable
from streams.series.record import FullRow
from streams.series.store.store import SeriesStore
from tests.access.known import a_session, a_token, a_user
from tests.alerts.examples import OPENED, raw
from tests.delivery.access.serving import Served, empty_feeds
from tests.delivery.console.read_page import ReadPage, hostile
from tests.hostile import unseen
from tests.series.store.buckets import T0, bucket, watched

ID = OPENED.alert_id
PARENT = "00000000000000aa"
NOTE = "called them"


def served(*known: Record, alerts: tuple[bytes, ...] = (), **serve: Any) -> Served:
    """A serve that holds alerts, or the example's."""
    one = Served(*known, **serve)
    for text in alerts or (raw(),):
        one.publish(text)
    return one


def act(on: Served, number: int, **fields: Any) -> None:
    about = {} if fields["type"] in ("silence", "snooze", "erase_note") else {"alert_id": ID}
    action = {"id": f"{number:032x}", **about, **fields}
    assert on.ask("POST", "/api/v1/actions", json=action).status_code == 200


def opened(on: Served, language: str = "en", peer: str = "127.0.0.1") -> httpx.Response:
    return on.ask("GET", f"/alerts/{ID}", peer, headers={"Accept-Language": language})


def acted_on(name: str = "wang", text: str = NOTE) -> Served:
    """An alert with everything that there is, and all that people can do."""
    last = {
        "revision": 2, "severity": "critical", "entity": Entity("signature", name),
        "looks_like": name, "belongs_to": {"platform": [name]}, "parent": PARENT,
    }  # fmt: skip
    on = served(
        alerts=(
            raw(),
            raw(**last),
            raw(alert_id=PARENT, entity=Entity("platform", name)),
            raw(alert_id="00000000000000ab", parent=PARENT, entity=Entity("sender", name)),
            raw(alert_id="00000000000000ac", entity=Entity("signature", name)),
        )
    )
    act(on, 1, type="acknowledge", severity="critical", by=name)
    act(on, 2, type="assign", to=name)
    act(on, 3, type="note", text=text)
    act(on, 4, type="label", verdict="true")
    until = {"until": "2026-03-03T00:00:00Z", "by": name}
    act(on, 5, type="silence", match={"level": "signature"}, **until)
    act(on, 6, type="snooze", entity="sender/another", signal="complaints", **until)
    return on


def test_it_says_what_is_known() -> None:
    """Sentence, figures, times in the zone, family, revisions, whose it is, what was done."""
    page = ReadPage(opened(acted_on("shop")))
    for words in (
        "critical", "Signature shop (looks like shop):", "52", "17", "3.1",
        "62 nats; an alert needs 9.2", "2020-02-02 00:00", "Asia/Shanghai", "platform",
        "It is part of", "Platform shop", "Other parts of that", "Sender shop",
        "Other alerts of the same entity", "Revisions", "opened", NOTE, "Assigned to shop",
        "Label true", "Silenced by shop , until 2026-03-03 08:00",
    ):  # fmt: skip
        assert words in page.said, (words, page.said)
    for alert_id in (PARENT, "00000000000000ab", "00000000000000ac"):
        assert ("a", {"href": f"/alerts/{alert_id}"}) in page.elements
    assert ("a", {"href": "/entities/signature/shop"}) in page.elements


def test_an_alert_that_is_over_says_when_and_is_not_acknowledged() -> None:
    """It closed with its last revision; one whose first was not read does not guess."""
    over = raw(revision=3, event="resolved", state="resolved")
    text = opened(served(alerts=(raw(), over))).text
    assert "Closed" in text
    assert "/act/acknowledge" not in text
    assert "not known here" not in text
    assert "Other revisions are left out" in text
    assert "not known here" in opened(served(alerts=(over,))).text


def test_who_may_not_act_sees_no_button() -> None:
    """A viewer's page has no form that acts; an operator's has them all."""
    known = [
        one
        for role in ("viewer", "operator")
        for one in (a_user(role, role), a_session(role, role))
    ]
    pages = {}
    for role in ("viewer", "operator"):
        headers = {"Cookie": f"weathervane-local={role}"}
        pages[role] = served(*known).ask("GET", f"/alerts/{ID}", headers=headers).text
    deeds = ("acknowledge", "assign", "label", "note", "snooze")
    assert "/act/" not in pages["viewer"]
    assert all(f'action="/act/{deed}"' in pages["operator"] for deed in deeds)


@cache
def usual_shape(language: str) -> list[str]:
    return ReadPage(opened(acted_on("plain"), language)).shape


@settings(max_examples=15, deadline=None)
@given(hostile, hostile, st.sampled_from(["en", "zh"]))
def test_whatever_came_in_is_text_and_nothing_else(name: str, text: str, language: str) -> None:
    """Names, people and notes change no element, and each stands there in full."""
    note = (printable(text) or "x")[:1000]
    answer = opened(acted_on(name, note), language)
    page = ReadPage(answer)
    assert page.shape == usual_shape(language)
    assert page.texts.count(printable(name)) >= 5
    assert note in page.texts
    assert unseen("".join(page.texts), allowed="\n") == []
    assert page.faults() == []


def test_to_open_it_changes_nothing() -> None:
    """Whoever opens it, a person or what previews links: no action, no user, no cookie."""
    on = acted_on()
    before = on.book.state.alert(ID), len(on.book.log), [*on.board], list(on.users.written)
    for _ in range(3):
        answer = opened(on)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
    assert (on.book.state.alert(ID), len(on.book.log), [*on.board], on.users.written) == before
    for method in ("POST", "PUT", "DELETE"):
        assert on.ask(method, f"/alerts/{ID}").status_code == 405


def test_who_may_not_see_it_reads_why() -> None:
    """401, 403 and 404 are pages; 503 while alerts are still being read."""
    on = served(
        a_token("r", scopes=("read",)), a_token("f", name="feed", scopes=("feeds",)), host="0.0.0.0"
    )
    away = "192.0.2.7"
    for header, status in (("", 401), ("Bearer f", 403), ("Bearer r", 404)):
        headers = {"Authorization": header} if header else {}
        answer = on.ask("GET", f"/alerts/{'e' * 16}", away, headers=headers)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
    reading = empty_feeds()
    reading.ready = False
    assert served(live=reading).ask("GET", f"/alerts/{'e' * 16}").status_code == 503


@pytest.mark.parametrize("time", ["", "soon", "9999-99-99T00:00:00Z", "2026-03-02T00:00:00"])
def test_times_that_are_none_hide_no_page(time: str) -> None:
    """What no process of ours writes, somebody else may have."""
    answer = opened(served(alerts=(raw(onset=time, first_bucket=time, last_bucket=time),)))
    assert answer.status_code == 200


def test_a_script_gets_a_page_that_has_changed_and_nothing_else() -> None:
    """By its tag, whatever changed; and what was just done is said by the next whole page."""
    on = served()
    live = {"X-Live": "1"}

    def asked(tag: str) -> httpx.Response:
        return on.ask("GET", f"/alerts/{ID}", headers={**live, "If-None-Match": tag})

    tag = opened(on).headers["etag"]
    assert asked(tag).status_code == 304
    # A browser by itself never sees an old page.
    assert on.ask("GET", f"/alerts/{ID}", headers={"If-None-Match": tag}).status_code == 200
    assert opened(on).headers["cache-control"] == "no-store"
    changes: list[Callable[[], object]] = [
        lambda: act(on, 1, type="note", text="x"),
        lambda: act(on, 2, type="erase_note", note_id=f"{1:032x}"),
        lambda: on.publish(raw(alert_id="00000000000000ac")),
        lambda: on.publish(raw(revision=2, event="updated")),
        lambda: act(on, 3, type="snooze", entity="sender/106900012345", signal="complaints",
                    until="2026-03-03T00:00:00Z"),
    ]  # fmt: skip
    for change in changes:
        change()
        new = asked(tag)
        assert new.status_code == 200
        assert new.headers["etag"] != tag
        tag = new.headers["etag"]
    said = {"Cookie": f"weathervane-said={written_said((SaidDeed('note'),))}"}
    assert "set-cookie" not in on.ask("GET", f"/alerts/{ID}", headers={**live, **said}).headers


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_plot_is_the_history_that_is_stored(tmp_path: Path, language: str) -> None:
    """About the alert; without a store, and where it has no such bucket, the revisions' plot."""
    store = SeriesStore(tmp_path / "s", keep_s=1e9, most_bytes=1 << 30)
    full = [FullRow("sender", "Shop", "sends", watched(T0 + 60))]
    store.write([bucket(T0 + 60, full=full, group="1m")], [], {})
    on = Served()

    def page(number: int, second: int) -> str:
        start = dt.datetime.fromtimestamp(T0 + second, dt.UTC).isoformat()
        shop = {
            "group": "1m",
            "bucket_s": 60,
            "signal": "sends",
            "entity": Entity("sender", "Shop"),
        }
        times = {"onset": start, "first_bucket": start, "last_bucket": start}
        on.publish(raw(alert_id=f"{number:016x}", **shop, **times))
        return on.ask("GET", f"/alerts/{number:016x}?lang={language}").text

    assert "plot history" not in page(11, 60)
    on.library.store = store
    for number, second, is_there in ((12, 60, True), (13, 6000, False)):
        text = page(number, second)
        assert ("plot history" in text) == is_there
        assert 'class="plot"' in text
    fault = raw(alert_id="f" * 16, entity=Entity("source", "Shop"), signal="source", group="1m")
    on.publish(fault)
    assert "plot history" not in on.ask("GET", f"/alerts/{'f' * 16}").text
