"""Whatever id an address has, its page and the API answer; detect is asked for names only."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.delivery.entities.library import Library
from streams.items import Level, name_problem
from streams.names.canonical import form_of_stored
from streams.names.in_address import entity_in_address
from streams.series.asked import decode_asked
from streams.series.record import Outlook
from streams.series.store.store import SeriesStore
from tests.access.known import NOW
from tests.delivery.access.serving import Served

LONGER = "\ufdfa\ufdfb\u3300\u33c2\u2031\u0958\u1e9b\u0390\u2100\u3315"
"""Characters whose usual form has more bytes, up to 33 for 3."""

characters = st.sampled_from(LONGER + "./%") | st.characters(
    exclude_categories=["Cs"], exclude_characters="\n"
)
"""An address takes no line break."""

ids = st.builds(
    lambda text, times: text * times,
    st.text(characters, min_size=1, max_size=9),
    st.integers(1, 99),
)


async def _asks_and_does_not_wait(self: Library, level: Level, entity: str) -> list[Outlook]:
    await self._asking._ask((level, entity), NOW)
    return []


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Serve with an empty store, which asks each time, and never waits for answers."""
    found = Served()
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.object(Library, "outlooks", _asks_and_does_not_wait),
    ):
        store = SeriesStore(Path(folder) / "s", keep_s=1e9, most_bytes=1 << 30)
        found.library.store, found.library.problem = store, None
        yield found
        store.close()


@settings(max_examples=40, deadline=None)
@given(ids)
@example("\ufdfa" * 80)
@example("\u3300" * 85)
@example("\u0958" * 85)
@example("\u200b" * 80)
@example(".")
@example("..")
@example("%2e")
@example("a/../b")
def test_any_id_is_answered(served: Served, entity: str) -> None:
    """A name of which only the usual form is too long is no name: 404 there, 422 here."""
    form = form_of_stored(entity)
    is_name = name_problem(form) is None
    asked = len(served.asked)
    path, query = entity_in_address("sender", entity)
    page = served.ask("GET", f"/entities/{path}", params=query)
    assert page.status_code == (200 if is_name else 404)
    answer = served.ask("GET", f"/api/v1/entities/{path}", params=query)
    if not is_name:
        assert (answer.status_code, len(served.asked)) == (422, asked)
    elif len(entity) <= 256:
        assert answer.status_code == 404, "the store is empty"
        assert decode_asked(served.asked[-1][1]).id == form
