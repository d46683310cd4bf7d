"""The HTTP service: pages, cursors, errors."""

import asyncio
import base64
import datetime as dt
from typing import Any

import httpx
import jsonschema
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.delivery.feed.event_stream import LiveFeeds
from streams.delivery.feed.jsonfeed import SCHEMA
from streams.delivery.feed.service import build_service
from streams.proofs.tree import leaf_hash
from tests.alerts.examples import numbered
from tests.delivery.feed.service_client import EVENTS, FEED, client, live_with


def get(live: LiveFeeds, path: str, **options: Any) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with client(live) as one:
            return await one.get(path, **options)

    return asyncio.run(ask())


def problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == answer.status_code
    return body


def test_a_page_is_a_json_feed() -> None:
    """A page has what JSON Feed 1.1 requires, in its types, as its media type."""
    answer = get(live_with(*map(numbered, (1, 2, 4))), FEED, params={"after": 0, "limit": 2})
    assert answer.headers["content-type"] == "application/feed+json"
    feed = answer.json()
    jsonschema.validate(feed, SCHEMA)
    assert next(iter(feed)) == "version"
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"]
    assert feed["feed_url"] == "http://feed.test:8780" + FEED
    assert len({item["id"] for item in feed["items"]}) == len(feed["items"]) == 2
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert item["content_text"]
        assert dt.datetime.fromisoformat(item["date_published"]).tzinfo is not None
        assert all(isinstance(tag, str) for tag in item["tags"])
    # Extensions: the name alone begins with "_", and no key holds a ".".
    extension = [key for key in feed["items"][0] if key.startswith("_")]
    assert extension == ["_weathervane"]


def test_an_item_carries_the_alert_as_published() -> None:
    """The extension of an item holds the whole CloudEvent, byte for byte."""
    answer = get(live_with(numbered(1)), FEED)
    assert numbered(1) in answer.content
    (item,) = answer.json()["items"]
    assert item["_weathervane"] == {
        "feed_no": 1,
        "leaf_hash": base64.b64encode(leaf_hash(numbered(1))).decode(),
        "cloudevent": orjson.loads(numbered(1)),
    }


def test_following_next_url_reads_all() -> None:
    """A reader that follows next_url gets every item once; none is its feed_url."""
    live = live_with(*map(numbered, range(1, 8)))
    url, seen, urls = f"{FEED}?after=0&limit=3", [], []
    while url:
        feed = get(live, url).json()
        seen += [item["_weathervane"]["feed_no"] for item in feed["items"]]
        url = feed.get("next_url")
        urls.append(url)
        assert url != feed["feed_url"]
    assert seen == [1, 2, 3, 4, 5, 6, 7]
    assert len(set(urls)) == len(urls)


def test_an_items_url_leads_to_it() -> None:
    """An item's address gives a feed of just that item."""
    live = live_with(*map(numbered, (1, 2, 5)))
    item = get(live, FEED).json()["items"][2]
    assert get(live, item["url"]).json()["items"] == [item]


def test_a_reader_without_cursor_gets_the_newest() -> None:
    """A plain feed reader sees the newest items, however many there have been."""
    feed = get(live_with(*map(numbered, range(1, 8)), keep=5), FEED, params={"limit": 2}).json()
    assert [item["_weathervane"]["feed_no"] for item in feed["items"]] == [6, 7]
    assert feed["_weathervane"]["oldest"] == 3
    assert feed["_weathervane"]["after"] == "1.7"
    assert feed["_weathervane"]["epoch"] == 1
    assert "next_url" not in feed


def test_gaps_are_in_the_page() -> None:
    """A reader sees which numbers are missing."""
    feed = get(live_with(*map(numbered, (1, 4))), FEED, params={"after": 0}).json()
    assert feed["_weathervane"]["gaps"] == [{"first": 2, "last": 3}]


@pytest.mark.parametrize("path", [FEED, EVENTS])
def test_a_cursor_too_old_is_gone(path: str) -> None:
    """What is no longer kept is a 410 with the oldest number, on page and stream."""
    answer = get(live_with(*map(numbered, range(1, 8)), keep=3), path, params={"after": 2})
    assert answer.status_code == 410
    body = problem(answer)
    assert (body["oldest"], body["epoch"], body["after"]) == (5, 1, "1.4")
    assert "go on with after=1.4" in body["detail"]


