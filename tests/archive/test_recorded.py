"""An archive gives what was recorded, and says what is wrong with it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from streams.archive.manifest import ArchiveUnusable
from streams.archive.reader import Archive
from streams.archive.recorder import Recorder
from streams.archive.recording import Recording
from streams.config.load import load_config
from tests.archive.conftest import Recorded, run


@pytest.fixture
def archive(recorded: Recorded, tmp_path: Path) -> Path:
    """A copy to be damaged."""
    return Path(shutil.copytree(recorded.archive, tmp_path / "archive"))


def test_an_archives_replay_is_the_files(recorded: Recorded, tmp_path: Path) -> None:
    """Byte for byte, every alert."""
    of_files, of_archive = tmp_path / "files.jsonl", tmp_path / "archive.jsonl"
    config = ["--config", str(recorded.config)]
    run("replay", *recorded.files, *config, "--alerts", str(of_files))
    run("replay", "--archive", str(recorded.archive), *config, "--alerts", str(of_archive))
    assert of_files.read_bytes() == of_archive.read_bytes() != b""


def test_a_half_written_file_is_left_out_and_told(archive: Path) -> None:
    """What a crash leaves stops nobody."""
    (archive / "counts" / "half.parquet.part").write_bytes(b"PAR1")
    (note,) = Archive(archive).notes
    assert "half.parquet.part: was not written to its end, and is left out" in note


def test_a_truncated_file_is_named(archive: Path) -> None:
    """No traceback, no rows silently missing."""
    path = min((archive / "counts").glob("day=*/*.parquet"))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ArchiveUnusable, match="must be a whole Parquet file"):
        list(Archive(archive).buckets())


def test_a_missing_counts_file_is_named(archive: Path) -> None:
    """Buckets promise counts."""
    min((archive / "counts").glob("day=*/*.parquet")).unlink()
    with pytest.raises(ArchiveUnusable, match="it is missing: restore it"):
        Archive(archive)


def test_a_missing_day_is_told(archive: Path) -> None:
    """It is passed over, with a note."""
    day = Archive(archive).days[3]
    for table in ("counts", "buckets"):
        shutil.rmtree(archive / table / f"day={day}")
    read = Archive(archive)
    assert list(read.buckets())
    assert any("are missing in the archive; they are not judged" in note for note in read.notes)


def test_one_recorder_a_folder_and_none_of_another_origin(
    recorded: Recorded, tmp_path: Path
) -> None:
    """A second one is refused; so is going on from Kafka with what came from files."""
    config = load_config(recorded.config, must_exist=True, environ={})
    with (
        Recording(tmp_path / "new", config),
        pytest.raises(ArchiveUnusable, match="by one process at a time"),
    ):
        Recording(tmp_path / "new", config)
    with pytest.raises(ArchiveUnusable, match="it was recorded from files"):
        Recorder(recorded.archive, config)


def test_another_bucket_size_is_refused(recorded: Recorded, tmp_path: Path) -> None:
    """Status 2, and the key named: what was counted otherwise needs the raw events."""
    other = tmp_path / "other.toml"
    other.write_text(recorded.config.read_text().replace('bucket = "1h"', 'bucket = "2h"'))
    said = run(
        "replay", "--archive", str(recorded.archive), "--config", str(other),
        "--alerts", str(tmp_path / "a.jsonl"), status=2,
    )  # fmt: skip
    assert all(f"sources.{name}" in said for name in ("sends", "complaints")), said
    assert "what was counted otherwise needs the raw events" in said
