"""No page is heavy: with all that it loads, without compression, on a busy day."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from streams.alerts.cloudevent import Entity
from streams.delivery.console.log.address import SHOWN
from tests.access.known import NOW
from tests.alerts.examples import OPENED, raw
from tests.delivery.access.serving import Served
from tests.delivery.console.entity.test_entity_pages import QUIET, filled
from tests.delivery.console.monitor.scene import troubled

MOST_BYTES = 200_000
NOTE = "Called the customer: it is the spring sale; the contract allows it until Monday. " * 2
ALERT = f"/alerts/{OPENED.alert_id}"
PAGES = [
    "/",
    "/?sort=newest",
    f"/?family={200:016x}",
    ALERT,
    "/silences",
    f"/silences/new?alert={OPENED.alert_id}",
    "/entities?q=10690",
    f"/entities/sender/{QUIET}",
    "/registry?q=10690",
    "/monitor",
    "/log",
    "/log?kind=silence",
    "/nothing",
]


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Served:
    """Thousands of open alerts, one with a long history; many silences; a long log."""
    served = filled(troubled(), tmp_path_factory.mktemp("series"))
    for number in range(100, 800):
        entity = Entity("sender", f"10690{number:05}")
        served.publish(raw(alert_id=f"{number:016x}", feed_no=number, entity=entity))
    for head in range(200, 800, 10):  # sixty families of thirty
        for part in range(30):
            number, entity = 10_000 + 100 * head + part, Entity("sender", f"10691{head}{part:03}")
            parent = f"{head:016x}"
            alert_id = f"{number:016x}"
            served.publish(raw(alert_id=alert_id, feed_no=number, entity=entity, parent=parent))
    for revision in range(2, 60):
        served.publish(raw(revision=revision, event="updated", observed=1000 + revision))

    async def act(client: httpx.AsyncClient) -> None:
        for number in range(SHOWN + 20):
            about = {"by": "wang", "text": f"{number} {NOTE}"}
            until = f"{NOW.date()}T23:{number % 60:02}:00Z"
            silence = {"match": {"id": [f"10690{number:05}*"]}, "until": until}
            for kind, deed in (
                ("0", {"type": "note", "alert_id": OPENED.alert_id}),
                ("1", {"type": "silence", **silence}),
            ):
                made = {"id": f"{number:031x}{kind}", **about, **deed}
                answer = await client.post("/api/v1/actions", json=made)
                assert answer.status_code == 200, answer.text

    served.run(act)
    return served


def test_no_page_is_heavy(busy: Served) -> None:
    """Every page of the navigation, what it leads to, and the documents without pictures."""

    async def weigh(client: httpx.AsyncClient) -> dict[str, int]:
        found = {}
        documents = re.findall(r'href="(/docs/[^"#?]+)"', (await client.get("/docs/index")).text)
        navigation = re.findall(r'href="(/[^"#?]*)"', (await client.get("/")).text)
        for path in {*PAGES, *documents, *(one for one in navigation if "/static/" not in one)}:
            page = await client.get(path, headers={"Accept": "text/html"}, follow_redirects=True)
            loaded = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text))
            assert loaded, path
            files = [await client.get(urljoin(path, one)) for one in loaded]
            found[path] = sum(len(one.content) for one in (page, *files))
        return found

    weights = busy.run(weigh)
    assert len(weights) > 40
    heavy = {path: weight for path, weight in weights.items() if weight > MOST_BYTES}
    assert heavy == {}


def test_no_code_of_others_is_served() -> None:
    """What pages load is ours, and in the repository: an installation asks nobody but PyPI."""
    root = Path(__file__).parents[4]
    folder = root / "streams" / "delivery" / "console" / "static"
    assert [each.name for each in folder.iterdir() if each.is_dir()] == []
    assert "npm" not in (root / "setup.py").read_text() + (root / "Dockerfile").read_text()
