"""Makes the sums of many items, two at a time, and keeps them."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tests.pinned.data import FTC, prepare
from tests.pinned.items import ITEMS, SLOW
from tests.pinned.run import ROOT
from tests.pinned.sums import Found, Sums, as_stored, sums_of

STORED = Path(__file__).with_name("sums.json")
SIGNALS = ("sends", "complaints", "complaint_rate", "source")
"""Each must have an alert somewhere, or nothing pins it. Named as stored."""


@dataclass(frozen=True)
class Pinned:
    """An item's sums, the alerts that opened in its replay by signal, and how long it took."""

    name: str
    sums: Sums
    opened: Counter[str]
    seconds: float


def absent() -> str | None:
    """Say that the FTC's file is not there, where it is not."""
    return None if (ROOT / FTC).exists() else f"{SLOW} is skipped: there is no {FTC}"


def pin(names: Iterable[str], done: Callable[[Pinned], None] = lambda _: None) -> list[Pinned]:
    """Run items in a folder of their own; `done` is told of each."""
    with tempfile.TemporaryDirectory(prefix="pinned-") as folder, ThreadPoolExecutor(2) as two:
        place = Path(folder).resolve()
        prepare(place, ROOT)

        def one(name: str) -> Pinned:
            began = time.perf_counter()
            found = ITEMS[name](place)
            took = time.perf_counter() - began
            pinned = Pinned(name, sums_of(found), _opened(found), took)
            done(pinned)
            return pinned

        return list(two.map(one, names))


def stored() -> dict[str, Sums]:
    """Sums that were stored."""
    if not STORED.exists():
        return {}
    return {name: Sums(**sums) for name, sums in orjson.loads(STORED.read_bytes()).items()}


def store(pinned: Iterable[Pinned]) -> None:
    """Store sums beside those of items that did not run."""
    sums = {**stored(), **{one.name: one.sums for one in pinned}}
    out = {name: dataclasses.asdict(sums[name]) for name in sorted(sums.keys() & ITEMS.keys())}
    STORED.write_bytes(orjson.dumps(out, option=orjson.OPT_INDENT_2) + b"\n")


def _opened(found: Found) -> Counter[str]:
    out: Counter[str] = Counter()
    for document in found.documents:
        alert: dict[str, Any] = as_stored(document).get("data", {})
        if alert.get("revision") == 1:
            out[alert["signal"]] += 1
    return out
