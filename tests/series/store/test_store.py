"""The store: what was written is there once, whatever ended the process that wrote it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rocksdict import WriteBatch

from streams.series.record import FullRow
from streams.series.store import store as store_module
from streams.series.store.database import DamagedStore, Database, StoreError, slot
from streams.series.store.store import SeriesStore, StoredRevision
from tests.series.store.buckets import T0, block, bucket, watched
from tests.waiting.progress import until

DAY = 86_400
PLACE = ("series", 0)
EVER = (-1e12, 1e12, 10_000)


def opened(folder: Path, keep_s: float = 90 * DAY, most_bytes: int = 1 << 30) -> SeriesStore:
    """Open a store."""
    return SeriesStore(folder, keep_s=keep_s, most_bytes=most_bytes)


def counts(store: SeriesStore, entity: str = "a", level: str = "sender") -> list[tuple[int, float]]:
    """Starts and counts of an entity's rows."""
    rows = store.rows("60s", level, entity, *EVER)
    return [(row.entity.start, row.entity.count) for row in rows]


def test_a_row_is_as_it_was_written(tmp_path: Path) -> None:
    """A row of a block as precise as it is; a whole row bit for bit."""
    store = opened(tmp_path / "s")
    full = FullRow("sender", "a", "sends", watched(T0 + 60))
    found = block(["a", "b"], [7, 8])
    store.write([bucket(T0, found), bucket(T0 + 60, full=[full])], [], {PLACE: 2})
    first, second = store.rows("60s", "sender", "a", *EVER)
    assert first.entity == found.watched(0, T0, T0 + 60)
    assert (second.signal, second.shard, second.entity) == ("sends", 0, watched(T0 + 60))
    assert counts(store, "b") == [(T0, 8.0)]
    assert counts(store, "a", "signature") == counts(store, "c") == []
    assert store.rows("1d", "sender", "a", *EVER) == []


def test_a_span_and_a_number_choose_the_last_rows(tmp_path: Path) -> None:
    """From one time to before another, over the segments; the newest, in their order."""
    store = opened(tmp_path / "s", keep_s=8 * 600)
    for number in range(40):
        store.write([bucket(T0 + 60 * number, block(["a"], [number]))], [], {PLACE: number})
    assert [count for _, count in counts(store)] == list(range(40))
    rows = store.rows("60s", "sender", "a", T0 + 600, T0 + 1260, 3)
    assert [row.entity.count for row in rows] == [18, 19, 20]


def test_what_is_written_again_is_there_once(tmp_path: Path) -> None:
    """A crash repeats records: rows, names and alerts stay what they were."""
    folder = tmp_path / "s"
    revision = StoredRevision("60s", "sender", "a", T0 + 60.0, "ab", 1, "opened", b"{}")
    for _ in range(2):
        store = opened(folder)
        store.write([bucket(T0, block(["a", "商城"], [7, 8]))], [revision], {PLACE: 5})
        assert counts(store) == [(T0, 7.0)]
        assert (len(store.names), store.position(PLACE)) == (2, 5)
        assert store.alerts("60s", "sender", "a", 10) == [b"{}"]
        assert store.position(("series", 1)) is None
        store.close()


_WRITER = """
import sys
from pathlib import Path
from tests.series.store.buckets import T0, block, bucket
from tests.series.store.test_store import PLACE, opened
store = opened(Path(sys.argv[1]))
at = store.position(PLACE) or 0
while True:
    ids = [f"n{at}-{k}" for k in range(50)]
    store.write([bucket(T0 + 60 * at, block(["a", *ids], [at] * 51))], [], {PLACE: at + 1})
    at += 1
    print(at, flush=True)
"""


def test_killed_at_any_time_it_has_all_up_to_its_position_and_nothing_else(tmp_path: Path) -> None:
    """Rows, names and the position agree after each SIGKILL, and nothing acknowledged is lost."""
    folder = tmp_path / "s"
    for kill in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(folder)], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            said = [int(child.stdout.readline()) for _ in range(3 + 5 * kill)]
            os.kill(child.pid, signal.SIGKILL)
        store = opened(folder)
        position = store.position(PLACE) or 0
        assert position >= said[-1]
        assert counts(store) == [(T0 + 60 * at, float(at)) for at in range(position)]
        assert len(store.names) == 1 + 50 * position
        assert store.search(f"n{position - 1}-4", 99).is_whole
        assert len(store.search(f"n{position - 1}-", 99).found) == 50
        store.close()


