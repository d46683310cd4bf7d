"""The page of an alert: what it says, in two languages; nothing that came in acts on it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.access.record import Record
from streams.alerts.cloudevent import Entity, decode_event
from streams.delivery.page.document import REFUSED
from streams.language.catalogue import LANGUAGES, TAGS, Language, catalogue
from streams.printable import printable
from tests.access.known import a_token
from tests.alerts.examples import OPENED, raw
from tests.delivery.access.serving import Served, empty_feeds
from tests.hostile import names as odd_names
from tests.hostile import unseen

ID = OPENED.alert_id
PARENT = "00000000000000aa"
LURES = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</title><script>", "&lt;b&gt;",
    "' onmouseover='x", "{0}", "{}", "%s", "javascript:alert(1)", "<!--", "]]>", "\u202e", "</bdi>",
    "</style>", "http://evil.example",
]  # fmt: skip
hostile = odd_names | st.lists(st.sampled_from(LURES), min_size=1, max_size=3).map("".join)


class Page(HTMLParser):
    """What a browser would make of a page: its elements, and its text."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def shape(self) -> list[str]:
        """Its elements, without what they hold."""
        return [tag for tag, _ in self.elements]


def served(*known: Record, alerts: tuple[bytes, ...] = (), **serve: Any) -> Served:
    """A serve that holds alerts, or the example's."""
    one = Served(*known, **serve)
    for text in alerts or (raw(),):
        one.board.take(decode_event(text), text, 0.0)
    return one


def act(on: Served, number: int, **fields: Any) -> None:
    action = {"id": f"{number:032x}", "alert_id": ID, **fields}
    assert on.ask("POST", "/api/v1/actions", json=action).status_code == 200


def opened(on: Served, language: str = "en", peer: str = "127.0.0.1") -> httpx.Response:
    return on.ask("GET", f"/alerts/{ID}", peer, headers={"Accept-Language": language})


def acted_on(name: str = "wang", text: str = "called them") -> Served:
    """An alert with everything that there is, and all that people can do."""
    last = {
        "revision": 2, "severity": "critical", "entity": Entity("signature", name),
        "looks_like": name, "belongs_to": {"platform": [name]}, "parent": PARENT,
    }  # fmt: skip
    on = served(alerts=(raw(), raw(**last)))
    act(on, 1, type="acknowledge", severity="critical", by=name)
    act(on, 2, type="assign", to=name)
    act(on, 3, type="note", text=text)
    act(on, 4, type="label", verdict="true")
    silence = {"match": {"level": "signature"}, "until": "2026-03-03T00:00:00Z", "by": name}
    action = {"type": "silence", "id": "f" * 32, **silence}
    assert on.ask("POST", "/api/v1/actions", json=action).status_code == 200
    return on


def test_it_says_what_is_known() -> None:
    """Sentence, figures, times in the configuration's zone, what it belongs to, what was done."""
    answer = opened(acted_on("shop"))
    said = " ".join(Page(answer).texts)
    for words in (
        "critical", "Signature shop (looks like shop):", "52 complaints", "17 times",
        "3.1", "62 nats; an alert needs 9.2", "2020-02-02 00:00", "Asia/Shanghai", "platform",
        PARENT, f"{ID}.2", "called them", "Assigned to", "true", "Silenced", "2026-03-03 08:00",
    ):  # fmt: skip
        assert words in said, (words, said)
    assert ("a", {"href": f"./{PARENT}"}) in Page(answer).elements


def test_an_alert_that_is_over_says_when() -> None:
    """It closed with its last revision; one whose first was not read does not guess."""
    over = raw(revision=3, event="resolved", state="resolved")
    assert "Closed" in (text := opened(served(alerts=(raw(), over))).text)
    assert "not known here" not in text
    assert "not known here" in opened(served(alerts=(over,))).text


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("ZH", "zh"), ("en,zh;q=0.9", "en"), ("fr", "en"),
        ("", "en"), ("fr,zh;q=0.1", "zh"), ("zh;q=0,en;q=0.1", "en"), ("zh;q=nan", "en"),
        ("*;q=0.5,zh", "zh"), ("zh;x=1", "en"), (";;,=,zh", "zh"),
    ],
)  # fmt: skip
def test_the_language_is_the_browsers(header: str, language: Language) -> None:
    """What a header prefers of English and Chinese; English where it names neither."""
    answer = opened(served(), header)
    assert answer.headers["content-language"] == TAGS[language]
    assert f'<html lang="{TAGS[language]}">' in answer.text
    assert catalogue(language).gettext("Figures") in answer.text


@settings(max_examples=60, deadline=None)
@given(hostile, hostile, st.sampled_from(["en", "zh"]))
def test_whatever_came_in_is_text_and_nothing_else(name: str, text: str, language: str) -> None:
    """Names, people and notes change no element, and each stands there in full."""
    note = (printable(text) or "x")[:1000]
    page = Page(opened(acted_on(name, note), language))
    assert page.shape == Page(opened(acted_on("plain"), language)).shape
    assert page.texts.count(printable(name)) >= 5
    assert note in page.texts
    assert unseen("".join(page.texts), allowed="\n") == []
    for tag, attributes in page.elements:
        assert tag != "script"
        assert not any(key.startswith("on") or key in ("src", "style") for key in attributes)


def test_nothing_of_others_can_be_on_it() -> None:
    """The policy allows one style, by its hash, and the page has no other."""
    answer = opened(served())
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert Page(answer).shape.count("style") == 1
    assert "http" not in answer.text.replace("http-equiv", "")


def test_to_open_it_changes_nothing() -> None:
    """Whoever opens it, a person or what previews links: no action, no user, no cookie."""
    on = acted_on()
    before = on.book.state.alert(ID), len(on.book.log), [*on.board], list(on.users.written)
    for _ in range(3):
        answer = opened(on)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert "form" not in Page(answer).shape
    assert (on.book.state.alert(ID), len(on.book.log), [*on.board], on.users.written) == before
    for method in ("POST", "PUT", "DELETE"):
        assert on.ask(method, f"/alerts/{ID}").status_code == 405


def test_who_may_not_see_it_reads_why() -> None:
    """401, 403 and 404 are pages, in both languages; 503 while alerts are still being read."""
    on = served(
        a_token("r", scopes=("read",)), a_token("f", name="feed", scopes=("feeds",)), host="0.0.0.0"
    )
    away = "192.0.2.7"
    for header, status in (("", 401), ("Bearer f", 403), ("Bearer r", 404)):
        for language in LANGUAGES:
            headers = {"Accept-Language": language, "Authorization": header}
            if not header:
                del headers["Authorization"]
            answer = on.ask("GET", f"/alerts/{'e' * 16}", away, headers=headers)
            assert answer.status_code == status
            text = {401: "Log in", 403: "You may not do or see this."}.get(status)
            said = catalogue(language).gettext(text or REFUSED[status])
            assert said.split("`")[0] in answer.text
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "www-authenticate" in opened(on, peer=away).headers
    reading = empty_feeds()
    reading.ready = False
    assert served(live=reading).ask("GET", f"/alerts/{'e' * 16}").status_code == 503
