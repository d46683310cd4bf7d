"""A browser, a serve for it, and pages that must not go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from streams.access.record import Record
from tests.browser.chromium import Chromium, Look, Visit, launched
from tests.browser.serving import Desk
from tests.delivery.access.serving import Served
from tests.needs import require

Open = Callable[..., Visit]
"""Opens a page: ``visit(desk, Look(390), scripts=False)``."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """The browser of a module of tests."""
    require("chromium")
    with launched() as browser:
        yield browser


@pytest.fixture
def new_desk() -> Iterator[Callable[..., Desk]]:
    """Starts a serve that holds one alert; keys of ``[serve]`` and records of users are given."""
    with ExitStack() as running:

        def new(*records: Record, **serve: Any) -> Desk:
            return running.enter_context(Desk(Served(*records, **serve)))

        yield new


@pytest.fixture
def desk(new_desk: Callable[..., Desk]) -> Desk:
    """A serve on loopback, where nobody need log in."""
    return new_desk()


@pytest.fixture
def visit(new_desk: object, chromium: Chromium) -> Iterator[Open]:
    """Opens pages, closes them before serve, and fails where anything went wrong on one.

    A test that means something to go wrong clears `Visit.faults`.
    """
    assert new_desk  # pages are closed before it
    visits: list[Visit] = []
    with ExitStack() as opened:

        def new(desk: Desk, look: Look = Look(), *, scripts: bool = True) -> Visit:  # noqa: B008
            visits.append(opened.enter_context(chromium.visit(desk.url, look, scripts=scripts)))
            return visits[-1]

        yield new
    assert [fault for one in visits for fault in one.faults] == []
