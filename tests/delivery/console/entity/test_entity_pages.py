"""An entity's page: its history, why it has no alert, what would raise one; and the search."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest

from streams.names.canonical import form_of_stored
from streams.series.record import FullRow
from streams.series.store.store import SeriesStore
from tests.access.known import NOW
from tests.alerts.examples import OPENED, raw
from tests.delivery.access.serving import Served
from tests.delivery.console.monitor.scene import LONGEST, MARKUP
from tests.series import examples
from tests.series.store.buckets import T0, block, bucket, watched

GROUP = "1m"
HOSTILE = form_of_stored(MARKUP)
"""As an event's name is counted."""
QUIET = "10690002"
"""Has no alert; a count of 20 would have raised one."""


def filled(served: Served, folder: Path) -> Served:
    """Give serve a store with a hostile sender and another, and a sender with an alert."""
    store = SeriesStore(folder / "s", keep_s=1e9, most_bytes=1 << 30)
    quiet = examples.watched(start=T0 + 60, end=T0 + 120)
    full = [
        FullRow("sender", HOSTILE, "sends", watched(T0 + 60)),
        FullRow("sender", QUIET, "sends", quiet),
    ]
    first = block([HOSTILE, form_of_stored(LONGEST), "10690001"], [3, 4, 5])
    store.write([bucket(T0, first, group=GROUP), bucket(T0 + 60, full=full, group=GROUP)], [], {})
    served.library.store, served.library.problem = store, None
    served.publish(raw())
    return served


@pytest.fixture
def served(tmp_path: Path) -> Served:
    return filled(Served(), tmp_path)


def test_a_search_finds_by_any_part(served: Served) -> None:
    """Names are text and links; what is not there is said."""
    page = served.ask("GET", "/entities", params={"q": "onerror"}).text
    assert "&lt;img src=x" in page
    assert "<img src=x" not in page
    assert "\u202e" not in page
    assert 'href="/entities/sender/%3Cimg' in page
    assert "Nothing has such a name." in served.ask("GET", "/entities?q=nobody").text
    assert "Whom do you look for?" in served.ask("GET", "/entities").text


def test_without_a_store_those_with_alerts_are_found() -> None:
    """And the page says so."""
    served = Served()
    served.publish(raw())
    page = served.ask("GET", "/entities", params={"q": OPENED.entity.id[2:].upper()}).text
    assert f'href="/alerts/{OPENED.alert_id}"' in page
    assert "Only entities with an alert are found now" in page
    entity = served.ask("GET", f"/entities/{OPENED.entity.level}/{OPENED.entity.id}").text
    assert f'href="/alerts/{OPENED.alert_id}"' in entity
    assert "Its history cannot be shown now" in entity


@pytest.mark.parametrize(
    ("language", "verdict"),
    [
        ("en", "No alert: the evidence is 0.5 nats, and 11.0 are needed; a count of 20 would have"),
        ("zh", "没有预警：证据为 0.5 奈特，阈值为 11.0；数量达到 20 才会预警。"),
    ],
)
def test_it_says_why_the_last_bucket_raised_none(
    served: Served, language: str, verdict: str
) -> None:
    """In explain's sentences, in the reader's language."""
    page = served.ask("GET", f"/entities/sender/{QUIET}", params={"lang": language}).text
    assert verdict in page


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_shows_history_and_figures(served: Served, language: str) -> None:
    """The plot, and the last bucket's figures; a hostile name stays text."""
    path = f"/entities/sender/{quote(MARKUP, safe='')}"
    page = served.ask("GET", path, params={"lang": language}).text
    assert '<svg class="plot history"' in page
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_it_says_what_would_raise_an_alert(served: Served) -> None:
    """As detect answers of the open bucket; a name that no entity has gives 404."""
    held = examples.watched(start=NOW.timestamp(), end=NOW.timestamp() + 60, alarms_at=23.0)
    answer = examples.outlook(signals={"sends": held})
    served.library.answer(
        msgspec.structs.replace(
            answer, level="sender", id="10690001", group=GROUP, at=NOW.timestamp()
        )
    )
    page = served.ask("GET", "/entities/sender/10690001").text
    assert "No alert now." in page
    assert "A count of 23 in the open bucket would raise one; it has 5 so far." in page
    assert served.ask("GET", "/entities/nothing/1").status_code == 404
    assert served.ask("GET", "/entities/sender/" + "x" * 300).status_code == 404
