"""The search by any part of a name, of any script, however a name looks."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.series.store.name_chunks import Named
from streams.series.store.store import SeriesStore
from tests.series.store.buckets import T0, block, bucket

HOSTILE = [
    "<script>alert(1)</script>",
    "a|b*c?d[e]%_\\",
    "'; DROP TABLE names; --",
    "\u202eevil",
    "ß-Straße",
    "ﬁne İstanbul",
    "😀😀 club",
    "x" * 256,
    "n" + "\\n" + "r",
]


def filled(folder: Path, *ids: str, most_names: int = 1000, level: str = "sender") -> SeriesStore:
    """A store with these names."""
    store = SeriesStore(folder, keep_s=1e6, most_bytes=1 << 30, most_names=most_names)
    store.write([bucket(T0, block(ids, [1] * len(ids), level))], [], {("series", 0): 1})
    return store


def ids(store: SeriesStore, part: str, limit: int = 50) -> list[str]:
    """Ids that a search finds."""
    return [named.id for named in store.search(part, limit).found]


def test_any_part_finds_a_name(tmp_path: Path) -> None:
    """Beginning, middle and end; in any case; two Chinese characters; full-width digits."""
    store = filled(tmp_path / "s", "106900012345", "10690001", "The Mall", "天猫商城", "京东商城店")
    assert ids(store, "0001") == ["10690001", "106900012345"]
    assert ids(store, "345") == ["106900012345"]
    assert ids(store, "mALL") == ["The Mall"]
    assert ids(store, "商城") == ["天猫商城", "京东商城店"]
    assert ids(store, "猫") == ["天猫商城"]
    assert ids(store, "１０６９０００１") == ["10690001", "106900012345"]
    assert ids(store, "nobody") == ids(store, "") == []


def test_the_name_itself_comes_first_then_those_that_begin_with_it(tmp_path: Path) -> None:
    """And a level chooses."""
    store = filled(tmp_path / "s", "shopping", "my shop", "shop")
    store.write([bucket(T0, block(["shop"], [1], "platform"))], [], {})
    assert ids(store, "shop", 3) == ["shop", "shop", "shopping"]
    assert not store.search("shop", 3).is_whole
    assert store.search("shop", 9, "platform").found == [Named("platform", "shop")]
    assert store.knows("platform", "shop")
    assert not store.knows("platform", "my shop")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_found_and_nothing_else(tmp_path: Path, name: str) -> None:
    """By itself and by its middle: no character means anything to the search."""
    store = filled(tmp_path / "s", *HOSTILE)
    found = store.search(name, 50).found
    assert Named("sender", name) in found or "\u202e" in name  # which no canonical name has
    middle = name[2 : len(name) - 1]
    assert all(middle.casefold() in named.id.casefold() for named in store.search(middle, 50).found)
    assert name in ids(store, middle)


@pytest.mark.parametrize("part", ["\n", "\x1f", "a\nb", "\x00", "y" * 300])
def test_what_no_name_can_hold_finds_nothing(tmp_path: Path, part: str) -> None:
    """Separators of the chunks among them."""
    assert ids(filled(tmp_path / "s", "ab", "a"), part) == []


def test_an_id_that_could_tear_the_lines_is_counted_and_not_listed(tmp_path: Path) -> None:
    """No event can have one; a record that does is no way in."""
    store = filled(tmp_path / "s", "good", "a\nforged\x1fd", "good too")
    assert ids(store, "forged") == []
    assert ids(store, "good") == ["good", "good too"]


def test_many_names_fill_chunks_and_are_found_after_a_restart(tmp_path: Path) -> None:
    """Each once, whichever chunk it stands in."""
    names = [f"sender number {number:05}" for number in range(9_000)]
    store = filled(tmp_path / "s", *names, most_names=100_000)
    store.write([bucket(T0 + 60, block(names, [1] * len(names)))], [], {})
    store.close()
    store = filled(tmp_path / "s", *names, "one more", most_names=100_000)
    assert len(store.names) == 9_001
    for name in (names[0], names[4_321], names[-1], "one more"):
        assert ids(store, name) == [name]
    few = store.search("number", 10)
    assert (len(few.found), few.is_whole) == (10, False)


def test_the_number_of_names_is_bounded_and_who_comes_again_is_there_again(tmp_path: Path) -> None:
    """The chunk that was written first goes; its names are new when they count again."""
    names = [f"sender number {number:05}" for number in range(9_000)]
    store = filled(tmp_path / "s", *names, most_names=5_000)
    assert len(store.names) <= 5_000 + 4_000
    store.write([bucket(T0 + 60, block(["fresh"], [1]))], [], {})
    assert len(store.names) <= 5_000
    assert ids(store, names[0]) == []
    store.write([bucket(T0 + 120, block([names[0]], [1]))], [], {})
    assert ids(store, names[0]) == [names[0]]
