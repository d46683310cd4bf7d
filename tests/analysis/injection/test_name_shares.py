"""How many of a sender's messages name a platform: what is taken leaves possible counts."""

from __future__ import annotations

import numpy as np
import pytest

from streams.analysis.injection.name_shares import Naming, spread
from streams.detection.merge import ClosedBucket


def bucket(
    senders: dict[str, int], platforms: dict[str, int], belongs: dict[str, str], source: str = "s"
) -> ClosedBucket:
    """Counts of senders and of platforms; `belongs` has the platforms of each, with spaces."""
    return ClosedBucket(
        0,
        60,
        {(source, "sender"): dict(senders), (source, "platform"): dict(platforms)},
        {sender: {("platform", name) for name in of.split()} for sender, of in belongs.items()},
    )


def test_where_all_messages_name_it_all_that_goes_goes_from_it() -> None:
    """A platform stays the sum of its senders, whoever is thinned, one after the other."""
    naming = Naming(bucket({"a": 7, "b": 90}, {"Mall": 97}, {"a": "Mall", "b": "Mall"}), "s")
    rng = np.random.default_rng(1)
    assert naming.take("b", 90, rng) == {"platform": {"Mall": 90}}
    assert naming.take("a", 5, rng) == {"platform": {"Mall": 5}}
    assert naming.named("a") == {"platform": {"Mall": 2}}


def test_where_some_messages_name_it_a_share_goes() -> None:
    """A tenth of the messages name the platform: of 1,000 taken about 100, of all all."""
    naming = Naming(bucket({"a": 2000}, {"Mall": 200}, {"a": "Mall"}), "s")
    rng = np.random.default_rng(1)
    (first,) = naming.take("a", 1000, rng)["platform"].values()
    assert 70 < first < 130
    assert naming.take("a", 1000, rng) == {"platform": {"Mall": 200 - first}}


def test_what_comes_comes_by_the_same_share() -> None:
    """Of 10,000 more messages of such a sender a tenth name it; of two platforms each its part."""
    rng = np.random.default_rng(1)
    partly = Naming(bucket({"a": 2000}, {"Mall": 200}, {"a": "Mall"}), "s")
    assert spread(10_000, partly.shares("a"), rng)["platform"]["Mall"] == pytest.approx(1e3, 0.1)
    twice = Naming(bucket({"a": 10}, {"Mall": 4, "Bank": 6}, {"a": "Mall Bank"}), "s")
    named = spread(10_000, twice.shares("a"), rng)["platform"]
    assert sum(named.values()) == 10_000
    assert named["Mall"] == pytest.approx(4000, rel=0.1)


def test_names_of_another_source_get_nothing() -> None:
    """Belonging is known over all sources; this one counts no platform, or not this one."""
    other = bucket({"a": 10}, {"Bank": 3}, {"a": "Mall"})
    for source in ("s", "t"):
        sums = {**other.sums, ("t", "sender"): {"a": 10}}
        assert Naming(other._replace(sums=sums), source).named("a") == {}


def test_a_message_names_one_platform_at_most() -> None:
    """Of a sender that shares both its platforms, no more is named than it sends."""
    senders, belongs = {"a": 10, "b": 10, "c": 10}, {"a": "M N", "b": "M", "c": "N"}
    assert Naming(bucket(senders, {"M": 15, "N": 15}, belongs), "s").named("a") == {
        "platform": {"M": 5, "N": 5}
    }


def test_whatever_is_taken_what_is_left_could_have_been() -> None:
    """With one platform a sender at most: nothing that those left cannot have sent."""
    assert _broken(platforms_each=1, buckets=1000, seed=7) == 0


def test_with_several_platforms_a_sender_it_nearly_always_could() -> None:
    """Never below zero; and in one bucket of hundreds a platform has one too many, as is said."""
    assert _broken(platforms_each=4, buckets=2000, seed=7) <= 10


def _broken(platforms_each: int, buckets: int, seed: int) -> int:
    """In how many made-up buckets there is more of a name than its senders left can have sent."""
    rng = np.random.default_rng(seed)
    broken = 0
    for _ in range(buckets):
        names = [f"p{n}" for n in range(int(rng.integers(1, 5)))]
        senders, platforms, belongs = {}, dict.fromkeys(names, 0), {}
        for number in range(int(rng.integers(1, 6))):
            most = min(platforms_each, len(names))
            chosen = rng.choice(names, int(rng.integers(1, most + 1)), replace=False).tolist()
            counts = rng.integers(0, 30, len(chosen) + 1).tolist()  # the last name none
            counts[0] += 1
            senders[f"s{number}"] = sum(counts)
            belongs[f"s{number}"] = " ".join(
                name for name, count in zip(chosen, counts, strict=False) if count
            )
            for name, count in zip(chosen, counts, strict=False):
                platforms[name] += count
        naming = Naming(bucket(senders, platforms, belongs), "s")
        impossible = False
        for _ in range(8):
            sender = str(rng.choice(list(senders)))
            number = int(rng.integers(0, senders[sender] + 1))
            named = naming.take(sender, number, rng).get("platform", {})
            senders[sender] -= number
            assert sum(named.values()) <= number
            for name, less in named.items():
                platforms[name] -= less
            assert min(platforms.values()) >= 0
            impossible |= sum(platforms.values()) > sum(senders.values()) or any(
                count > sum(senders[s] for s, chosen in belongs.items() if name in chosen.split())
                for name, count in platforms.items()
            )
        broken += impossible
    return broken
