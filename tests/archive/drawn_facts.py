"""Facts of buckets, as they are drawn for tests."""

from __future__ import annotations

from typing import TypeVar, get_args

from hypothesis import strategies as st

from detectors.distinct.bottom_k import HASHES, Sketch
from streams.facts.bucket import NO_FACTS, CellCount, Consents, Facts, LateTotal, SourceUse
from streams.facts.join import joined
from streams.facts.record import DistinctOf
from streams.items import Level

SOURCES = ("sends", "complaints")
LEVELS: tuple[Level, ...] = ("sender", "signature", "platform", "all")
T = TypeVar("T")
NAMES = st.sampled_from(["a", "名", "b/c", "1069", "x y"])
HASHED = st.integers(0, HASHES - 1) | st.integers(0, 20)
SKETCHES = st.builds(
    Sketch.from_hashes, st.lists(HASHED, min_size=1, max_size=200), st.sampled_from([8, 64, 128])
)
NUMBERS = st.integers(0, 2**40)
KEYS = st.tuples(st.sampled_from(SOURCES), st.sampled_from(LEVELS))


def _of_entities(values: st.SearchStrategy[T]) -> st.SearchStrategy[dict[str, T]]:
    return st.dictionaries(NAMES, values, min_size=1, max_size=3)


OF = st.sampled_from(get_args(DistinctOf))
USES = st.builds(
    SourceUse,
    st.sampled_from(SOURCES),
    st.sampled_from(LEVELS),
    NAMES,
    *[st.none() | NAMES] * 8,
    total=st.integers(1, 2**40),
)
LATE = st.builds(
    LateTotal,
    st.sampled_from(SOURCES),
    st.integers(0, 500_000).map(lambda hour: hour * 3600),
    st.sampled_from(LEVELS),
    NAMES,
    NUMBERS,
    SKETCHES | st.just(Sketch()),
    SKETCHES | st.just(Sketch()),
)
CELLS = st.builds(
    CellCount, st.sampled_from(SOURCES), *[st.none() | NAMES] * 4, total=st.integers(1, 2**40)
)

FACTS = st.builds(
    lambda *parts: (
        joined([Facts(*parts), Facts(uses=[], late=[], uses_counted=parts[-2])])
        if any(parts)
        else NO_FACTS
    ),
    st.dictionaries(KEYS, _of_entities(st.dictionaries(OF, SKETCHES, min_size=1)), max_size=3),
    st.dictionaries(KEYS, _of_entities(st.builds(Consents, *[NUMBERS] * 4)), max_size=3),
    st.lists(USES, max_size=4),
    st.lists(LATE, max_size=3),
    st.sampled_from([(), ("sends",), ("complaints", "sends")]),
    st.lists(CELLS, max_size=4),
)
"""Any of a bucket, in the form and the order in which a close has them."""
