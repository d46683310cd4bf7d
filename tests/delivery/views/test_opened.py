"""Views as alerts and rows of the registry come, and what is held of them."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import pytest

from streams.access.view import View
from streams.alerts.cloudevent import Entity, decode_event
from streams.delivery.feed.problem import ProblemError
from streams.delivery.views import opened as module
from streams.registry.control import RegistryRow
from streams.registry.entry import CodeEntry, key_of
from tests.access.known import a_token
from tests.alerts.examples import numbered
from tests.delivery.access.serving import Served, empty_feeds

MALL = View("platform", "Mall")
UNICOM = View("carrier", "Unicom")
CODE = "1066555"


def of_code(number: int, revision: int = 1, **belongs_to: list[str]) -> bytes:
    return numbered(
        number, alert_id="a" * 16, revision=revision, entity=Entity("sender", CODE),
        group="60s", belongs_to=belongs_to or None,
    )  # fmt: skip


def rows(served: Served, token: str) -> list[dict[str, Any]]:
    answer = served.ask("GET", "/api/v1/alerts", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    return [each["cloudevent"]["data"] for each in answer.json()["alerts"]]


def publish(served: Served, raw: bytes) -> None:
    served.live.feeds.add(0, decode_event(raw), raw)
    served.publish(raw)


def test_an_alert_that_others_share_later_is_seen_no_more() -> None:
    """What it has become concerns the platform no longer; what was in the feed stays there."""
    served = Served(a_token("mall", view=MALL), live=empty_feeds())
    publish(served, of_code(1, platform=["Mall"]))
    assert [row["revision"] for row in rows(served, "mall")] == [1]
    publish(served, of_code(2, 2, platform=["Mall", "Shop"]))
    assert rows(served, "mall") == []
    path = "/feeds/60s/0.json?after=0"
    page = served.ask("GET", path, headers={"Authorization": "Bearer mall"}).json()
    assert [item["id"] for item in page["items"]] == [f"{'a' * 16}.1"]
    assert (page["_weathervane"]["newest"], page["_weathervane"]["gaps"]) == (1, [])


def test_the_registry_says_whose_codes_are_whose_as_of_now() -> None:
    """While it has not been read such a view is not answered; a platform's is."""
    served = Served(a_token("unicom", view=UNICOM), a_token("mall", view=MALL), live=empty_feeds())
    publish(served, of_code(1))
    registry, served.registry = served.registry, None
    headers = {"Authorization": "Bearer unicom"}
    answer = served.ask("GET", "/api/v1/alerts", headers=headers)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert rows(served, "mall") == []
    assert registry is not None
    served.registry = registry
    assert rows(served, "unicom") == []
    for seq, carrier in enumerate(("Unicom", "Mobile"), 1):
        entry = CodeEntry(id=CODE, carrier=carrier)
        registry.take([RegistryRow(seq, key_of(entry), entry, False)])
        served.views.registry_changed()
        assert len(rows(served, "unicom")) == (carrier == "Unicom")


def test_what_comes_while_a_view_is_filled_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, and in its order."""
    served = Served(live=empty_feeds())
    publish(served, of_code(1, platform=["Mall"]))

    async def script() -> module.OpenView:
        asking = asyncio.create_task(served.views.opened(MALL))
        await asyncio.sleep(0)
        publish(served, of_code(2, 2, platform=["Mall"]))
        second = await served.views.opened(MALL)
        assert await asking is second
        return second

    found = asyncio.run(script())
    assert [row.revision for row in found.board] == [2]
    assert [item.feed_no for _, item in found.live.feeds.kept()] == [1, 2]


def test_views_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one asked for longest ago goes, and its streams end."""
    monkeypatch.setattr(module, "MOST_OPEN", 2)
    served = Served(live=empty_feeds())

    async def script() -> list[bool]:
        names = ("a", "b", "a", "c")
        found = [await served.views.opened(View("platform", name)) for name in names]
        return [one.live.closing for one in found]

    assert asyncio.run(script()) == [False, True, False, False]


def test_what_has_not_been_read_is_not_answered() -> None:
    """Before all alerts have been read nobody knows what concerns a view."""
    served = Served(live=empty_feeds())
    served.live.ready = False
    with pytest.raises(ProblemError) as caught:
        asyncio.run(served.views.opened(MALL))
    assert caught.value.status == HTTPStatus.SERVICE_UNAVAILABLE


def test_what_the_feed_did_not_take_a_view_does_not() -> None:
    """A number that is another's already stays its."""
    served = Served(live=empty_feeds())
    raw = numbered(1, group="60s", entity=Entity("platform", "Shop"))
    publish(served, raw)
    asyncio.run(served.views.opened(MALL))
    publish(served, numbered(1, alert_id="b" * 16, group="60s", entity=Entity("platform", "Mall")))
    found = asyncio.run(served.views.opened(MALL))
    assert found.live.feeds.kept() == []
