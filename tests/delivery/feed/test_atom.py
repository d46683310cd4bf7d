"""The same pages as Atom: valid by RFC 4287, whatever a sender is called."""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.alerts.cloudevent import Entity
from streams.delivery.feed.atom import NAMESPACE
from tests.alerts.examples import numbered, raw
from tests.delivery.feed.service_client import FEED, live_with
from tests.delivery.feed.test_service import get, problem
from tests.hostile import names

ATOM = FEED.replace(".json", ".atom")
NS = {"a": NAMESPACE}
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def texts(parent: Xml.Element, name: str) -> list[str]:
    """The texts of an element's children of a name."""
    return [one.text or "" for one in parent.findall(f"a:{name}", NS)]


def valid(document: bytes) -> Xml.Element:
    """A feed that keeps the rules of RFC 4287, sections 4.1.1 and 4.1.2."""
    feed = Xml.fromstring(document)
    assert feed.tag == f"{{{NAMESPACE}}}feed"
    for one in (feed, *feed.findall("a:entry", NS)):
        for name in ("id", "title", "updated"):
            assert len(texts(one, name)) == 1, name
        assert texts(one, "id")[0].startswith("urn:uuid:")
        assert DATE.fullmatch(texts(one, "updated")[0])
        for link in one.findall("a:link", NS):
            assert urlsplit(link.attrib["href"]).netloc == "feed.test:8780"
        for category in one.findall("a:category", NS):
            assert category.attrib["term"]
    assert [one.findtext("a:name", "", NS) for one in feed.findall("a:author", NS)] != [""]
    entries = feed.findall("a:entry", NS)
    assert len({texts(one, "id")[0] for one in entries}) == len(entries)
    for one in entries:
        assert len(one.findall("a:content", NS)) == 1
        links = [link.attrib["rel"] for link in one.findall("a:link", NS)]
        assert links == ["alternate"]
    return feed


def link(feed: Xml.Element, rel: str) -> str | None:
    """The address of a feed's link."""
    found = [one.attrib["href"] for one in feed.findall("a:link", NS) if one.attrib["rel"] == rel]
    return found[0] if found else None


def test_pages_have_the_items_of_the_json_feed() -> None:
    """A reader that follows the links gets every item once; an id stays the same for ever."""
    live = live_with(*map(numbered, (1, 2, 4)))
    answer = get(live, ATOM, params={"after": 0, "limit": 2})
    assert answer.headers["content-type"] == "application/atom+xml"
    feed = valid(answer.content)
    assert link(feed, "self") == f"http://feed.test:8780{ATOM}"
    assert link(feed, "alternate") == f"http://feed.test:8780{FEED}"
    following = link(feed, "next")
    assert following is not None
    last = valid(get(live, following).content)
    assert link(last, "next") is None
    found = [one for page in (feed, last) for one in page.findall("a:entry", NS)]
    items = get(live, FEED, params={"after": 0}).json()["items"]
    assert [texts(one, "title")[0] for one in found] == [one["title"] for one in items]
    assert [texts(one, "content")[0] for one in found] == [one["content_text"] for one in items]
    assert texts(last, "updated") == [items[-1]["date_published"]]
    [first] = valid(get(live, ATOM, params={"after": 0, "limit": 1}).content).findall("a:entry", NS)
    assert texts(first, "id") == texts(found[0], "id")
    own = first.find("a:link", NS)
    assert own is not None
    [same] = valid(get(live, own.attrib["href"]).content).findall("a:entry", NS)
    assert texts(same, "id") == texts(first, "id")


def test_a_feed_without_items_is_valid() -> None:
    feed = valid(get(live_with(), ATOM).content)
    assert feed.findall("a:entry", NS) == []
    assert dt.datetime.fromisoformat(texts(feed, "updated")[0]).year == 1970


@settings(max_examples=40, deadline=None)
@given(st.lists(names | st.sampled_from(["\ufffe", "]]>", "<x/>", "&#0;"]), min_size=1, max_size=4))
def test_no_name_breaks_a_page(called: list[str]) -> None:
    alerts = [
        raw(
            entity=Entity("sender", name), summary=f"Sender {name}: x.", feed_no=number,
            alert_id=f"{number:016x}",
        )
        for number, name in enumerate(called, start=1)
    ]  # fmt: skip
    feed = valid(get(live_with(*alerts), ATOM).content)
    assert len(feed.findall("a:entry", NS)) == len(called)


def test_what_a_client_has_is_not_sent_again() -> None:
    live = live_with(numbered(1))
    tag = get(live, ATOM).headers["etag"]
    assert get(live, ATOM, headers={"If-None-Match": tag}).status_code == 304
    assert tag != get(live, FEED).headers["etag"]


@pytest.mark.parametrize(
    ("path", "after", "status"), [(ATOM, "9", 409), ("/feeds/x/0.atom", "0", 404)]
)
def test_a_cursor_that_cannot_go_on_is_a_problem(path: str, after: str, status: int) -> None:
    """As for the JSON Feed."""
    assert problem(get(live_with(numbered(1)), path, params={"after": after}))["status"] == status