@pytest.mark.parametrize("path", [FEED, EVENTS])
@pytest.mark.parametrize("asked", ["99999999", "1.8", "2.1", "9999999999999999.0"])
@pytest.mark.parametrize("by", ["address", "header"])
def test_a_cursor_never_reached_is_a_conflict(path: str, asked: str, by: str) -> None:
    """A reader from before a reset gets 409 with where to go on, on page and stream."""
    live = live_with(*map(numbered, range(1, 8)), keep=3)
    if by == "address":
        answer = get(live, path, params={"after": asked})
    elif path == EVENTS:
        answer = get(live, path, headers={"Last-Event-ID": asked})
    else:
        return
    assert answer.status_code == 409
    body = problem(answer)
    assert (body["newest"], body["epoch"], body["after"]) == (7, 1, "1.4")
    assert f"never come to {asked}; its newest item is 7 of epoch 1" in body["detail"]
    assert "go on with after=1.4" in body["detail"]
    assert get(live, FEED, params={"after": body["after"]}).status_code == 200


@pytest.mark.parametrize("path", [FEED, EVENTS])
def test_a_cursor_at_the_end_of_an_epoch_goes_on_with_the_next(path: str) -> None:
    """Also where the new epoch has come to the same number: nothing is missed or repeated."""
    live = live_with(numbered(1), numbered(2), *(numbered(n, epoch=2) for n in (1, 2, 3)))
    if path == FEED:
        first = get(live, path, params={"after": "1.0", "limit": "2"}).json()
        assert first["next_url"].endswith("?after=1.2&limit=2")
        page = get(live, path, params={"after": "1.2"}).json()
        assert page["_weathervane"]["after"] == "2.3"
        assert "next_url" not in page
    answer = get(live, path, params={"after": "3.0"})
    assert answer.status_code == 409
    assert problem(answer)["after"] == "2.0"


def test_a_plain_number_is_of_epoch_1_and_0_is_the_beginning() -> None:
    """Cursors from before they named the epoch still work; 0 works in every epoch."""
    live = live_with(*map(numbered, (1, 2, 3)))
    assert (
        get(live, FEED, params={"after": "2"}).json()
        == get(live, FEED, params={"after": "1.2"}).json()
    )
    later = live_with(numbered(1), numbered(1, epoch=2))
    page = get(later, FEED, params={"after": "0"}).json()
    assert page["_weathervane"]["after"] == "1.1"
    assert page["next_url"].endswith("?after=1.1&limit=100")
    assert page["items"][0]["url"].endswith("?after=1.0&limit=1")


def test_an_unchanged_page_is_not_sent_again() -> None:
    """A poll with the page's ETag gets 304, until there is news."""
    live = live_with(numbered(1))
    tag = get(live, FEED).headers["etag"]
    assert get(live, FEED, headers={"If-None-Match": tag}).status_code == 304
    fresh = live_with(numbered(1), numbered(2))
    assert get(fresh, FEED, headers={"If-None-Match": tag}).status_code == 200


def test_feeds_are_listed_before_their_first_alert() -> None:
    """The list names every group and shard, with the addresses of page and stream."""
    feeds = get(live_with(numbered(3)), "/feeds").json()["feeds"]
    base = "http://feed.test:8780/feeds"
    assert feeds == [
        {
            "group": "1d-Asia-Shanghai", "shard": 0, "epoch": 1, "oldest": 3, "newest": 3,
            "feed_url": f"{base}/1d-Asia-Shanghai/0.json",
            "atom_url": f"{base}/1d-Asia-Shanghai/0.atom",
            "events_url": f"{base}/1d-Asia-Shanghai/0/events",
        },
        {
            "group": "60s", "shard": 0, "epoch": 1, "oldest": None, "newest": None,
            "feed_url": f"{base}/60s/0.json", "atom_url": f"{base}/60s/0.atom",
            "events_url": f"{base}/60s/0/events",
        },
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("limit=0", "limit must be at least 1; found '0'"),
        ("limit=1001", "limit must be at most 1000; found '1001'"),
        ("after=-1", "after must be a cursor, as pages give it in `after`, such as 1.57"),
        ("after=0.5", "after must be a cursor"),
        ("after=1.2.3", "after must be a cursor"),
        ("after=x", "after must be a cursor"),
        ("after=" + "9" * 5000, "after must be"),
    ],
)
def test_bad_parameters_get_a_sentence(query: str, sentence: str) -> None:
    """A bad parameter is a 422 that says which, its rule and what was found."""
    answer = get(live_with(numbered(1)), f"{FEED}?{query}")
    assert answer.status_code == 422
    assert problem(answer)["detail"].startswith(sentence)


