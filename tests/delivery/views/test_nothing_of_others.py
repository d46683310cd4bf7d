"""Every address of serve, asked by a reader of one platform: nothing of another's comes out."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from starlette.routing import Route

from streams.access.record import Record
from streams.access.roles import Role
from streams.access.view import View
from streams.delivery.access.rules import RULES, rule_of
from streams.series.store.store import SeriesStore
from tests.access.known import a_token, a_user
from tests.delivery.access.serving import Served
from tests.delivery.feed.service_client import live_with
from tests.delivery.views.two_platforms import NEVER, OTHER, OWN, alerts, is_own
from tests.series.store.buckets import T0, block, bucket

ROLES: tuple[Role, ...] = ("viewer", "operator", "admin")
MINE = View("platform", OWN)
KNOWN: list[Record] = [
    a_user("zhao"),
    a_token("all", "sees-all", "admin"),
    *(a_token(f"mine-{role}", f"mall-{role}", role, view=MINE) for role in ROLES),
]
BEARER = {"Authorization": "Bearer mine-viewer"}


def served_with(raws: list[bytes], folder: Path) -> Served:
    """Serve that has read alerts, with a store in which all that they are about has counted."""
    served = Served(*KNOWN, live=live_with(*raws, keep=1000), settings={"name": "test"})
    served.board.forget(next(iter(served.board)).alert_id)
    for raw in raws:
        served.publish(raw)
    for name in (OWN, OTHER):
        row = next((one for one in served.board if one.entity == f"platform/{name}"), None)
        if row is not None:
            hand_on(served, row.alert_id, name)
    store = SeriesStore(folder, keep_s=1e9, most_bytes=1 << 30)
    names = sorted({row.entity for row in served.board if row.entity.startswith("sender/")})
    ids = [name.partition("/")[2] for name in names]
    found = bucket(T0, block(ids, [7] * len(ids)), group="60s")
    store.write([found], [], {})
    served.library.store, served.library.problem = store, None
    return served


def hand_on(served: Served, alert_id: str, platform: str) -> None:
    """Open a case of an alert, and hand it to a platform."""
    bearer = {"Authorization": "Bearer all"}
    fields: dict[str, Any] = {"id": f"{alert_id:>032}", "alert_id": alert_id, "owner": "zhao"}
    fields["title"] = f"a case of {platform}"
    case_id = served.ask("POST", "/api/v1/cases", headers=bearer, json=fields).json()["case_id"]
    note: dict[str, Any] = {"type": "note", "text": f"zhao asked {OTHER}"}
    moves: list[dict[str, Any]] = [{"type": "move", "to": "verified", "expects": 1},
             {"type": "move", "to": "transferred", "expects": 2, "text": "please look",
              "addressee": f"platform/{platform}"}]  # fmt: skip
    for n, step in enumerate([note, *moves]):
        step = {"id": f"{n}{alert_id:>031}", **step}
        path = f"/api/v1/cases/{case_id}/events"
        assert served.ask("POST", path, headers=bearer, json=step).status_code == 200


@pytest.fixture
def worlds(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Served, Served]]:
    """The same own alerts, with those of others and without."""
    raws = alerts(getattr(request, "param", 1))
    mine = [raw for raw in raws if is_own(json.loads(raw)["data"])]
    assert 10 < len(mine) < len(raws) - 10
    both = served_with(raws, tmp_path / "all"), served_with(mine, tmp_path / "mine")
    yield both
    for served in both:
        assert served.library.store is not None
        served.library.store.close()


def addresses(served: Served) -> list[tuple[str, str]]:
    """Every address of the application with every name of both platforms in its place."""
    rows = list(served.board)
    names = sorted({row.entity for row in rows})
    asked = ["", "limit=1", "after=0&limit=7", "state=resolved", "sort=beyond_chance", "search=o",
             "q=o", "search=signature&limit=2", "hidden=true", "label=none", "sort=newest",
             "state=in_progress&sort=changed", "acknowledged=false", "level=signature", "page=2",
             "lang=zh", f"platform={OWN}", "text=own"]  # fmt: skip
    found = []
    for route in served.app.routes:
        if not isinstance(route, Route):
            continue
        path = route.path.replace("{group}", "60s").replace("{shard}", "0")
        path = path.replace("{name}", "console.css").replace("{path:path}", "concepts/budget")
        path = path.replace("{what}", "ack")
        paths = [path]
        if "{case_id}" in path:
            paths = [path.replace("{case_id}", one.case_id) for one in served.cases.fold]
        elif "{alert_id}" in path:
            paths = [path.replace("{alert_id}", row.alert_id) for row in rows[::3]]
        elif "{entity_id:path}" in path:
            split = (name.partition("/") for name in names)
            paths = [
                path.replace("{level}", level).replace("{entity_id:path}", quote(name))
                for level, _, name in split
            ]
        elif "{level}" in path:
            split = (name.partition("/") for name in names[::5])
            paths = [
                f"{path.replace('{level}', level)}?id={quote(name)}" for level, _, name in split
            ]
        for each in paths:
            is_list = "GET" in (route.methods or ()) and (each == route.path or "/feeds/" in each)
            queries = asked if is_list and rule_of("GET", route.path).views else [""]
            joint = "&" if "?" in each else "?"
            ending = "outlook=false" if each.startswith("/api/v1/entities/") else ""
            for method in route.methods or ():
                if method != "HEAD":
                    found += [(method, f"{each}{joint}{query or ending}") for query in queries]
    return sorted(found)


def ask_all(served: Served, asked: list[tuple[str, str]], token: str) -> list[httpx.Response]:
    """Ask them one after the other; streams are ended once they have said what there is."""

    async def script(client: httpx.AsyncClient) -> list[httpx.Response]:
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/html"}
        answers = []
        for method, path in asked:
            if path.partition("?")[0].endswith("/events"):
                continue
            answers.append(await client.request(method, path, headers=headers))
        return answers

    answers: list[httpx.Response] = served.run(script)
    return answers


def shown(answer: httpx.Response) -> tuple[int, str, str]:
    # When a cookie ends is by the clock.
    headers = {key: value for key, value in answer.headers.items() if key != "set-cookie"}
    # A form has 32 hex digits of chance.
    text = re.sub(r'name="form" value="[0-9a-f]{32}"', "", answer.text)
    return answer.status_code, json.dumps(headers, sort_keys=True), text


@pytest.mark.parametrize("worlds", [1, 2, 3], indirect=True)
def test_no_answer_differs_by_what_concerns_others_only(worlds: tuple[Served, Served]) -> None:
    """With and without the alerts of others each address says the same, byte for byte."""
    whole, mine = worlds
    asked = addresses(whole)
    role = ROLES[len(mine.board) % len(ROLES)]
    here = ask_all(whole, asked, f"mine-{role}")
    there = ask_all(mine, asked, f"mine-{role}")
    pairs = zip(here, there, strict=True)
    assert [str(one.url) for one, other in pairs if shown(one) != shown(other)] == []


@pytest.mark.parametrize("worlds", [1, 4], indirect=True)
def test_no_answer_names_others(worlds: tuple[Served, Served]) -> None:
    """No body and no header has a name of another platform's, unless the reader sent it."""
    whole, _ = worlds
    asked = [one for one in addresses(whole) if not any(name in one[1] for name in NEVER)]
    asked = [one for one in asked if not one[1].startswith(("/docs", "/static", "/openapi.json"))]
    answers = ask_all(whole, asked, "mine-viewer")
    for answer in answers:
        said = "\n".join(shown(answer)[1:]).lower()
        said = said.replace("other alerts", "").replace("another", "").replace("others", "")
        for name in (f"{OTHER}", "other-", "other holder", "other ltd", "both-", "zhao"):
            assert name not in said, (answer.url, name)
    statuses = {answer.status_code for answer in answers}
    assert statuses <= {200, 204, 303, 401, 403, 404, 415, 422, 503}, statuses
    # It is no proof if nothing was shown.
    assert sum(OWN in answer.text for answer in answers) > 50


