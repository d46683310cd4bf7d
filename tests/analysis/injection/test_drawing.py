"""Bursts put into recorded days: of whom, when, how large, and that nothing else changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from streams.analysis.archive_replay import ArchiveReplay
from streams.analysis.injection.bursts import Injection
from streams.analysis.injection.drawing import CLASSES_PER_DAY, LEAST_PER_DAY, RATIOS, draw
from streams.archive.manifest import Manifest
from streams.archive.read.buckets import RecordedBucket
from streams.archive.tables import ShardGroup
from streams.config.load import parse_config
from streams.counts.wire import shard_of
from streams.detection.context.groups import Wider
from streams.detection.merge import Sums
from streams.items import Level
from tests.analysis.tuning.recorded import DATA, DAY, FILED, MANIFEST, MEANS, day, days, platform_of

LONG, SINCE = 240, 60
RECORDED = days(LONG)


def drawn(
    recorded: Sequence[RecordedBucket] = RECORDED,
    *,
    seed: int = 1,
    apart: Mapping[str, Sequence[tuple[float, float]]] | None = None,
    manifest: Manifest = MANIFEST,
) -> Injection:
    return draw(
        lambda: recorded, manifest, since_s=day(SINCE), until_s=day(LONG), seed=seed,
        apart=apart or {},
    )  # fmt: skip


INJECTED = drawn()


def counts(recorded: Sequence[RecordedBucket], level: Level) -> dict[int, dict[str, int]]:
    return {one.bucket.start: one.bucket.sums.get(("filed", level), {}) for one in recorded}


def test_the_same_seed_gives_the_same_bursts() -> None:
    """Twice the same, and others by another seed."""
    assert drawn() == INJECTED
    assert drawn(seed=2).bursts != INJECTED.bursts


def test_what_is_recorded_stays_as_it_is() -> None:
    """The buckets given are not changed: other trials judge them too."""
    list(INJECTED.into(RECORDED))
    assert counts(RECORDED, "all") == counts(days(LONG), "all")
    assert counts(RECORDED, "sender") == counts(days(LONG), "sender")


def test_roll_ups_change_by_what_their_senders_change() -> None:
    """In each bucket platforms and total are the sums of their senders, with the bursts."""
    injected = list(INJECTED.into(RECORDED))
    assert counts(injected, "sender") != counts(RECORDED, "sender")
    for one in injected:
        by_sender = one.bucket.sums["filed", "sender"]
        platforms: Counter[str] = Counter()
        for sender, count in by_sender.items():
            assert count > 0
            platforms[platform_of(sender)] += count
        assert one.bucket.sums["filed", "platform"] == dict(platforms)
        assert one.bucket.sums["filed", "all"] == {"all": sum(by_sender.values())}


def test_senders_that_count_by_a_burst_alone_have_their_platform() -> None:
    """What explains a platform's alert is known on each day of a sender's burst."""
    before = {one.bucket.start: one.bucket.sums["filed", "sender"] for one in RECORDED}
    alone = [
        (one.bucket, sender)
        for one in INJECTED.into(RECORDED)
        for sender in one.bucket.sums["filed", "sender"].keys() - before[one.bucket.start].keys()
    ]
    assert alone
    for bucket, sender in alone:
        assert bucket.parents.get(sender) == {("platform", platform_of(sender))}


def test_small_and_large_senders_are_met() -> None:
    """A tenth of the bursts at least are of each class of size, though most senders are small."""
    sizes = [MEANS[int(burst.sender[1:])] for burst in INJECTED.bursts]
    classes = Counter(np.digitize(sizes, CLASSES_PER_DAY).tolist())
    assert len(INJECTED.bursts) >= 60
    assert len(classes) == 4
    assert min(classes.values()) >= 0.1 * len(sizes)


def test_bursts_are_as_large_as_their_labels_say() -> None:
    """Added ones bring (ratio - 1) times the usual; a kept one is ratio times what is left."""
    before, after = counts(RECORDED, "sender"), counts(list(INJECTED.into(RECORDED)), "sender")
    added, due = 0.0, 0.0
    for burst in INJECTED.bursts:
        span = range(burst.start, burst.end, DAY)
        if burst.kept:
            assert all(after[at].get(burst.sender) == before[at].get(burst.sender) for at in span)
            early = [at for at in before if at < day(SINCE - 1)]
            left = sum(after[at].get(burst.sender, 0) for at in early)
            due_left = sum(before[at].get(burst.sender, 0) for at in early) / burst.ratio
            assert left == pytest.approx(due_left, abs=4.0 * due_left**0.5)
        else:
            added += sum(
                after[at].get(burst.sender, 0) - before[at].get(burst.sender, 0) for at in span
            )
            due += (burst.ratio - 1.0) * burst.usual * len(span)
    assert {burst.kept for burst in INJECTED.bursts} == {True, False}
    assert added / due == pytest.approx(1.0, abs=0.1)


def test_labels_lie_in_their_time_and_apart() -> None:
    """No burst before the warm-up's end or after the archive's, none of a sender that has one."""
    last: dict[str, float] = {}
    for burst in INJECTED.bursts:
        assert day(SINCE - 1) <= burst.start < burst.end <= day(LONG)
        assert burst.start >= last.get(burst.sender, 0.0) + 7 * DAY
        last[burst.sender] = burst.end
        window = burst.window
        assert (window.level, window.signal, window.kind) == ("sender", "complaints", "injected")


def test_no_burst_comes_near_what_a_label_tells_of() -> None:
    """A sender with a labelled window has no injected burst within a week of it."""
    taken = {f"s{n}": [(float(day(100)), float(day(160)))] for n in range(len(MEANS))}
    starts = [burst.start for burst in drawn(apart=taken).bursts]
    assert starts
    assert not [at for at in starts if day(94) <= at < day(166)]


def test_what_comes_later_changes_nothing_before() -> None:
    """Other counts after a day leave all that is drawn up to then as it was."""
    cut = 150
    other = drawn([*RECORDED[:cut], *days(LONG, seed=9)[cut:]])
    for injection in (INJECTED, other):
        assert any(burst.start >= day(cut) for burst in injection.bursts)

    def early(injection: Injection) -> object:
        changes = {at: of for at, of in injection.changes.items() if at[1] < day(cut)}
        return changes, [(b.sender, b.start) for b in injection.bursts if b.start < day(cut)]

    assert early(other) == early(INJECTED)


def partly_named(counts: Mapping[str, int]) -> tuple[dict[str, int], dict[str, set[Wider]]]:
    """One message in ten names the platform."""
    named = {sender: count // 10 for sender, count in counts.items() if count >= 10}
    platforms: Counter[str] = Counter()
    for sender, count in named.items():
        platforms[platform_of(sender)] += count
    return dict(platforms), {sender: {("platform", platform_of(sender))} for sender in named}


def doubly_named(counts: Mapping[str, int]) -> tuple[dict[str, int], dict[str, set[Wider]]]:
    """Half of each sender's messages name one platform, half another, of its own."""
    platforms: Counter[str] = Counter()
    for sender, count in counts.items():
        platforms[platform_of(sender)] += (count + 1) // 2
        platforms[sender] += count // 2
    return {name: count for name, count in platforms.items() if count}, {
        sender: {("platform", name) for name in (platform_of(sender), sender)} for sender in counts
    }