@pytest.mark.parametrize("path", ["/feeds/60s/7.json", "/feeds/none/0/events", "/none"])
def test_what_is_not_served_is_404(path: str) -> None:
    """An unknown feed or address is a 404 that says where the feeds are listed."""
    answer = get(live_with(), path)
    assert answer.status_code == 404
    assert "/feeds lists" in problem(answer)["detail"]


def test_nothing_is_served_until_all_is_read() -> None:
    """While it catches up, the process is alive, not ready, and shows no half a feed."""
    live = live_with(numbered(1))
    live.ready = False
    assert get(live, "/healthz").status_code == 200
    for path in ("/readyz", FEED, EVENTS):
        assert get(live, path).status_code == 503
    live.ready = True
    assert get(live, "/readyz").status_code == 200


def test_openapi_describes_every_address() -> None:
    """The description holds each address with its media type; no page loads foreign scripts."""
    live = live_with()
    described = get(live, "/openapi.json").json()
    assert set(described["paths"]) == {
        "/feeds", "/feeds/{group}/{shard}.json", "/feeds/{group}/{shard}.atom",
        "/feeds/{group}/{shard}/events", "/feeds/keys", "/feeds/{group}/{shard}/checkpoint",
        "/feeds/{group}/{shard}/inclusion", "/feeds/{group}/{shard}/consistency",
        "/healthz", "/readyz",
    }  # fmt: skip
    answers = described["paths"]["/feeds/{group}/{shard}.json"]["get"]["responses"]
    assert set(answers) == {"200", "304", "404", "409", "410", "422", "503"}
    assert list(answers["200"]["content"]) == ["application/feed+json"]
    for status in ("409", "410"):
        assert list(answers[status]["content"]) == ["application/problem+json"]
    for path in described["paths"].values():
        for parameter in path["get"].get("parameters", []):
            assert parameter["description"].endswith("."), parameter["name"]
    stream = described["paths"]["/feeds/{group}/{shard}/events"]["get"]
    assert list(stream["responses"]["200"]["content"]) == ["text/event-stream"]
    assert {p["name"] for p in stream["parameters"]} >= {"after", "Last-Event-ID"}
    assert get(live, "/docs").status_code == get(live, "/redoc").status_code == 404


BUILT = build_service(
    live_with(*map(numbered, (1, 2, 4, 5)), keep=3), name="test", expected=[("60s", 0)]
)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([FEED, "/feeds", "/readyz", "/feeds/60s/x.json", "/feeds/60s/-1.json", "/"]),
    st.lists(
        st.tuples(
            st.sampled_from(["after", "limit", "x", ""]) | st.text(max_size=5),
            st.integers().map(str) | st.floats().map(str) | st.text(max_size=20),
        ),
        max_size=4,
    ),
    st.sampled_from([b"feed.test", b"[", b"", b"a b", b"\xff", b"x:99999999"]),
)
def test_no_query_makes_an_error_of_ours(
    path: str, query: list[tuple[str, str | int | float | bool | None]], host: bytes
) -> None:
    """No query string and no Host header gets a 5xx."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(BUILT)
        async with httpx.AsyncClient(transport=transport, base_url="http://feed.test") as one:
            return await one.get(path, params=httpx.QueryParams(query), headers={b"Host": host})

    answer = asyncio.run(ask())
    assert answer.status_code in (200, 307, 404, 409, 410, 422)
