"""An archive gives what was recorded, and says what is wrong with it."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from streams.alerts.label import encode_label, make_label
from streams.analysis.replay import Replay
from streams.archive.manifest import FILE, ArchiveUnusable
from streams.archive.read.reader import Archive
from streams.archive.record.recorder import Recorder
from streams.archive.record.recording import Recording
from streams.archive.record.writer import write_labels
from streams.config.load import load_config
from tests.archive.conftest import Recorded, run, run_apart


@pytest.fixture
def archive(recorded: Recorded, tmp_path: Path) -> Path:
    """A copy to be damaged."""
    return Path(shutil.copytree(recorded.archive, tmp_path / "archive"))


def test_an_archives_replay_is_the_files(recorded: Recorded, tmp_path: Path) -> None:
    """Byte for byte, every alert."""
    of_files, of_archive = tmp_path / "files.jsonl", tmp_path / "archive.jsonl"
    config = ["--config", str(recorded.config)]
    run_apart("replay", *recorded.files, *config, "--alerts", str(of_files))
    run_apart("replay", "--archive", str(recorded.archive), *config, "--alerts", str(of_archive))
    assert of_files.read_bytes() == of_archive.read_bytes() != b""


def test_an_alert_lies_in_the_day_of_its_last_bucket(recorded: Recorded) -> None:
    """Also where midnight in its time zone is another than in UTC: so they can be joined by day."""
    days = {(row["group"], row["bucket"]): day for day, row in _rows(recorded.archive, "buckets")}
    alerts = list(_rows(recorded.archive, "alerts"))
    for day, row in alerts:
        assert day == days[row["group"], row["last_bucket"]]
    assert any(day != row["time"].date().isoformat() for day, row in alerts)


def _rows(archive: Path, table: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows of a table, each with its day."""
    for path in (archive / table).glob("day=*/*.parquet"):
        for row in pq.ParquetFile(path).read().to_pylist():
            yield path.parent.name.removeprefix("day="), row


def test_a_half_written_file_is_left_out_and_told(archive: Path) -> None:
    """What a crash leaves stops nobody."""
    (archive / "counts" / "half.parquet.part").write_bytes(b"PAR1")
    (note,) = Archive(archive).notes
    assert "half.parquet.part: this file is incomplete, and is ignored" in note


def test_a_truncated_file_is_named(archive: Path) -> None:
    """No traceback, no rows silently missing."""
    path = min((archive / "counts").glob("day=*/*.parquet"))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ArchiveUnusable, match="must be a complete Parquet file"):
        list(Archive(archive).buckets())