def test_ended_between_two_pieces_it_takes_all_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many rows are written in pieces, the position with the last one; to repeat them is safe."""
    ids = [f"n{k}" for k in range(35)]
    found = [bucket(T0, block(ids, range(35)), block(["a"], [7], "signature"))]
    monkeypatch.setattr(store_module, "_PIECE", 10)
    write, pieces = Database.write, list[int]()

    def written(database: Database, batch: WriteBatch) -> None:
        pieces.append(batch.len())
        if len(pieces) == ends_at:
            raise StoreError("the process ends here")
        write(database, batch)

    for ends_at in range(1, 5):
        store = opened(tmp_path / f"{ends_at}")
        monkeypatch.setattr(Database, "write", written)
        pieces.clear()
        with pytest.raises(StoreError):
            store.write(found, [], {PLACE: 1})
        monkeypatch.setattr(Database, "write", write)
        store.close()
        store = opened(tmp_path / f"{ends_at}")
        assert store.position(PLACE) is None
        store.write(found, [], {PLACE: 1})
        assert [counts(store, one) for one in ids] == [[(T0, float(k))] for k in range(35)]
        assert counts(store, "a", "signature") == [(T0, 7.0)]
        assert (len(store.names), store.position(PLACE)) == (36, 1)
        assert len(store.search("n", 99).found) == 35
        store.close()
    assert max(pieces) < 10 + 10  # beside the rows: names, words, the newest bucket, the position


def test_old_rows_go_a_segment_at_a_time(tmp_path: Path) -> None:
    """By the newest bucket of the group, and never by a clock: another group's stay."""
    store = opened(tmp_path / "s", keep_s=8 * 600)
    store.write([bucket(T0, block(["x"], [1]), group="old")], [], {})
    for number in range(200):
        store.write([bucket(T0 + 60 * number, block(["a"], [number]))], [], {PLACE: number})
    starts = [start for start, _ in counts(store)]
    newest = T0 + 60 * 199
    assert starts[-1] == newest
    assert newest - 8 * 600 - 600 - 16 * 60 <= starts[0] <= newest - 8 * 600
    assert len(store.rows("old", "sender", "x", *EVER)) == 1


def test_too_many_bytes_drop_the_oldest_rows(tmp_path: Path) -> None:
    """However long rows might be kept: the store stays near its bound, the newest stay."""
    most = 2_000_000
    store = opened(tmp_path / "s", most_bytes=most)
    ids = [f"sender-{number}" for number in range(500)]
    for number in range(160):
        store.write([bucket(T0 + 60 * number, block(ids, [number] * 500))], [], {PLACE: number})
    assert store.size_bytes < 1.5 * most
    starts = [start for start, _ in counts(store, ids[0])]
    assert starts[0] > T0
    assert starts[-1] == T0 + 60 * 159


def test_a_store_of_another_form_or_torn_is_known(tmp_path: Path) -> None:
    """It says that it can be made anew; nothing else is taken for damage."""
    folder = tmp_path / "s"
    opened(folder).close()
    (folder / "CURRENT").write_text("MANIFEST-999999\n")
    with pytest.raises(StoreError):
        opened(folder)
    other = Database(tmp_path / "t")
    from rocksdict import WriteBatch

    batch = WriteBatch(raw_mode=True)
    batch.put(b"form", (99).to_bytes(8, "big"))
    other.write(batch)
    other.close()
    with pytest.raises(DamagedStore, match="must be of form 1"):
        opened(tmp_path / "t")


def test_two_processes_have_a_folder_each(tmp_path: Path) -> None:
    """The first that is free; one that ended leaves its own to the next."""
    with slot(tmp_path) as first, slot(tmp_path) as second:
        assert (first.parent.name, second.parent.name) == ("1", "2")
    with slot(tmp_path) as again:
        assert again == first


def test_rows_of_an_unwritable_folder_are_refused_with_a_sentence(tmp_path: Path) -> None:
    """It names the folder."""
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(StoreError, match="must be a folder that can be written"),
        slot(tmp_path / "file"),
    ):
        raise AssertionError


def test_readers_see_whole_buckets_while_it_is_written(tmp_path: Path) -> None:
    """A dropped segment under a reader is an end of rows, no error."""
    store = opened(tmp_path / "s", keep_s=8 * 60)
    for number in range(50):
        store.write([bucket(T0 + 60 * number, block(["a"], [number]))], [], {PLACE: number})
        seen = counts(store)
        assert seen[-1] == (T0 + 60 * number, float(number))
    until(lambda: len(counts(store)) < 50, "old rows are dropped")
