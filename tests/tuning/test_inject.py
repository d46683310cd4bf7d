"""Bursts put into recorded days: of whom, when, how large, and that nothing else changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from streams.archive.reader import Recorded
from streams.items import Level
from streams.tuning.drawing import CLASSES_PER_DAY, draw
from streams.tuning.inject import Injection
from tests.tuning.recorded import DAY, MANIFEST, MEANS, day, days, platform_of

LONG, SINCE = 240, 60
RECORDED = days(LONG)


def drawn(
    recorded: Sequence[Recorded] = RECORDED,
    *,
    seed: int = 1,
    apart: Mapping[str, Sequence[tuple[float, float]]] | None = None,
) -> Injection:
    return draw(
        lambda: recorded, MANIFEST, since_s=day(SINCE), until_s=day(LONG), seed=seed,
        apart=apart or {},
    )  # fmt: skip


INJECTED = drawn()


def counts(recorded: Sequence[Recorded], level: Level) -> dict[int, dict[str, int]]:
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
        of = one.bucket.sums["filed", "sender"]
        platforms: Counter[str] = Counter()
        for sender, count in of.items():
            assert count > 0
            platforms[platform_of(sender)] += count
        assert one.bucket.sums["filed", "platform"] == dict(platforms)
        assert one.bucket.sums["filed", "all"] == {"all": sum(of.values())}


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
