"""Files are read to the end, whatever they hold."""

from __future__ import annotations

import gzip
import io
import os
import sys
import threading
import tracemalloc
from pathlib import Path

import pytest

from streams.items import Place, name_problem
from streams.sources.read import Unopenable, open_records
from tests.sources.files import event, read_bytes, reasons, refused, source, torn_gzip

HEAD = b"t,sender\n"
LINES = [b"2026-03-01,sender-%d\n" % n for n in range(20_000)]
WHOLE = HEAD + b"".join(LINES)


def test_gzip_is_known_by_its_bytes(tmp_path: Path) -> None:
    """A gzip without .gz is read, as is a plain file with it."""
    assert len(read_bytes(source(), gzip.compress(WHOLE), tmp_path, "a.csv")) == 20_000
    assert len(read_bytes(source(), WHOLE, tmp_path, "b.csv.gz")) == 20_000


def test_a_gzip_of_several_members_is_read_to_the_end(tmp_path: Path) -> None:
    """Logs are joined by `cat`, and tapes pad with zeros."""
    content = gzip.compress(WHOLE) + gzip.compress(b"".join(LINES[:5])) + b"\0" * 1000
    path = tmp_path / "f"
    path.write_bytes(content)
    records = open_records(source(), path, None)
    assert reasons(list(records)) == ["ok"] * 20_005
    assert records.damage is None


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.9999])
def test_a_truncated_gzip_gives_what_is_readable(share: float, tmp_path: Path) -> None:
    """What came is read; the line that breaks off is none; one reject says what is missing."""
    path = tmp_path / "f.gz"
    path.write_bytes(torn_gzip(WHOLE, share))
    records = open_records(source(), path, None)
    rows = list(records)
    assert reasons(rows) == ["ok"] * (len(rows) - 1) + ["truncated"]
    assert len(rows) > 20_000 * share * 0.5
    last = refused(rows[-1])
    assert last.place == Place(file="f.gz", line=len(rows))
    assert records.damage is not None
    assert records.damage in last.detail


def test_a_truncated_gzip_of_nothing(tmp_path: Path) -> None:
    """Even a gzip of which only the magic came has its reject."""
    assert reasons(read_bytes(source(), b"\x1f\x8b", tmp_path)) == ["truncated"]
    assert reasons(read_bytes(source(), torn_gzip(WHOLE, 0.0001)[:15], tmp_path)) == ["truncated"]


def test_a_damaged_gzip_ends_where_the_damage_is(tmp_path: Path) -> None:
    """A byte turned over is noticed at the latest by the checksum at the end."""
    content = bytearray(gzip.compress(WHOLE))
    content[len(content) // 2] ^= 0xFF
    found = reasons(read_bytes(source(), bytes(content), tmp_path))
    assert found[-1] == "truncated"
    assert "ok" in found


def test_progress_is_in_stored_bytes(tmp_path: Path) -> None:
    """bytes_read goes from none to bytes_total, compressed where the file is."""
    path = tmp_path / "f.gz"
    path.write_bytes(gzip.compress(WHOLE))
    records = open_records(source(), path, None)
    assert records.bytes_total == path.stat().st_size
    seen = [records.bytes_read for _ in records]
    assert seen == sorted(seen)
    assert records.bytes_read == records.bytes_total


def test_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` is standard input, gzip or not; how much is to come is not known."""
    path = tmp_path / "f"
    path.write_bytes(gzip.compress(WHOLE))
    with path.open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        records = open_records(source(), Path("-"), None)
        assert records.bytes_total is None
        rows = list(records)
        assert not file.closed
        os.fstat(file.fileno())
    assert reasons(rows) == ["ok"] * 20_000


def test_no_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without one gets a clear error."""
    for absent in (None, io.StringIO()):
        monkeypatch.setattr(sys, "stdin", absent)
        with pytest.raises(Unopenable, match="-: must be a readable file"):
            open_records(source(), Path("-"), None)


def test_a_pipe_is_read_as_it_comes(tmp_path: Path) -> None:
    """A shell's <(...) has no size, and comes in pieces."""
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def write() -> None:
        with path.open("wb", buffering=0) as pipe:
            for at in range(0, len(WHOLE), 1000):
                pipe.write(WHOLE[at : at + 1000])

    writer = threading.Thread(target=write)
    writer.start()
    records = open_records(source(), path, None)
    assert records.bytes_total is None
    assert reasons(list(records)) == ["ok"] * 20_000
    writer.join()


def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """A missing file, a directory and a forbidden name are errors at once."""
    with pytest.raises(Unopenable, match="nowhere: must be a readable file; No such file"):
        open_records(source(), tmp_path / "nowhere", None)
    with pytest.raises(Unopenable, match="found a directory"):
        open_records(source(), tmp_path, None)
    with pytest.raises(Unopenable, match="must be a readable file"):
        open_records(source(), Path("a\0b"), None)


@pytest.mark.parametrize("name", ["a\nb.csv", "\udcff.csv", "阿" * 60 + ".csv"])
def test_any_file_name_makes_proper_ids(name: str, tmp_path: Path) -> None:
    """Event ids made of a file's name keep the contract's rules for ids."""
    (row,) = read_bytes(source(), HEAD + LINES[0], tmp_path, name)
    assert name_problem(event(row).event_id) is None
    assert event(row).event_id.isprintable()


def test_memory_is_constant(tmp_path: Path) -> None:
    """A file six times as long takes no more memory."""
    path = tmp_path / "f.gz"
    peaks = []
    for size in (1, 6):
        with gzip.open(path, "wb", 1) as file:
            file.write(HEAD)
            for _ in range(size):
                file.writelines(LINES)
        tracemalloc.start()
        for _ in open_records(source(), path, None):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def test_a_file_that_is_one_line_is_not_kept(tmp_path: Path) -> None:
    """A file of zeros has no lines; it is one reject, of bounded size."""
    content = HEAD + b"\0" * 20_000_000
    tracemalloc.start()
    (row,) = read_bytes(source(), content, tmp_path)
    del content
    tracemalloc.stop()
    assert refused(row).reason == "too_big"
    assert len(refused(row).raw) < 1_100_000
