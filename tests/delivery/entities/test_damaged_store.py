"""Whatever becomes of the store's files, it is shown again what the topics hold."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streams.delivery.entities.library import Library
from streams.series.store.database import DamagedStore, StoreError
from streams.series.store.store import SeriesStore
from tests.delivery.entities.test_follower import Topics, follow, rows, topics

__all__ = ["topics"]

FILES = ["CURRENT", "MANIFEST-*", "OPTIONS-*", "IDENTITY", "*.sst"]
COUNTS = list(range(1, 41))


def flipped(part: float) -> Callable[[Path], object]:
    """Return what changes a byte at a part of a file."""

    def damage(file: Path) -> None:
        found = bytearray(file.read_bytes())
        found[int(part * (len(found) - 1))] ^= 0x55
        file.write_bytes(found)

    return damage


DAMAGES: dict[str, Callable[[Path], object]] = {
    "missing": Path.unlink,
    "empty": lambda file: file.write_bytes(b""),
    "other bytes": lambda file: file.write_bytes(b"\x5a" * file.stat().st_size),
    **{f"a byte at {part}": flipped(part) for part in (0.0, 0.3, 0.7)},
}


@pytest.fixture
def filled(topics: Topics, tmp_path: Path) -> Path:
    """A folder of stores, one of which holds all that the topics hold."""
    root = tmp_path / "filled"
    topics.close(len(COUNTS))
    follow(topics, root, lambda found: rows(found) == COUNTS)
    for _ in range(2):  # what an earlier run wrote goes from the log into tables
        opened(root).close()
    return root


def opened(root: Path) -> SeriesStore:
    """Open the store."""
    return SeriesStore(root / "1" / "rows", keep_s=1e9, most_bytes=1 << 30)


def shown(found: Library) -> bool:
    """Whether a reader sees all rows now; he may find damage before anybody else does."""
    try:
        return rows(found) == COUNTS
    except StoreError:
        return False


def damaged(filled: Path, folder: Path, damage: Callable[[Path], object]) -> Iterator[Path]:
    """Yield a copy of the folder for each file that is damaged in it, and one for all tables."""
    for pattern in FILES:
        files = sorted((filled / "1" / "rows").glob(pattern))
        assert files, pattern
        for chosen in [*([file] for file in files), *([files] if len(files) > 1 else [])]:
            root = folder / f"{pattern.strip('-*.')}-{len(chosen)}-{chosen[0].name}"
            shutil.copytree(filled, root)
            for file in chosen:
                damage(root / file.relative_to(filled))
            yield root


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_store_that_is_damaged_anywhere_is_made_anew(
    filled: Path, topics: Topics, tmp_path: Path, damage: str
) -> None:
    """Also where only a reader finds it; nobody has to do anything."""
    for root in damaged(filled, tmp_path / "damaged", DAMAGES[damage]):
        found = follow(topics, root, shown)
        assert found.store is None, "it has been closed"
        store = opened(root)
        assert (len(store.names), store.damage) == (1, None), root.name
        store.close()
        shutil.rmtree(root)


def test_what_is_no_damage_removes_nothing(filled: Path) -> None:
    """A store that somebody else has open is refused with a remedy."""
    store = opened(filled)
    with pytest.raises(StoreError, match="end serve and remove this folder") as refused:
        opened(filled)
    assert not isinstance(refused.value, DamagedStore)
    assert store.damage is None
    store.close()
    opened(filled).close()
