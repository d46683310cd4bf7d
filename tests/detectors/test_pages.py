"""A dictionary in pages: as a dictionary, and its versions say what changed."""

from __future__ import annotations

import random

import pytest

from detectors.pages import PagedTable


def _packed(pages: PagedTable[int]) -> dict[int, bytes]:
    return {number: pages.pack(number) for number in pages.versions}


@pytest.mark.parametrize("seed", range(20))
def test_it_is_a_dictionary_of_which_every_change_is_seen(seed: int) -> None:
    """A page whose version is as before holds what it held, however often pages are doubled."""
    chance, plain = random.Random(seed), dict[str, int]()
    pages: PagedTable[int] = PagedTable(int, names_a_page=4, most_pages=16)
    stored: dict[int, tuple[int, bytes]] = {}
    for at in range(300):
        pages.at = at
        for _ in range(chance.randrange(4)):
            name = f"n{chance.randrange(90)}"
            if chance.random() < 0.3:
                pages.discard(name)
                plain.pop(name, None)
            elif chance.random() < 0.02:
                pages.clear()
                plain.clear()
            else:
                pages[name] = plain[name] = chance.randrange(3)
        assert dict(pages.items()) == plain
        assert len(pages) == len(plain)
        for number, version in pages.versions.items():
            if stored.get(number, (None,))[0] == version:
                assert stored[number][1] == pages.pack(number)
        stored = {n: (version, pages.pack(n)) for n, version in pages.versions.items()}
        if chance.random() < 0.1:
            again: PagedTable[int] = PagedTable(int, names_a_page=4, most_pages=16)
            again.restore(dict(pages.versions), [packed for _, packed in stored.values()])
            assert _packed(again) == _packed(pages)
            assert again.first == pages.first
            pages = again
    assert pages.first == 16


def test_an_equal_value_changes_nothing_and_a_touch_does() -> None:
    pages: PagedTable[list[int]] = PagedTable(list[int])
    pages["a"] = [1]
    pages.at = 5
    pages["a"] = [1]
    assert pages.versions == {1: 0}
    pages["a"].append(2)
    pages.note_change("a")
    assert pages.versions == {1: 5}


def test_names_need_not_be_text_that_can_be_written() -> None:
    pages: PagedTable[int] = PagedTable(int)
    assert "\udc80" not in pages
    pages[""] = 1
    assert (pages.get(""), pages.get("a"), pages.get("a", 7)) == (1, None, 7)


def test_pages_of_another_number_are_refused() -> None:
    with pytest.raises(ValueError, match="from 2 to 3"):
        PagedTable(int).restore({2: 1, 9: 1}, [b"\x80", b"\x80"])
