"""The first page over HTTP: what is open, for whoever may see it, and once for all alike."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.access.record import Record
from streams.alerts.cloudevent import Entity, decode_event
from streams.delivery.console.now import changes
from streams.delivery.console.now.shown import MEMBERS
from streams.items import name_problem
from tests.access.known import a_token
from tests.alerts.examples import OPENED, raw
from tests.delivery.access.serving import Served
from tests.hostile import names as odd_names
from tests.hostile import unseen

ID = OPENED.alert_id
LURES = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</title><script>", "{{ 7*7 }}",
    "' onmouseover='x", "{0}", "%s", "%(n)s", "javascript:alert(1)", "<!--", "\u202e", "</bdi>",
    "@all", "</style>", "x" * 100,
]  # fmt: skip
lures = st.lists(st.sampled_from(LURES), min_size=1, max_size=2).map("".join)
hostile = (odd_names | lures).filter(lambda name: not name_problem(name))


class Shape(HTMLParser):
    """The elements of a page, with their attributes' names, without what they hold."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(f"{tag} {' '.join(name for name, _ in attrs)}")


def served(*alerts: bytes, users: tuple[Record, ...] = (), **serve: Any) -> Served:
    one = Served(*users, **serve)
    for text in alerts or (raw(),):
        one.board.take(decode_event(text), text, 0.0)
    return one


def family(members: int) -> list[bytes]:
    head = raw(entity=Entity("platform", "shop"), severity="critical")
    return [head, *(raw(alert_id=f"{n:016x}", parent=ID) for n in range(2, members + 2))]


def ids(text: str) -> list[str]:
    return re.findall(r'data-alert="(\w+)"', text)


def test_families_are_folded_and_the_rest_is_a_link_away() -> None:
    """A few members are shown; the family's own address shows all."""
    on = served(*family(MEMBERS + 2))
    page = on.ask("GET", "/").text
    assert ids(page)[0] == ID  # the head's family has the freshest
    assert len(ids(page)) == 1 + MEMBERS + 1
    assert f"{MEMBERS + 2} alerts under it" in page
    assert len(ids(on.ask("GET", f"/?family={ID}").text)) == MEMBERS + 3


@pytest.mark.parametrize(
    ("asked", "count"),
    [("", 2), ("?severity=critical", 1), ("?text=1069000&level=sender", 1), ("?owner=-", 2),
     ("?owner=wang", 0), ("?state=resolved", 0), ("?lang=zh", 2), ("?page=9", 2)],
)  # fmt: skip
def test_the_address_filters(asked: str, count: int) -> None:
    """The page and its live part alike."""
    on = served(raw(severity="critical"))
    if "level" in asked:
        on = served(raw(alert_id="0" * 16, entity=Entity("platform", "1069000")))
    for path in ("/", "/console/now"):
        answer = on.ask("GET", f"{path}{asked}")
        assert (answer.status_code, len(ids(answer.text))) == (200, count)


def test_what_is_no_filter_is_refused() -> None:
    """In a sentence, not by showing something else."""
    answer = served().ask("GET", "/?state=shut")
    assert answer.status_code == 422
    assert "state must be one of" in answer.text


def test_the_live_part_is_not_sent_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its tag; an alert or a deed makes another one."""
    monkeypatch.setattr(changes, "PULSE_S", 0.0)
    on = served()
    first = on.ask("GET", "/console/now")
    headers = {"If-None-Match": first.headers["etag"]}
    assert on.ask("GET", "/console/now", headers=headers).status_code == 304
    deed = {"type": "acknowledge", "id": "1" * 32, "alert_id": ID, "severity": "warning"}
    assert on.ask("POST", "/api/v1/actions", json={**deed, "by": "wang"}).status_code == 200
    second = on.ask("GET", "/console/now", headers=headers)
    assert second.status_code == 200
    assert "wang" in second.text
    headers = {"If-None-Match": second.headers["etag"]}
    over = raw(revision=2, event="resolved", state="resolved")
    on.board.take(decode_event(over), over, 0.0)
    assert ids(on.ask("GET", "/console/now", headers=headers).text) == [f"{1:016x}"]


def test_silenced_ones_are_counted_and_a_silence_ends_by_the_clock() -> None:
    """Within a minute, though nothing else has changed."""
    on = served()
    match = {"id": OPENED.entity.id, "signal": "complaints"}
    until = "2026-03-02T00:00:30Z"
    deed = {"type": "silence", "id": "1" * 32, "match": match, "until": until, "text": "known"}
    on.clock.day = on.clock.day.replace(year=2026, month=3, day=2, hour=0, minute=0, second=0)
    assert on.ask("POST", "/api/v1/actions", json={**deed, "by": "wang"}).status_code == 200
    assert "Silenced <b>2</b>" in on.ask("GET", "/").text
    assert len(ids(on.ask("GET", "/?hidden=yes").text)) == 2
    on.clock.day = on.clock.day.replace(minute=1)
    assert "Silenced <b>0</b>" in on.ask("GET", "/").text


def test_who_only_looks_has_nothing_to_act_with() -> None:
    """And what an operator is shown is not kept for them."""
    secrets = ["wvt_" + "a" * 43, "wvt_" + "b" * 43]
    users = (a_token(secrets[0], "ops", "operator"), a_token(secrets[1], "eye", "viewer"))
    on = served(users=users, host="0.0.0.0")

    def page(path: str, secret: str) -> str:
        headers = {"Authorization": f"Bearer {secret}"}
        return str(on.ask("GET", path, "10.0.0.1", headers=headers).text)

    for path in ("/", "/console/now"):
        assert "/act/" in page(path, secrets[0])
        seen = page(path, secrets[1])
        assert "/act/" not in seen
        assert "checkbox" not in seen.replace('id="use-keys"', "") or path == "/"
        assert ids(seen) != []
    # All who may do the same share it: nothing in it is one person's.
    assert "ops" not in page("/console/now", secrets[0])


def test_an_empty_system_says_what_to_do() -> None:
    """Nothing yet, nothing open, nothing like what is looked for: three different things."""
    on = Served()
    assert "No alert is like this" in on.ask("GET", "/?text=zzz").text
    over = raw(alert_id=f"{1:016x}", revision=2, event="resolved", state="resolved")
    on.board.take(decode_event(over), over, 0.0)
    assert "Nothing is open" in on.ask("GET", "/").text
    on.board._rows.clear()
    on.board.version += 1
    assert "weathervane demo" in on.ask("GET", "/").text


@settings(max_examples=25, deadline=None)
@given(hostile, hostile, st.sampled_from(["en", "zh"]))
def test_whatever_came_in_is_text(name: str, other: str, language: str) -> None:
    """Names, look-alikes, parents, owners: the page has the elements that it always has."""

    def page(one: str, two: str) -> str:
        sender = Entity("signature", one)
        belongs = {"platform": [two]}
        on = served(raw(entity=sender, looks_like=two, belongs_to=belongs))
        for number, fields in enumerate(
            [
                {"type": "acknowledge", "severity": "warning", "by": two},
                {"type": "assign", "to": one},
            ]
        ):
            deed = {"id": f"{number + 1:032x}", "alert_id": ID, **fields}
            assert on.ask("POST", "/api/v1/actions", json=deed).status_code == 200
        headers = {"Accept-Language": language}
        return str(on.ask("GET", "/", params={"text": ""}, headers=headers).text)

    text = page(name, other)
    assert Shape(text).found == Shape(page("shop", "other")).found
    assert unseen(text) == []
