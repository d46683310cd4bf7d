"""Entities over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from streams.series.asked import decode_asked
from streams.series.record import FullRow
from streams.series.store.store import SeriesStore
from tests.access.known import NOW, a_token
from tests.delivery.access.serving import Served
from tests.series.examples import outlook
from tests.series.store.buckets import T0, block, bucket, watched

PATH = "/api/v1/entities"
GROUP = "1m"
HOSTILE = "<script>alert(1)</script>/a b?c#d%2f商城"


@pytest.fixture
def served(tmp_path: Path) -> Served:
    """Serve whose store has two senders."""
    found = Served(a_token("t", "reader", "viewer"))
    store = SeriesStore(tmp_path / "s", keep_s=1e9, most_bytes=1 << 30)
    full = [FullRow("sender", HOSTILE, "sends", watched(T0 + 60))]
    store.write(
        [
            bucket(T0, block([HOSTILE, "10690001"], [3, 4]), group=GROUP),
            bucket(T0 + 60, full=full, group=GROUP),
        ],
        [],
        {},
    )
    found.library.store, found.library.problem = store, None
    return found


def get(served: Served, path: str = PATH, **asked: str | int) -> Any:
    """Ask as a viewer."""
    return served.ask("GET", path, params=asked, headers={"Authorization": "Bearer t"})


def test_search_finds_by_any_part(served: Served) -> None:
    """With how many alerts each has; a hostile name comes back as it is."""
    assert get(served, search="商城").json() == {
        "entities": [{"level": "sender", "id": HOSTILE, "alerts": 0, "open": 0}],
        "complete": True,
    }
    assert get(served, search="0001", level="sender").json()["entities"][0]["id"] == "10690001"
    assert get(served, search="0001", level="platform").json()["entities"] == []


def test_an_entity_has_its_history(served: Served) -> None:
    """By its id, whatever stands in it; whole figures where they are known."""
    from urllib.parse import quote

    answer = get(served, f"{PATH}/sender/{quote(HOSTILE, safe='')}", outlook="false")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    (history,) = found["histories"]
    assert (found["id"], history["signal"], history["group"]) == (HOSTILE, "sends", GROUP)
    assert [one["count"] for one in history["buckets"]] == [3, 9]
    assert history["buckets"][1]["evidence_nats"] == watched(T0).evidence_nats
    assert served.asked == []


def test_whoever_looks_asks_detect(served: Served) -> None:
    """The answer is in the document if it comes in time."""
    served.library.answer(outlook(id="10690001", at=NOW.timestamp()))
    answer = get(served, f"{PATH}/sender/10690001")
    assert [one["id"] for one in answer.json()["outlooks"]] == ["10690001"]
    ((_, question),) = served.asked
    assert decode_asked(question).id == "10690001"


def test_who_is_unknown_is_not_found_and_is_not_asked_for_ever(served: Served) -> None:
    """404 says where names are searched."""
    answer = get(served, f"{PATH}/sender/nobody")
    assert answer.status_code == 404
    assert "/api/v1/entities?search=" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        (PATH, {}),
        (PATH, {"search": ""}),
        (PATH, {"search": "a", "level": "nothing"}),
        (f"{PATH}/nothing/a", {}),
        (f"{PATH}/sender/a%09b", {}),
        (f"{PATH}/sender/a", {"from": "yesterday"}),
        (f"{PATH}/sender/a", {"buckets": 0}),
    ],
)
def test_what_cannot_be_asked_is_refused(served: Served, path: str, asked: dict[str, Any]) -> None:
    """422 with a sentence."""
    answer = get(served, path, **asked)
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_without_a_store_it_says_why(served: Served) -> None:
    """503 with the reason, on both addresses."""
    served.library.store, served.library.problem = None, "the disk is full"
    for path, asked in ((PATH, {"search": "a"}), (f"{PATH}/sender/a", {})):
        answer = get(served, path, **asked)
        assert (answer.status_code, answer.json()["detail"]) == (503, "the disk is full")


def test_who_may_not_read_is_told_nothing(served: Served) -> None:
    """It is behind the gate as all of the API is."""
    assert served.ask("GET", PATH).status_code == 401
    assert served.ask("GET", f"{PATH}/sender/a").status_code == 401