@pytest.mark.parametrize("table", ["counts", "buckets"])
def test_a_flipped_bit_is_told_or_changes_nothing(
    recorded: Recorded, archive: Path, table: str
) -> None:
    """Wherever in a file's pages a disk has changed a byte: no traceback, and no other counts."""
    whole = list(Archive(recorded.archive).buckets())
    path = min((archive / table).glob("day=*/*.parquet"))
    right = path.read_bytes()
    end = len(right) - 8 - int.from_bytes(right[-8:-4], "little")  # the footer begins there
    named = 0
    for place in range(4, end, max((end - 4) // 40, 1)):
        path.write_bytes(right[:place] + bytes([right[place] ^ 0x10]) + right[place + 1 :])
        try:
            assert list(Archive(archive).buckets()) == whole
        except ArchiveUnusable as error:
            named += str(path) in str(error)
    assert named > 20


def test_a_missing_counts_file_is_named(archive: Path) -> None:
    """Buckets promise counts."""
    min((archive / "counts").glob("day=*/*.parquet")).unlink()
    with pytest.raises(ArchiveUnusable, match=r"it is missing\. Restore it"):
        Archive(archive)


def test_a_missing_day_is_told(archive: Path) -> None:
    """It is passed over, with a note."""
    _lose_a_day(archive)
    notes: list[str] = []
    read = Archive(archive, notes.append)
    assert list(read.buckets())
    assert any("are missing in the archive; they are not judged" in note for note in read.notes)
    assert list(read.buckets())
    assert notes == read.notes
    assert len(notes) == len(set(notes))


@pytest.mark.parametrize("command", ["report", "diff"])
def test_a_missing_day_is_told_once(
    recorded: Recorded, archive: Path, tmp_path: Path, command: str
) -> None:
    """However often a command reads the archive: a line for each group, in a report too."""
    _lose_a_day(archive)
    page = tmp_path / "page.html"
    config = str(recorded.config)
    words = {"report": ["--out", str(page), "--config", config], "diff": [config, config]}
    said = run(command, *words[command], "--over", str(archive))
    notes = [line for line in said.splitlines() if "are missing in the archive" in line]
    assert len(notes) == len(set(notes)) == 1
    if command == "report":
        assert page.read_text("utf-8").count("are missing in the archive") == 1


def _lose_a_day(archive: Path) -> None:
    day = sorted(path.name for path in (archive / "buckets").iterdir())[3]
    for table in ("counts", "buckets"):
        shutil.rmtree(archive / table / day)


def test_a_killed_recording_of_files_is_no_archive(recorded: Recorded, tmp_path: Path) -> None:
    """Its days look whole; that it was never finished is said, and what to do."""
    root, config = tmp_path / "killed", load_config(recorded.config)
    files = {name: [Path(path)] for name, _, path in (w.partition("=") for w in recorded.files)}
    with Recording(root, config) as recording:
        Replay(config, files, now_s=time.time()).run(
            recording.on_alert, lambda *_: None, on_bucket=recording.on_bucket
        )
    assert len(list((root / "buckets").iterdir())) > 5
    with pytest.raises(ArchiveUnusable, match="remove the folder, and record again"):
        Archive(root)
    with pytest.raises(ArchiveUnusable, match="remove this one"):
        Recording(root, config)


@pytest.mark.parametrize(
    "words",
    [
        "replay --archive {0} --config {1} --alerts {2}/x.jsonl",
        "diff {1} {1} --over {0}",
        "report --over {0} --config {1} --out {2}/x.html",
        "tune --over {0} --config {1} --inject --out {2}/x.toml",
    ],
)
def test_no_command_reads_what_was_not_finished(
    recorded: Recorded, archive: Path, tmp_path: Path, words: str
) -> None:
    """Status 2: a comparison of half an archive would agree too easily."""
    _in_manifest(archive, complete=False)
    said = run(*words.format(archive, recorded.config, tmp_path).split(), status=2)
    assert "must have been recorded to its end" in said
    assert not list(tmp_path.glob("x.*"))


def test_files_that_broke_off_are_told_by_the_archive(recorded: Recorded, tmp_path: Path) -> None:
    """What could be read is recorded, and can be judged; each reading says what is missing."""
    (sends,) = (w.partition("=")[2] for w in recorded.files if w.startswith("sends="))
    broken = tmp_path / "broken.jsonl.gz"
    packed = gzip.compress(Path(sends).read_bytes())
    broken.write_bytes(packed[: len(packed) // 2])
    place, config = str(tmp_path / "a"), ["--config", str(recorded.config)]
    run("record", place, f"sends={broken}", *config, status=1)
    said = run("replay", "--archive", place, *config, "--alerts", str(tmp_path / "x.jsonl"))
    assert said.count(f"note: {broken}: ") == 1
    assert "the buckets that were open there are not recorded" in said


def _in_manifest(archive: Path, **what: object) -> None:
    path = archive / FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), **what}))


def test_a_later_versions_archive_is_named(archive: Path) -> None:
    """Whatever else it says, which may be anything by then."""
    _in_manifest(archive, v=3, levels={"of": "another kind"})
    with pytest.raises(ArchiveUnusable, match=r"archive\.json: must be of version 1 to 2; found 3"):
        Archive(archive)


@pytest.mark.parametrize("table", ["counts", "buckets", "alerts", "labels"])
def test_other_columns_are_named(archive: Path, table: str) -> None:
    """A column that is missing is no traceback, and nothing is read past it."""
    at = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    write_labels(archive, "0.0", [encode_label(make_label("true", at, alert_id="0" * 16))])
    path = min((archive / table).glob("day=*/*.parquet"))
    whole = pq.ParquetFile(path).read()
    pq.write_table(whole.drop_columns([whole.schema.names[-1]]), path)
    with pytest.raises(ArchiveUnusable, match=rf"{table}/.*must have the columns .*; found "):
        _read_all(archive)


def _read_all(archive: Path) -> None:
    read = Archive(archive)
    for rows in (read.buckets(), read.alerts(), read.labels()):
        for _ in rows:
            pass


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
    assert "another way of counting needs the raw events" in said
