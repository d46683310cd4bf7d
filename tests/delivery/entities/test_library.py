"""Histories from serve's store: the very figures of the alerts and of a replay."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from streams.alerts.cloudevent import decode_event
from streams.delivery.entities.asking import Asking
from streams.delivery.entities.library import BucketSpan, Library, record_of
from streams.explain.document import document, read_document
from streams.explain.history import EntityHistory, focus
from streams.explain.plot import plot
from streams.explain.sentences import because, series, title
from streams.language.catalogue import ENGLISH
from streams.series.store.database import StoreError
from streams.series.store.store import SeriesStore
from tests.access.known import NOW
from tests.delivery.entities.stored import BURST, DAY, DAYS, FIRST, LOUD, Recording


@pytest.fixture(scope="module")
def recording() -> Recording:
    """Forty days of a sender with a burst."""
    return Recording()


@pytest.fixture
def store(recording: Recording, tmp_path: Path) -> SeriesStore:
    """A store that has read them."""
    return recording.store(tmp_path / "s")


def _said(history: EntityHistory) -> tuple[object, ...]:
    at = focus(history, None)
    return (
        title(history, at, ENGLISH),
        because(history, at, ENGLISH),
        series(history),
        plot(history, at, ENGLISH),
    )


def test_it_says_what_a_replay_says(recording: Recording, store: SeriesStore) -> None:
    """Every figure, sentence and line of the plot; also after the way over HTTP."""
    found = record_of(store, recording.config, "sender", LOUD)
    (history,) = found.histories
    assert len(history.closed) == DAYS
    assert _said(history) == _said(recording.history)
    raw = document("sender", LOUD, found.histories, found.alerts)
    (again,), outlooks = read_document(raw)
    assert (_said(again), outlooks) == (_said(recording.history), [])


def test_its_figures_are_those_of_the_alert(recording: Recording, store: SeriesStore) -> None:
    """The bucket that opened it has the evidence and the threshold that were published."""
    (history,) = record_of(store, recording.config, "sender", LOUD).histories
    bucket = history.closed[focus(history, None)]
    alert = next(decode_event(raw).alert for raw in recording.alerts)
    assert bucket.alert_id == alert.alert_id
    for name in ("evidence_nats", "threshold_nats"):
        assert f"{getattr(bucket, name):.6g}" == f"{getattr(alert, name):.6g}"


def test_a_span_and_a_time_choose_buckets(recording: Recording, store: SeriesStore) -> None:
    """The alert's buckets are among the last ones, or else those around it are shown."""
    first = FIRST.timestamp()

    def starts(span: BucketSpan, at: float | None = None) -> list[float]:
        (history,) = record_of(store, recording.config, "sender", LOUD, span, at).histories
        return [(bucket.start - first) / DAY for bucket in history.closed]

    assert starts(BucketSpan(first + 3 * DAY, first + 6 * DAY)) == [3, 4, 5]
    assert starts(BucketSpan(most=2)) == [DAYS - 2, DAYS - 1]
    assert starts(BucketSpan(), first + DAY) == list(range(DAYS))


def test_the_opening_of_an_old_alert_is_shown(
    recording: Recording, store: SeriesStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the last buckets do not reach back to it, those around it stand instead."""
    monkeypatch.setattr("streams.delivery.entities.library.LAST", BucketSpan(most=3))
    found = record_of(store, recording.config, "sender", LOUD, BucketSpan(most=3))
    (history,) = found.histories
    assert history.closed[focus(history, None)].start == FIRST.timestamp() + BURST.start * DAY


@pytest.mark.parametrize("moved", [BURST.start - 5, BURST.start + 1, BURST.stop + 4])
def test_an_entity_that_moved_to_another_shard_has_one_history(
    recording: Recording, tmp_path: Path, moved: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before its alert, in it and after it; also where the last buckets do not reach back to it."""
    store = recording.store(tmp_path / "s", moved)
    (history,) = record_of(store, recording.config, "sender", LOUD).histories
    assert _said(history) == _said(recording.history)
    monkeypatch.setattr("streams.delivery.entities.library.LAST", BucketSpan(most=3))
    (history,) = record_of(store, recording.config, "sender", LOUD, BucketSpan(most=3)).histories
    around = history.closed[focus(history, None)]
    assert around.start == FIRST.timestamp() + BURST.start * DAY
    assert around.alert_id is not None


def test_who_never_counted_has_no_history(recording: Recording, store: SeriesStore) -> None:
    """Neither under another level."""
    for level, name in (("sender", "nobody"), ("all", LOUD)):
        assert record_of(store, recording.config, level, name).histories == []


def test_a_library_without_a_store_says_why(recording: Recording) -> None:
    """And search and history are refused with that."""

    async def write(key: bytes, value: bytes) -> None:
        raise AssertionError

    library = Library(recording.config, Asking(write, 1, lambda: NOW))
    library.problem = "the disk is full"
    with pytest.raises(StoreError, match="the disk is full"):
        asyncio.run(library.search("a", 10))
    with pytest.raises(StoreError, match="the disk is full"):
        asyncio.run(library.entity("sender", "a"))
