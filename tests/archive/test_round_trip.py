"""What is written is what is read: any sources, levels, parents and gaps."""

from __future__ import annotations

import tempfile
from pathlib import Path
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.archive.manifest import Manifest
from streams.archive.read.reader import Archive
from streams.archive.record.writer import Writer
from streams.archive.tables import ShardGroup
from streams.detection.bucket_result import BucketResult
from streams.detection.context.groups import Wider
from streams.detection.context.membership import Belonging
from streams.detection.merge import ClosedBucket, Sums
from streams.detection.source_faults.verdict import SourceVerdict
from streams.items import SURPLUS, SURPLUS_IDS, Family, Level
from streams.names.canonical import form_of_stored
from tests.events_of import config

HOUR, START = 3600, 1_772_409_600
SOURCES = ("sends", "complaints")
LEVELS: tuple[Level, ...] = ("sender", "signature", "platform", "all")

NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12
).map(form_of_stored)
"""What is counted is in the one form."""

TOTALS = st.dictionaries(NAMES, st.integers(1, 2**62), min_size=1, max_size=5)
SUMS = st.dictionaries(st.tuples(st.sampled_from(SOURCES), st.sampled_from(LEVELS)), TOTALS)
SURPLUSES = st.builds(
    lambda count, ids: {SURPLUS: count, SURPLUS_IDS: ids}, st.integers(1, 2**62), st.integers(1, 9)
)
BEYOND = st.dictionaries(st.tuples(st.sampled_from(SOURCES), st.sampled_from(LEVELS)), SURPLUSES)
LEVELS_ABOVE: tuple[Level, ...] = ("signature", "platform", "category")
WIDER = st.sets(st.tuples(st.sampled_from(LEVELS_ABOVE), NAMES))


@st.composite
def _buckets(draw: st.DrawFn) -> list[ClosedBucket]:
    """Consecutive hours, over midnight, each with its counts and who belongs to whom."""
    out = []
    for number in range(draw(st.integers(1, 30))):
        sums: Sums = draw(SUMS) if draw(st.booleans()) else {}
        start = START + number * HOUR
        beyond: Sums = draw(BEYOND) if draw(st.booleans()) else {}
        out.append(ClosedBucket(start, start + HOUR, sums, _parents(draw, sums), beyond))
    return out


def _parents(draw: st.DrawFn, sums: Sums) -> Belonging:
    belonging = Belonging()
    senders = {name for (_, level), of in sums.items() if level == "sender" for name in of}
    for place, sender in enumerate(sorted(senders)):
        families = [Family(level, name, [place]) for level, name in sorted(draw(WIDER))]
        if families:
            belonging.put(("sends", 0), sender, belonging.add_record(families), place)
    return belonging


def _of(bucket: ClosedBucket) -> dict[str, set[Wider]]:
    names = {name for of in bucket.sums.values() for name in of}
    return {name: set(found) for name in names if (found := bucket.parents.get(name))}


@settings(max_examples=60, deadline=None)
@given(_buckets(), st.integers(1, 20), st.integers(1, 5), st.lists(st.integers(0, 29)))
def test_what_is_written_is_read(
    buckets: list[ClosedBucket], rows_a_file: int, rows_a_group: int, flushes: list[int]
) -> None:
    """Every bucket, empty ones too, in order, with its counts and parents; however it is split."""
    settings_ = config(
        count={"levels": list(LEVELS), "bucket": "1h"},
        sources={name: {"kind": name.removesuffix("s"), "group": "one"} for name in SOURCES},
    )
    verdicts = {name: SourceVerdict(times=1) for name in SOURCES}
    with (
        tempfile.TemporaryDirectory() as folder,
        patch("streams.archive.record.writer.ROWS_A_FILE", rows_a_file),
        patch("streams.archive.tables.ROWS_A_GROUP", rows_a_group),
    ):
        root, manifest = Path(folder), Manifest.from_config(settings_, "kafka")
        manifest.write(root)
        writer = Writer(root, ShardGroup(0, "one"), manifest)
        for number, bucket in enumerate(buckets):
            writer.add(BucketResult(0, "one", bucket, [], verdicts, {}))
            if number in flushes:
                writer.flush()
        writer.flush()
        archive = Archive(root)
        found = [one.bucket for one in archive.buckets()]
        assert (archive.notes, archive.rows) == (
            [],
            sum(len(t) for b in buckets for of in (b.sums, b.beyond) for t in of.values()),
        )
    assert [(b.start, b.end, b.sums) for b in found] == [(b.start, b.end, b.sums) for b in buckets]
    assert [bucket.beyond for bucket in found] == [bucket.beyond for bucket in buckets]
    assert [_of(bucket) for bucket in found] == [_of(bucket) for bucket in buckets]
