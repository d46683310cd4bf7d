"""What the live benchmarks are fed with, and what they draw."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from benchmarks import archive
from benchmarks.counts_load import BUCKET_S, START, CountsLoad, idle_complaints
from benchmarks.growth_plot import plot
from streams.counts.wire import decode_counts
from streams.detection.protocol import Refuse, ShardProtocol
from tests.events_of import config

SENDERS, BUCKETS = 300, 3


def test_detect_judges_every_sender_of_the_load_in_every_bucket() -> None:
    """Senders, signatures, platforms and the total, silent ones too, and nothing is refused."""
    load = CountsLoad(SENDERS, 0.1, seed=1)
    judging = ShardProtocol(0, config(), {})
    records = [*idle_complaints(BUCKETS)]
    for bucket in range(BUCKETS):
        records += load.bucket(bucket)
    for offset, value in enumerate(records):
        steps = list(judging.take(offset, value, START + 10.0**6))
        assert not any(isinstance(step, Refuse) for step in steps)
    (group,) = judging.shard.groups.values()
    assert group.buckets_closed == BUCKETS
    assert group.panel.known == load.entities == 300 + 15 + 100 + 1
    assert group.entity_buckets >= BUCKETS * load.entities


def test_levels_of_the_load_agree() -> None:
    """A bucket's signatures and platforms add up to its senders, and everybody is known."""
    totals = CountsLoad(SENDERS, 0.5, seed=1).totals(1)
    sums = dict.fromkeys(("sender", "signature", "platform", "all"), 0)
    for total in totals:
        sums[total.level] += total.count
        assert total.bucket == START + BUCKET_S
    assert len(set(sums.values())) == 1
    families = [
        f for r in CountsLoad(SENDERS, 0.5, seed=1).bucket(1) for f in decode_counts(r).families
    ]
    named = sum(len(family.members) for family in families)
    assert named == 2 * sum(1 for total in totals if total.level == "sender")


def test_the_plot_is_an_svg_with_a_point_for_each_size() -> None:
    """Whatever the values are, a hundredth or thousands."""
    cost = [(1e4, 0.012), (1e5, 0.11), (1e6, 1.4)]
    picture = plot(
        [("CPU seconds a bucket", cost), ("resident memory, MB", [(1e4, 140.0), (1e6, 900.0)])]
    )
    root = ET.fromstring(picture)
    points = [one for one in root.iter() if one.get("class") == "point"]
    assert len(points) == 5
    for one in points:
        assert 0.0 <= float(one.get("x", "-1")) <= 720.0
        assert 0.0 <= float(one.get("y", "-1")) <= 330.0


def test_an_archive_of_the_load_gives_its_alerts_again() -> None:
    """All that the load's buckets hold is judged again from the archive; the figures add up."""
    figures = archive.measure(SENDERS, 6)
    assert figures["entity_buckets"] >= 6 * SENDERS
    assert 0 < figures["rows"] < figures["entity_buckets"]
