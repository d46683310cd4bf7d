"""The registry over HTTP: looking up, entries by key, and what is said where it is not read."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.delivery.access.serving import Served
from tests.delivery.registry.declared_names import with_registry


@pytest.fixture(scope="module")
def served() -> Served:
    return with_registry(Served())


def test_a_number_is_looked_up_by_its_longest_prefix(served: Served) -> None:
    answer = served.ask("GET", "/api/v1/registry?name=1069000177").json()
    assert answer["entries"] == {
        "code": 2, "signature": 1, "merchant": 1, "platform": 1, "filing": 2,
    }  # fmt: skip
    assert answer["code"] == {
        "kind": "code", "id": "10690001", "holder": "Mall", "carrier": "one",
        "categories": ["retail"], "holds": True,
    }  # fmt: skip
    assert answer["plan"] is None
    assert [one["signature"] for one in answer["filings"]] == ["Mall"]


def test_the_plan_says_whether_it_is_confirmed(served: Served) -> None:
    plan = served.ask("GET", "/api/v1/registry?name=10650001").json()["plan"]
    assert plan == {"name": "carrier", "reach": "national", "use": "carrier", "confirmed": False}


def test_without_a_name_it_says_how_many_there_are(served: Served) -> None:
    assert set(served.ask("GET", "/api/v1/registry").json()) == {"entries"}


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ("code/10690001", 200), ("filing/10690001/Mall", 200), ("signature/Mall", 200),
        ("code/1069000177", 404), ("brand/Mall", 422),
    ],
)  # fmt: skip
def test_an_entry_is_read_by_its_very_key(served: Served, key: str, status: int) -> None:
    answer = served.ask("GET", f"/api/v1/registry/{quote(key)}")
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["holds"]


def test_what_is_not_read_is_no_empty_registry() -> None:
    """A topic that is missing, or that serve may not read, is said."""
    answer = Served().ask("GET", "/api/v1/registry?name=1069")
    assert answer.status_code == 503
    assert "the registry is still being read" in answer.text