def test_what_everybody_sees_is_more(worlds: tuple[Served, Served]) -> None:
    """The same addresses name the other platform to who sees everything: the search finds it."""
    whole, _ = worlds
    answers = ask_all(whole, addresses(whole), "all")
    assert sum(OTHER in answer.text for answer in answers) > 50


@pytest.mark.parametrize("place", ["/feeds/60s/0/events?after=0", "/console/events"])
def test_streams_say_what_concerns_the_reader(worlds: tuple[Served, Served], place: str) -> None:
    """What stands, and what comes while somebody listens; others' alerts wake nobody."""
    streamed = []
    for served in worlds:

        async def script(client: httpx.AsyncClient, served: Served = served) -> str:
            asking = asyncio.create_task(client.get(place, headers=BEARER))
            while not served.views.listeners:
                await asyncio.sleep(0)
            for raw in alerts(99, 20):
                data = json.loads(raw)["data"]
                if is_own(data) or served is worlds[0]:
                    served.publish(raw)
            for _ in range(500):
                await asyncio.sleep(0)
            served.views.close()
            answer: httpx.Response = await asking
            assert answer.status_code == 200
            return answer.text

        streamed.append(served.run(script))
    assert OTHER not in streamed[0]
    if place.startswith("/feeds"):
        assert streamed[0] == streamed[1]
        assert OWN in streamed[0]


