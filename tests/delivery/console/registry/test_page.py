"""The page on the registry: who holds a code, what is filed, and how sure the plan is."""

from __future__ import annotations

import pytest

from tests.delivery.access.serving import Served
from tests.delivery.registry.declared_names import with_registry


@pytest.fixture(scope="module")
def served() -> Served:
    return with_registry(Served())


def test_a_number_shows_its_code_and_filings(served: Served) -> None:
    page = served.ask("GET", "/registry?q=1069000177").text
    assert "10690001" in page
    assert "retail" in page
    assert 'href="/registry?q=Mall"' in page
    assert "does not hold today" not in page


def test_what_holds_no_more_is_said(served: Served) -> None:
    page = served.ask("GET", "/registry?q=Mall").text
    assert "Mall Ltd" in page
    assert "without end" in page


def test_names_are_text(served: Served) -> None:
    page = served.ask("GET", "/registry?q=Bazaar").text
    assert "<img src=x" not in page
    assert "&lt;" in page


def test_an_unregistered_code_shows_its_class_and_that_nobody_confirmed_it(served: Served) -> None:
    page = served.ask("GET", "/registry?q=10650001").text
    assert "No registered code covers it today" in page
    assert "not confirmed" in page


@pytest.mark.parametrize(
    ("query", "said"), [("nobody", "Nothing is declared about it."), ("", "2")]
)
def test_nothing_found_and_nothing_asked(served: Served, query: str, said: str) -> None:
    assert said in served.ask("GET", f"/registry?q={query}").text


def test_the_page_speaks_chinese(served: Served) -> None:
    page = served.ask("GET", "/registry?q=10650001", headers={"Accept-Language": "zh"}).text
    assert "当日没有已登记的端口涵盖它" in page


def test_an_unread_registry_is_said() -> None:
    assert "cannot be read now" in Served().ask("GET", "/registry").text