@pytest.mark.parametrize("named", [partly_named, doubly_named])
def test_what_is_thinned_takes_from_its_platforms_what_is_its_own(
    named: Callable[[Mapping[str, int]], tuple[dict[str, int], dict[str, set[Wider]]]],
) -> None:
    """Partly or doubly named: no platform below zero, or above what its senders count."""
    recorded = []
    for one in RECORDED:
        platforms, parents = named(one.bucket.sums["filed", "sender"])
        sums: Sums = {**one.bucket.sums, ("filed", "platform"): platforms}
        recorded.append(one._replace(bucket=one.bucket._replace(sums=sums, parents=parents)))
    injection = drawn(recorded)
    assert {burst.kept for burst in injection.bursts} == {True, False}
    thinned: dict[Level, list[int]] = {"sender": [0, 0], "platform": [0, 0]}
    for was, one in zip(recorded, injection.into(recorded), strict=True):
        senders, platforms = (one.bucket.sums["filed", level] for level in thinned)
        assert min(platforms.values()) > 0
        assert sum(platforms.values()) <= sum(senders.values())
        for name, count in platforms.items():
            in_platform = [
                s for s, names in one.bucket.parents.items() if ("platform", name) in names
            ]
            assert count <= sum(senders.get(sender, 0) for sender in in_platform)
        if one.bucket.end < day(SINCE - 1):
            for level, before_after in thinned.items():
                for at, recording in enumerate((was, one)):
                    before_after[at] += sum(recording.bucket.sums["filed", level].values())
    left = {level: after / before for level, (before, after) in thinned.items()}
    assert left["platform"] == pytest.approx(left["sender"], abs=0.05)
    assert left["platform"] < 0.9
    alerts: list[object] = []
    ArchiveReplay(parse_config(DATA), MANIFEST).run(injection.into(recorded), alerts.append)
    assert alerts


