"""What was counted beside totals is written as it is read, and an archive says what it holds."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.archive.manifest import ArchiveUnusable, Manifest, misfits, read_manifest
from streams.archive.read.buckets import RecordedBucket, unsharded
from streams.archive.read.other_shape import OtherShape, split, unfit_counts
from streams.archive.read.reader import Archive
from streams.archive.record.writer import Writer
from streams.archive.tables import ShardGroup
from streams.config.model import Config
from streams.detection.bucket_result import BucketResult
from streams.detection.context.membership import Belonging
from streams.detection.merge import ClosedBucket
from streams.detection.source_faults.verdict import SourceVerdict
from streams.facts.bucket import NO_FACTS, Facts
from streams.facts.join import joined
from tests.archive.drawn_facts import FACTS, SOURCES
from tests.events_of import config

HOUR, START = 3600, 1_772_409_600
EVERY_TABLE = ["distinct/sender/reporters", "consents/sender", "uses", "late/sender", "cells"]


def _config(count_by: str = "events", bucket: str = "1h") -> Config:
    return config(
        count={"levels": ["sender", "signature", "platform", "all"], "bucket": bucket},
        sources={
            "sends": {"kind": "send", "group": "one"},
            "complaints": {"kind": "complaint", "group": "one", "count_by": count_by},
        },
    )


def _bucket(number: int, facts: Facts) -> ClosedBucket:
    start = START + number * HOUR
    return ClosedBucket(start, start + HOUR, {}, Belonging(), {}, facts)


def _written(root: Path, drawn: list[Facts]) -> Archive:
    manifest = Manifest.from_config(_config(), "kafka")
    sources = {n: replace(each, facts=EVERY_TABLE) for n, each in manifest.sources.items()}
    manifest = replace(manifest, sources=sources)
    manifest.write(root)
    writer = Writer(root, ShardGroup(0, "one"), manifest)
    verdicts = {name: SourceVerdict(times=1) for name in SOURCES}
    for number, facts in enumerate(drawn):
        writer.add(BucketResult(0, "one", _bucket(number, facts), [], verdicts, {}))
    writer.flush()
    return Archive(root)


@settings(max_examples=15, deadline=None)
@given(st.lists(FACTS | st.just(NO_FACTS), min_size=1, max_size=6), st.integers(1, 3))
def test_facts_are_read_as_they_were_written(drawn: list[Facts], rows_at_once: int) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        patch("streams.archive.read.facts.ROWS_AT_ONCE", rows_at_once),
    ):
        found = [recorded.bucket.facts for recorded in _written(Path(folder), drawn).buckets()]
    assert found == drawn


@settings(max_examples=50, deadline=None)
@given(FACTS, st.integers(1, 4))
def test_shards_hold_the_facts_of_their_entities_and_all_of_them_together(
    facts: Facts, shards: int
) -> None:
    parts = split(_bucket(0, facts), shards)
    assert joined([part.facts for part in parts]) == facts
    recorded = [RecordedBucket(ShardGroup(n, "one"), part) for n, part in enumerate(parts)]
    (again,) = unsharded(recorded)
    assert again.bucket.facts == facts


@settings(max_examples=15, deadline=None)
@given(st.lists(FACTS, min_size=2, max_size=2))
def test_a_larger_bucket_has_the_facts_of_its_parts(drawn: list[Facts]) -> None:
    """Sums of numbers, and sketches of the union: as if the larger bucket had been counted."""
    now = _config(bucket="2h")
    manifest = Manifest.from_config(_config(), "kafka")
    recorded = (
        RecordedBucket(ShardGroup(0, "one"), _bucket(number, facts))
        for number, facts in enumerate(drawn)
    )
    larger = list(OtherShape(now).buckets(manifest, {"one"}, recorded))
    assert [each.bucket.facts for each in larger] == [joined(drawn)]


def test_a_lost_or_foreign_file_of_facts_is_named(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        archive = _written(root, [NO_FACTS, NO_FACTS])
        (path,) = (root / "distinct").glob("*/*.parquet")
        shutil.move(path, tmp_path / "gone")
        with pytest.raises(ArchiveUnusable, match=r"distinct.*must exist.*it is missing"):
            list(archive.buckets())
        path.write_bytes(b"PAR1")
        with pytest.raises(ArchiveUnusable, match="complete Parquet file"):
            list(archive.buckets())


def test_an_archive_without_facts_is_as_before(tmp_path: Path) -> None:
    manifest = Manifest.from_config(_config(), "kafka")
    manifest.write(tmp_path)
    writer = Writer(tmp_path, ShardGroup(0, "one"), manifest)
    verdicts = {name: SourceVerdict(times=1) for name in SOURCES}
    writer.add(BucketResult(0, "one", _bucket(0, NO_FACTS), [], verdicts, {}))
    writer.flush()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "archive.json",
        "buckets",
        "counts",
    ]
    assert [one.bucket.facts for one in Archive(tmp_path).buckets()] == [NO_FACTS]


def test_what_was_not_counted_cannot_be_judged(tmp_path: Path) -> None:
    """Neither replayed nor warmed; and nothing is recorded on that counts less than before."""
    Manifest.from_config(_config(), "kafka").write(tmp_path)
    was, wants = read_manifest(tmp_path), _config("reporters")
    (problem,) = misfits(was, wants)
    assert problem.startswith(
        "sources.complaints must have counted distinct/all/reporters, distinct/platform/reporters,"
    )
    assert "Record again, or remove what asks for it (count_by" in problem
    assert unfit_counts(was, wants) == [problem]
    counted = Manifest.from_config(wants, "kafka")
    assert misfits(counted, _config()) == []
    (problem,) = misfits(counted, _config(), go_on=True)
    assert "sources.complaints must still count distinct/all/reporters" in problem
