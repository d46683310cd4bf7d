"""The demo gives up where nothing moves, never because a machine is slow."""

from __future__ import annotations

from collections.abc import Callable

from streams.alerts.cloudevent import decode_event
from streams.cli.run.demo_view import DemoView
from streams.language.catalogue import ENGLISH
from tests.alerts.examples import numbered


def test_whatever_moves_is_progress() -> None:
    """An event that the broker has, the end of the files, work that is done, an alert."""
    view = DemoView("http://127.0.0.1/feeds", ENGLISH)
    steps: list[Callable[[], None]] = [
        lambda: view.ingested("mail", 1),
        lambda: view.ingested("mail", 2),
        view.all_ingested,
        lambda: view.alert(decode_event(numbered(1))),
    ]
    before = view.progress
    for step in steps:
        assert view.progress == before
        step()
        assert view.progress != before
        before = view.progress