def test_another_sources_platforms_are_left_alone() -> None:
    """Two sources of the same senders, one without platforms: only its senders and total change."""
    data = {**DATA, "sources": dict.fromkeys(("filed", "asked"), FILED)}
    manifest = Manifest.from_config(parse_config(data))
    recorded = []
    for one, other in zip(RECORDED, days(LONG, seed=5), strict=True):
        sums: Sums = {**one.bucket.sums}
        for level in ("sender", "all"):
            sums["asked", level] = other.bucket.sums["filed", level]
        parents = {sender: one.bucket.parents.get(sender, set()) for sender in one.bucket.parents}
        recorded.append(one._replace(bucket=one.bucket._replace(sums=sums, parents=parents)))
    injection = drawn(recorded, manifest=manifest)
    assert {change.source for of in injection.changes.values() for change in of} == {
        "filed", "asked"
    }  # fmt: skip
    for one in injection.into(recorded):
        assert set(one.bucket.sums) == {
            ("filed", "sender"), ("filed", "platform"), ("filed", "all"),
            ("asked", "sender"), ("asked", "all"),
        }  # fmt: skip
        platforms: Counter[str] = Counter()
        for sender, count in one.bucket.sums["filed", "sender"].items():
            platforms[platform_of(sender)] += count
        assert one.bucket.sums["filed", "platform"] == dict(platforms)
        for source in ("filed", "asked"):
            total = sum(one.bucket.sums[source, "sender"].values())
            assert one.bucket.sums[source, "all"] == {"all": total}


def test_each_shard_gets_what_it_counts() -> None:
    """A platform lies in another shard than most of its senders: it is still their sum."""
    shards = 3
    manifest = Manifest.from_config(parse_config({**DATA, "detect": {"shards": shards}}))
    recorded = [part for one in RECORDED for part in sharded(one, shards)]
    injection = drawn(recorded, manifest=manifest)
    assert len(injection.bursts) > 60
    sums: dict[int, dict[Level, Counter[str]]] = {}
    for one in injection.into(recorded):
        of_day = sums.setdefault(one.bucket.start, {})
        for (_, level), counts in one.bucket.sums.items():
            assert all(shard_of(level, name, shards) == one.shard_group.shard for name in counts)
            of_day.setdefault(level, Counter()).update(counts)
    for of_day in sums.values():
        platforms: Counter[str] = Counter()
        for sender, count in of_day["sender"].items():
            platforms[platform_of(sender)] += count
        assert of_day["platform"] == platforms
        assert of_day["all"] == {"all": platforms.total()}


def sharded(one: RecordedBucket, shards: int) -> list[RecordedBucket]:
    """A bucket as so many shards record it."""
    out = []
    for shard in range(shards):
        sums: Sums = {}
        for (source, level), names in one.bucket.sums.items():
            mine = {name: n for name, n in names.items() if shard_of(level, name, shards) == shard}
            if mine:
                sums[source, level] = mine
        parents = {
            sender: one.bucket.parents[sender]
            for sender in sums.get(("filed", "sender"), {})
            if sender in one.bucket.parents
        }
        bucket = one.bucket._replace(sums=sums, parents=parents)
        out.append(RecordedBucket(ShardGroup(shard, one.shard_group.group), bucket))
    return out


def test_a_small_senders_burst_says_how_large_it_is() -> None:
    """Five a day are many times what a sender with one in three days counts: so says its label."""
    usual = [burst for burst in INJECTED.bursts if not burst.kept]
    small = [burst for burst in usual if burst.usual < 0.9]
    large = [burst for burst in usual if burst.usual > LEAST_PER_DAY]
    assert {burst.ratio for burst in large} <= set(RATIOS)
    assert len(small) > 5
    for burst in small:
        # One a day, where it usually counts less, times the ratio drawn less one.
        drawn_ratio = 1.0 + (burst.ratio - 1.0) * burst.usual
        assert min(abs(drawn_ratio - ratio) for ratio in RATIOS) == pytest.approx(0.0, abs=1e-9)
        assert f"injected: {burst.ratio:.3g} times" in str(burst.window.note)


def test_bursts_last_as_long_and_keep_apart_where_weekends_are_empty() -> None:
    """Days on which nothing is counted pass as well: 1, 4 or 12 days, a week from any label."""
    recorded = [
        one
        if (one.bucket.start - day(0)) // DAY % 7 < 5
        else one._replace(bucket=one.bucket._replace(sums={}, parents={}))
        for one in RECORDED
    ]
    apart = {
        f"s{n}": [(float(day(60 + 40 * k)), float(day(61 + 40 * k))) for k in range(5)]
        for n in range(len(MEANS))
    }
    bursts = [burst for seed in (1, 2) for burst in drawn(recorded, seed=seed, apart=apart).bursts]
    assert len(bursts) > 40
    # One that begins with nothing on its first days is as much shorter.
    assert {(burst.end - burst.start) // DAY for burst in bursts} >= {1, 4, 12}
    assert max(burst.end - burst.start for burst in bursts) == 12 * DAY
    for burst in bursts:
        for since, until in apart[burst.sender]:
            assert burst.end + 7 * DAY <= since or until + 7 * DAY <= burst.start
