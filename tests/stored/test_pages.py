"""Pages beside a checkpoint: only what changed is stored, and two workers spoil nothing."""

from __future__ import annotations

import random
from itertools import chain

import pytest

from detectors.pages import PagedTable
from detectors.state import State
from streams.detection.checkpoint import Checkpoints, StateLost
from streams.stored.parts import StoredGroup


def _pages() -> PagedTable[int]:
    return PagedTable(int, names_a_page=4, most_pages=64)


def _checkpoints(**paged: PagedTable[int]) -> Checkpoints:
    return Checkpoints(0, {"g": StoredGroup(State(), {}, paged)})


def _store(stored: Checkpoints, reached: int, slots: dict[bytes, bytes]) -> set[bytes]:
    """Make a checkpoint; return the keys of the pages that were written."""
    written = dict(stored.slots(reached, 0))
    slots.update(written)
    for key in chain.from_iterable(stored.outdated(reached)):
        del slots[key]
    return {key for key in written if key.startswith(b"0/pages/")}


def _restored(slots: dict[bytes, bytes]) -> PagedTable[int]:
    pages = _pages()
    assert _checkpoints(sent=pages).restore(slots) is not None
    return pages


def _change(pages: PagedTable[int], at: int) -> None:
    """What a bucket changes: the same, whoever closes it."""
    chance = random.Random(at)
    pages.at = at
    for _ in range(6):
        name = f"n{chance.randrange(min(5 + at, 200))}"
        if chance.random() < 0.2:
            pages.discard(name)
        else:
            pages[name] = chance.randrange(5)


def test_whatever_was_stored_is_restored_and_nothing_is_left() -> None:
    chance, pages, slots = random.Random(1), _pages(), dict[bytes, bytes]()
    stored = _checkpoints(sent=pages)
    for at in range(400):
        _change(pages, at)
        if chance.random() < 0.3:
            _store(stored, at, slots)
            again = _restored(slots)
            assert dict(again.items()) == dict(pages.items())
            assert sum(key.startswith(b"0/pages/") for key in slots) == len(pages.versions)
        if chance.random() < 0.05:  # a new process goes on from the last checkpoint
            pages = _pages()
            stored = _checkpoints(sent=pages)
            head = stored.restore(slots)
            for each in range(0 if head is None else head.reached + 1, at + 1):
                _change(pages, each)


def test_what_did_not_change_is_not_stored_again() -> None:
    pages, slots = _pages(), dict[bytes, bytes]()
    stored = _checkpoints(sent=pages)
    for number in range(100):
        pages[f"n{number}"] = number
    assert len(_store(stored, 1, slots)) == 32
    pages.at = 1
    pages["n7"] = 8
    assert len(_store(stored, 2, slots)) == 1
    assert _store(stored, 3, slots) == set()
    assert dict(_restored(slots).items()) == {f"n{n}": 8 if n == 7 else n for n in range(100)}


def test_two_workers_that_store_at_other_times_spoil_nothing() -> None:
    """One of them lags behind, without right: whoever is farther can always be restored."""
    chance, slots = random.Random(3), dict[bytes, bytes]()
    workers = [_pages(), _pages()]
    stored, reached = [_checkpoints(sent=pages) for pages in workers], [0, 0]
    for _ in range(500):
        who = chance.randrange(2)
        for _ in range(chance.randrange(4)):
            reached[who] += 1
            _change(workers[who], reached[who])
        if chance.random() < 0.4:
            written = dict(stored[who].slots(reached[who], 0))
            for key, value in written.items():
                assert slots.setdefault(key, value) == value, "the same key, another value"
            for key in chain.from_iterable(stored[who].outdated(reached[who])):
                slots.pop(key, None)
            heads = [int(key.split(b"/")[1]) for key in slots if key.endswith(b"/head")]
            if max(heads) == reached[who]:
                assert dict(_restored(slots).items()) == dict(workers[who].items())


def test_what_the_configuration_has_no_more_is_deleted() -> None:
    """The pages of a rule that is gone do not stay for ever, and no other is touched."""
    pages, gone, slots = _pages(), _pages(), dict[bytes, bytes]()
    pages["a"] = gone["b"] = 1
    _store(_checkpoints(**{"sent": pages, "sent/too": gone}), 1, slots)
    again = _pages()
    stored = _checkpoints(sent=again)
    stored.restore(slots)
    assert dict(again.items()) == {"a": 1}
    _store(stored, 2, slots)
    assert [key for key in slots if b"pages" in key] == [b"0/pages/g/sent/1/0/0"]


def test_a_page_that_is_missing_or_damaged_is_never_passed_over() -> None:
    pages, slots = _pages(), dict[bytes, bytes]()
    pages["a"] = 1
    _store(_checkpoints(sent=pages), 1, slots)
    for damaged in ({}, {b"0/pages/g/sent/1/0/0": b"\x80"}):
        kept = {key: value for key, value in slots.items() if b"pages" not in key}
        with pytest.raises(StateLost, match="0/pages/g/sent/1"):
            _checkpoints(sent=_pages()).restore({**kept, **damaged})
