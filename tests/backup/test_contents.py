"""The files of a backup: every record comes back, and what is no backup is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.backup.contents import (
    FILE,
    ROWS_AT_ONCE,
    BackupUnusable,
    Contents,
    StoredPartition,
    StoredPosition,
    StoredRecord,
    read_contents,
    stored_records,
    write_records,
)

_bytes = st.one_of(st.none(), st.binary(max_size=5))
_records = st.builds(
    StoredRecord,
    st.integers(0, 2**62),
    st.one_of(st.none(), st.integers(0, 2**50)),
    _bytes,
    _bytes,
    st.lists(st.tuples(st.text(max_size=3), _bytes), max_size=2),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(_records, max_size=8), st.integers(0, 9))
def test_every_record_comes_back(
    tmp_path_factory: pytest.TempPathFactory, records: list[StoredRecord], skip: int
) -> None:
    """With its offset, time, key and headers, in order; also from the middle on."""
    path = tmp_path_factory.mktemp("kept") / "topic-0.parquet"
    assert write_records(path, records) == len(records)
    assert list(stored_records(path, skip)) == records[skip:]


def test_more_records_than_are_held_at_once(tmp_path: Path) -> None:
    """They are written and read in parts."""
    records = [StoredRecord(n, n, b"k", b"v", []) for n in range(2 * ROWS_AT_ONCE + 1)]
    assert write_records(tmp_path / "one", records) == len(records)
    assert [one.offset for one in stored_records(tmp_path / "one", ROWS_AT_ONCE + 7)] == list(
        range(ROWS_AT_ONCE + 7, len(records))
    )


def test_the_list_comes_back(tmp_path: Path) -> None:
    """Partitions and positions."""
    contents = Contents(
        "local",
        [StoredPartition("weathervane.local.counts", 1, 40, 70)],
        [StoredPosition("weathervane.local.count", "sends", 0, 30, '{"v":2}')],
    )
    contents.write(tmp_path)
    assert read_contents(tmp_path) == contents


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, r"must be a complete backup, that is a folder with backup\.json; No such file"),
        (b"{", r"must be what `weathervane backup` wrote"),
        (b'{"v":9}', r"must be of form 1 or one of the two before; found 9.* Restore with that"),
        (b'{"v":1,"name":1}', r"must be what `weathervane backup` wrote"),
    ],
)
def test_what_is_no_backup_is_refused(tmp_path: Path, text: bytes | None, message: str) -> None:
    """With a sentence that says what to do."""
    if text is not None:
        (tmp_path / FILE).write_bytes(text)
    with pytest.raises(BackupUnusable, match=message):
        read_contents(tmp_path)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    """Nothing that is wrong goes back to Kafka."""
    path = tmp_path / "topic-0.parquet"
    write_records(path, [StoredRecord(0, 0, b"k", b"value" * 100, [])])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BackupUnusable, match="must be a complete file of the backup"):
        list(stored_records(path))