def test_an_address_that_knows_no_views_refuses(worlds: tuple[Served, Served]) -> None:
    """Whatever the role; and so does an address that there is not, in the same words."""
    whole, _ = worlds
    for (method, path), rule in RULES.items():
        if rule.views or rule.role is None:
            continue
        for role in ROLES[1:]:
            headers = {"Authorization": f"Bearer mine-{role}"}
            answer = whole.ask(method, path.replace("{what}", "ack"), headers=headers)
            assert answer.status_code == 403, (path, answer.text)
    answers = [whole.ask("GET", path, headers=BEARER) for path in ("/api/v1/actions", "/nothing")]
    assert len({answer.text for answer in answers}) == 1
    assert "sees platform:own-mall" in answers[0].text


def test_who_asks_is_told_what_they_see(worlds: tuple[Served, Served]) -> None:
    """In a header of each answer, and by /api/v1/me; another's names are like names of nobody's."""
    whole, _ = worlds
    me = whole.ask("GET", "/api/v1/me", headers=BEARER)
    assert me.json()["view"] == "platform:own-mall"
    assert me.headers["Weathervane-View"] == "platform:own-mall"
    for path in ("/api/v1/alerts?platform=NAME", "/api/v1/entities/platform/NAME?outlook=false",
                 "/entities/platform/NAME", "/?platform=NAME", "/api/v1/entities?search=NAME",
                 "/api/v1/alerts?text=NAME", "/entities?q=NAME"):  # fmt: skip
        said = []
        for name in (OTHER, "none-else1"):
            answer = whole.ask("GET", path.replace("NAME", name), headers=BEARER)
            said.append((answer.status_code, answer.text.replace(name, "NAME")))
        assert said[0] == said[1], path


def test_a_forged_or_altered_token_lets_nobody_in(worlds: tuple[Served, Served]) -> None:
    """A token is not made of what it may: whatever is altered of it, it is unknown."""
    whole, _ = worlds
    for token in ("mine-viewer2", "mine-viewe", "MINE-VIEWER", "platform:other-shop", "wvt_x.all"):
        answer = whole.ask("GET", "/api/v1/alerts", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
        assert OWN not in answer.text


def test_what_is_left_out_is_said(worlds: tuple[Served, Served]) -> None:
    """An item without what names others says so; all others have the bytes that were published."""
    whole, _ = worlds
    path = "/feeds/60s/0.json?after=0&limit=1000"
    published = {
        item["id"]: item["_weathervane"]
        for item in whole.ask("GET", path, headers={"Authorization": "Bearer all"}).json()["items"]
    }
    page = whole.ask("GET", path, headers=BEARER).json()
    assert page["_weathervane"]["gaps"] == []
    missing: list[Any] = []
    for item in page["items"]:
        mine, whole_item = item["_weathervane"], published[item["id"]]
        left_out = mine.get("left_out", [])
        missing += left_out
        if not left_out:
            assert mine == whole_item
        else:
            assert mine["cloudevent"] != whole_item["cloudevent"]
    assert {"parent", "looks_like", "basis"} <= set(missing)
