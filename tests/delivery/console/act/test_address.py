"""Forms that act: what is done, by whom, once; what a page says of it; what is refused."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from streams.access.secrets import csrf_token
from streams.actions.action import MakeSilence, MakeSnooze
from streams.actions.event_log import EventUnanswered
from streams.delivery.api import hand_in
from streams.delivery.console.act.deeds import DEEDS
from streams.delivery.console.act.form_problem import TOO_MANY, UNANSWERED
from streams.delivery.console.act.seen import seen
from streams.language.catalogue import Language, catalogue
from tests.access.known import NOW, a_session, a_user
from tests.alerts.examples import numbered, raw
from tests.delivery.access.serving import Served

ONE, TWO = f"{1:016x}", f"{2:016x}"
EARLY = "f" * 16
FORM = "a" * 32
ENDS = {"for": "4h"}
KEYS = {"form": FORM, "next": "/alerts/1"}
FULL: dict[str, dict[str, Any]] = {
    "acknowledge": {"alert": seen(ONE, 0, "warning")},
    "unacknowledge": {"alert": ONE},
    "assign": {"alert": seen(ONE, 0, "warning"), "to": "wang"},
    "note": {"alert": ONE, "text": "called\r\n them"},
    "erase_note": {"note": "b" * 32},
    "label": {"alert": seen(ONE, 0, "warning"), "verdict": "false", "text": "a test"},
    "snooze": {"alert": ONE, **ENDS},
    "end_snooze": {"entity": "sender/106900012345", "signal": "complaints"},
    "silence": {"platform": ["Mall", "Shop\nMart "], "text": "sale", **ENDS},
    "end_silence": {"silence": "c" * 32},
}
"""A form of each deed that can be done."""


def post(
    served: Served, what: str, fields: dict[str, Any], headers: dict[str, str] | None = None
) -> httpx.Response:
    """Send a form as a browser does."""
    body = urlencode({**KEYS, **fields}, doseq=True)
    kind = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
    return served.ask("POST", f"/act/{what}", content=body, headers=kind)


def said_after(served: Served, answer: httpx.Response, language: str = "en") -> str:
    """Return the first page after a form: it says what was done, once."""
    assert answer.status_code == 303
    value = answer.headers["set-cookie"].partition(";")[0]
    page = served.ask("GET", f"/?lang={language}", headers={"Cookie": value})
    assert 'weathervane-said=""' in page.headers["set-cookie"]
    return page.text


@pytest.mark.parametrize("what", DEEDS)
def test_each_deed_is_done_once_however_often_its_form_is_sent(what: str) -> None:
    """By who asks, at the time of serve; it goes back to its page, and says so there."""
    served = Served()
    if what == "end_silence":
        made = {"type": "silence", "id": "c" * 32, "match": {"id": "1"}}
        until = {"until": "2026-03-03T00:00:00Z"}
        served.ask("POST", "/api/v1/actions", json={**made, **until})
    if what == "end_snooze":
        post(served, "snooze", FULL["snooze"])
    before = len(served.book.log)
    answer = post(served, what, FULL[what])
    assert answer.headers["location"] == "/alerts/1"
    assert 'class="message good"' in said_after(served, answer)
    done = served.book.log[-1].action
    assert (done.by, done.at, type(done).__struct_config__.tag) == ("local", NOW, what)
    again = said_after(served, post(served, what, FULL[what]))
    assert "nothing was done twice" in again
    assert len(served.book.log) == before + 1


def test_every_deed_has_its_form() -> None:
    """A new one is tested above."""
    assert set(FULL) == set(DEEDS)


def test_what_a_form_says_stands_in_the_action() -> None:
    """Texts are one line and beside their action; a silence has each text once, as written."""
    served = Served()
    for what, fields in FULL.items():
        post(served, what, fields)
    assert "called them" in served.book.texts
    state = served.book.state
    assert (state.alert(ONE).assigned_to, state.alert(ONE).label) == (None, "false")
    (silence,) = (e.action for e in served.book.log if isinstance(e.action, MakeSilence))
    assert silence.match.texts == {"platform": ("Mall", "Shop", "Mart")}
    (snooze,) = (e.action for e in served.book.log if isinstance(e.action, MakeSnooze))
    assert (snooze.entity, snooze.signal) == ("sender/106900012345", "complaints")
    assert (snooze.until - NOW).total_seconds() == 4 * 3600


def test_many_are_done_at_once_and_who_was_faster_is_named() -> None:
    """What nobody else has touched is done; of the rest the page says by whom it was."""
    served = Served()
    served.publish(numbered(2, severity="critical"))
    by_api = {"type": "note", "id": "9" * 32, "alert_id": ONE, "by": "wang <b>", "text": "mine"}
    served.ask("POST", "/api/v1/actions", json=by_api)
    alerts = [seen(ONE, 0, "warning"), seen(TWO, 0, "warning"), seen(TWO, 0, "warning")]
    page = said_after(served, post(served, "acknowledge", {"alert": alerts}))
    assert "1 alert acknowledged." in page
    assert "wang &lt;b&gt; has acted on it since" in page
    assert served.book.state.alert(ONE).acknowledged_by is None
    # As it was seen: it became critical, so that somebody must look again.
    assert served.book.state.alert(TWO).acknowledged_as == "warning"
    chinese = said_after(served, post(served, "acknowledge", {"alert": alerts}), "zh")
    assert "alert" not in chinese.partition("<main")[2].partition("</p>")[0]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("what", ["label", "snooze", "acknowledge", "note", "assign"])
def test_what_cannot_be_done_to_one_is_done_to_the_rest(what: str, language: str) -> None:
    """Of the chosen, an early alert has no label and one that is gone nothing: the page says so."""
    served = Served()
    served.publish(numbered(2))
    served.publish(raw(alert_id=EARLY, revision=0, event="early"))
    chosen = [seen(each, 0, "warning") for each in (ONE, EARLY, "e" * 16)]
    answer = post(served, what, {**FULL[what], "alert": chosen})
    page = said_after(served, answer, language)
    done = [entry.action for entry in served.book.log]
    about = {getattr(action, "alert_id", None) for action in done}
    assert answer.headers["location"] == "/alerts/1"
    if what != "snooze":
        assert about == ({ONE} if what == "label" else {ONE, EARLY})
    assert len(done) >= 1
    said = page.partition("<main")[2]
    assert said.count('class="message good"') == 1
    assert said.count("left out" if language == "en" else "已略过") == (2 if what == "label" else 1)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_where_all_is_left_out_the_page_says_so(language: str) -> None:
    """Nothing is done, and the choice's page comes back."""
    served = Served()
    served.publish(raw(alert_id=EARLY, revision=0, event="early"))
    answer = post(served, "label", {**FULL["label"], "alert": EARLY})
    assert not served.book.log
    assert 'class="message warning"' in said_after(served, answer, language)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_refusal_of_the_book_is_in_the_readers_language(
    language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many silences, and what nobody knows to be done: the heading and sentence say it."""
    served = Served()
    monkeypatch.setattr(hand_in, "MOST_RUNNING", 0)
    too_many = post(served, "snooze", FULL["snooze"], {"Accept-Language": language})
    words = catalogue(language)
    assert too_many.status_code == 422
    assert words.gettext(TOO_MANY) in too_many.text

    async def unanswered(_: object) -> None:
        raise EventUnanswered("no answer")

    monkeypatch.setattr(served.book, "submit_all", unanswered)
    unknown = post(served, "note", FULL["note"], {"Accept-Language": language})
    assert unknown.status_code == 503
    assert words.gettext(UNANSWERED) in unknown.text


def test_the_same_deed_from_a_page_that_shows_what_came_since_is_another_deed() -> None:
    """Acknowledged, taken back, and acknowledged from the first page, which is live: it is done."""
    served = Served()
    deeds = [("acknowledge", 0, FORM), ("unacknowledge", 1, "b" * 32), ("acknowledge", 2, FORM)]
    for what, version, form in deeds:
        answer = post(served, what, {"form": form, "alert": seen(ONE, version, "warning")})
    assert "nothing was done twice" not in said_after(served, answer)
    assert served.book.state.alert(ONE).acknowledged_by == "local"


def test_a_second_text_from_the_same_page_is_another_deed() -> None:
    """Only the same form is a repeat; another's form with its id is no repeat either."""
    served = Served()
    for text in ("one", "two", "one"):
        post(served, "note", {"alert": ONE, "text": text})
    assert served.book.texts[:2] == ["one", "two"]
    assert len(served.book.log) == 2


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("acknowledge", {"alert": []}), ("acknowledge", {"alert": ["x"]}),
        ("acknowledge", {"alert": ["f" * 16]}), ("acknowledge", {"alert": ONE, "form": "x"}),
        ("note", {"alert": ONE}), ("note", {"alert": ONE, "text": " "}),
        ("note", {"alert": ONE, "text": "x" * 1001}), ("label", {"alert": ONE}),
        ("assign", {"alert": ONE, "to": "x" * 300}), ("label", {"alert": ONE, "verdict": "x"}),
        ("snooze", {"alert": ONE}), ("snooze", {"alert": ONE, "for": "2y"}),
        ("snooze", {"alert": ONE, "until": "2020-01-01T00:00"}),
        ("snooze", {"alert": ONE, "until": "9999-12-31T23:59"}),
        ("snooze", {"alert": ONE, "for": "999d"}),
        ("snooze", {"alert": ONE, "for": "9" * 400 + "d"}),
        ("silence", {"text": "all", **ENDS}), ("silence", {"platform": "x", **ENDS}),
        ("silence", {"level": "planet", "text": "x", **ENDS}),
        ("end_silence", {}), ("end_silence", {"silence": "x"}), ("erase_note", {"note": "x"}),
        ("end_snooze", {}), ("end_snooze", {"entity": "x", "signal": "sends"}),
        ("end_snooze", {"entity": "sender/x", "signal": "noise"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_cannot_be_done_is_said_and_not_done(
    what: str, fields: dict[str, Any], language: str
) -> None:
    """422 with a page that says why, in the reader's language."""
    served = Served()
    answer = post(served, what, fields, {"Accept-Language": language})
    assert answer.status_code == 422
    heading = answer.text.partition("<h1>")[2].partition("</h1>")[0]
    assert heading
    assert heading.isascii() == (language == "en")
    assert not served.book.log


def test_it_goes_to_no_other_host() -> None:
    """Whatever address a form names."""
    for address in ("https://evil.example", "//evil.example", "/\\evil", "javascript:alert(1)"):
        fields = {**FULL["acknowledge"], "next": address}
        assert post(Served(), "acknowledge", fields).headers["location"] == "/"


def test_only_who_may_act_acts_and_only_from_its_own_page() -> None:
    """A viewer's form is refused, and an operator's that does not prove its page."""
    known = [
        record
        for role in ("viewer", "operator")
        for record in (a_user(role, role), a_session(role, role))
    ]
    served = Served(*known)

    def status(role: str, csrf: str) -> int:
        headers = {"Cookie": f"weathervane-local={role}"}
        return post(
            served, "acknowledge", {**FULL["acknowledge"], "csrf": csrf}, headers
        ).status_code

    assert status("viewer", csrf_token("viewer")) == 403
    assert status("operator", "x") == 403
    assert not served.book.log
    assert status("operator", csrf_token("operator")) == 303
    assert served.book.log[0].action.by == "operator"


def test_an_address_that_is_no_deed_is_none() -> None:
    """Nothing is done."""
    assert post(Served(), "explode", {}).status_code == 404


@pytest.mark.parametrize(
    "value", ["x", "====", "W10=", "WzFd", "\u00ff", "W3sid2hhdCI6IjxiPiJ9XQ=="]
)
def test_a_cookie_that_we_did_not_write_says_nothing(value: str) -> None:
    """No sentence but ours can be put on a page."""
    page = Served().ask("GET", "/", headers={b"Cookie": f"weathervane-said={value}".encode()})
    assert page.status_code == 200
    assert '<p class="message' not in page.text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_too_much_at_once_is_a_page(language: str) -> None:
    """In the reader's language, unread; a program gets a problem as from every address."""
    on, sent = Served(), {"text": "x" * 70_000}
    page = on.ask("POST", "/act/note", data=sent, headers={"Accept-Language": language})
    assert (page.status_code, page.headers["content-type"]) == (413, "text/html; charset=utf-8")
    said = {"en": "Choose fewer alerts", "zh": "请少选一些预警"}[language]
    assert said in page.text
    program = on.ask("POST", "/api/v1/actions", json=sent)
    assert program.status_code == 413
    assert program.headers["content-type"] == "application/problem+json"
    assert on.book.texts == []
