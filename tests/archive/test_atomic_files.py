"""What has been written is there after a power failure, under its name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from streams.archive.atomic_files import atomic_file
from streams.archive.record.recording import lock


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What is put on the disk for good, in its order."""
    found: list[Path] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        found.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    monkeypatch.setattr("streams.archive.atomic_files.os.fsync", noted)
    return found


def test_new_folders_last_as_their_files_do(tmp_path: Path, synced: list[Path]) -> None:
    """A folder's own name is in the one above it: each that was new is put there, first to last."""
    path = tmp_path / "counts" / "day=2026-03-02" / "1.parquet"
    with atomic_file(path) as file:
        file.write(b"rows")
    part = path.with_name("1.parquet.part")
    assert synced == [tmp_path, tmp_path / "counts", part, path.parent]
    synced.clear()
    with atomic_file(path.with_name("2.parquet")):
        pass
    assert synced == [path.with_name("2.parquet.part"), path.parent]


def test_an_archives_own_folder_lasts(tmp_path: Path, synced: list[Path]) -> None:
    """The first to be made is the one that the lock is in."""
    os.close(lock(tmp_path / "new" / "archive"))
    assert synced == [tmp_path, tmp_path / "new", tmp_path / "new" / "archive"]
