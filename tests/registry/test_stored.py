"""A registry in checkpoints: what changed is stored, and two workers spoil nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from streams.registry.control import RegistryRow
from streams.registry.entry import ROW_TYPES, CodeEntry, Entry, FilingEntry, MerchantEntry, key_of
from streams.registry.pages import PAGES
from streams.registry.stored import StoredRegistry
from streams.registry.table import Registry


def _rows(number: int, seed: int) -> Iterator[RegistryRow]:
    """Draw rows: new, replaced and removed ones, some of which belong together."""
    chance = random.Random(seed)
    for seq in range(1, number + 1):
        name = f"1069{chance.randrange(300):05}"
        entry: Entry = CodeEntry(id=name, holder=f"holder {chance.randrange(5)}")
        if chance.random() < 0.3:
            entry = FilingEntry(code=name, signature=f"Mall {chance.randrange(4)}")
        gone, goes_on = chance.random() < 0.2, chance.random() < 0.6
        yield RegistryRow(seq, key_of(entry), None if gone else entry, goes_on)


def _everything(registry: Registry) -> object:
    filed = [registry.signatures_filed(one.id) for one in registry.entries("code")]
    known = [list(registry.entries(kind)) for kind in ROW_TYPES]
    return registry.seq, known, filed, registry.pages.versions, registry.pages.waiting


def _restored(seq: int, slots: dict[bytes, bytes]) -> Registry:
    registry = Registry()
    StoredRegistry(0, registry).restore(seq, slots, slots)
    return registry


def test_whatever_was_stored_is_restored() -> None:
    registry, slots = Registry(), dict[bytes, bytes]()
    stored, chance = StoredRegistry(0, registry), random.Random(2)
    for row in _rows(2000, seed=1):
        registry.take([row])
        if chance.random() < 0.05:
            slots.update(stored.changed())
            for key in stored.outdated():
                del slots[key]
            assert _everything(_restored(row.seq, slots)) == _everything(registry)
    assert len(slots) <= PAGES + 1


def test_registry_that_was_restored_goes_on_as_the_one_that_was_stored() -> None:
    rows = list(_rows(1000, seed=3))
    undisturbed, registry, slots = Registry(), Registry(), dict[bytes, bytes]()
    undisturbed.take(rows)
    stored = StoredRegistry(0, registry)
    for at in range(0, len(rows), 90):
        registry.take(rows[max(at - 200, 0) : at + 90])  # some of them again
        slots.update(stored.changed())
        seq, registry = registry.seq, Registry()
        stored = StoredRegistry(0, registry)
        stored.restore(seq, slots, list(slots))
    assert _everything(registry) == _everything(undisturbed)


def test_two_workers_write_the_same_to_the_same_keys_however_often_they_store() -> None:
    slots: dict[bytes, bytes] = {}
    for seed in (4, 5):
        registry, chance = Registry(), random.Random(seed)
        stored = StoredRegistry(0, registry)
        for row in _rows(800, seed=6):
            registry.take([row])
            if chance.random() < 0.1:
                for key, value in stored.changed():
                    assert slots.setdefault(key, value) == value


def test_one_row_stores_one_page_of_many() -> None:
    registry = Registry()
    entries = [MerchantEntry(id=f"shop {n}", platform="Mall") for n in range(20_000)]
    registry.take([RegistryRow(n, key_of(one), one) for n, one in enumerate(entries, 1)])
    stored = StoredRegistry(0, registry)
    assert len(list(stored.changed())) == PAGES + 1
    assert list(stored.changed()) == []
    registry.take([RegistryRow(20_001, "merchant/shop 7")])
    assert len(list(stored.changed())) == 2
    assert len(stored.outdated()) == 2


@pytest.mark.parametrize("damage", ["gone", "other"])
def test_damage_is_found(damage: str) -> None:
    registry, slots = Registry(), dict[bytes, bytes]()
    registry.take([RegistryRow(1, "merchant/shop", MerchantEntry(id="shop"))])
    slots.update(StoredRegistry(0, registry).changed())
    (page,) = (key for key in slots if b"index" not in key)
    if damage == "gone":
        del slots[page]
    else:
        slots[page] += b" "
    with pytest.raises(ValueError, match="0/registry/"):
        _restored(1, slots)
