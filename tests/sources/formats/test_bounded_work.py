"""No file costs more than its size allows: tried on every line of the table of formats."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.sources.event_json import Decoder
from streams.sources.formats.table import FORMATS
from streams.sources.read import Unopenable, open_records
from streams.sources.rejects import Undecodable
from tests.sources.files import KEY, read_bytes, refused, source
from tests.sources.formats.examples import EXAMPLES, decided
from tests.sources.formats.hostile import Hostile, hostile_files
from tests.sources.raw import SEND, SOURCES, WRITTEN, record

SIZE = 8_192
TIMES = 4
CHEAP_S = 0.005
"""What takes no longer for `TIMES * SIZE` bytes takes, even if it is quadratic, no more than a few
seconds for the largest record."""
MOST_RATIO = 2.5 * TIMES
"""Linear work has a ratio of `TIMES`, quadratic work one of its square."""
TRIES = 5

Work = Callable[[bytes], object]


def _cpu_s(work: Work, content: bytes) -> float:
    """Return the time of this thread alone: other processes do not count."""
    began = time.thread_time()
    work(content)
    return time.thread_time() - began


def _superlinear(work: Work, hostile: Hostile) -> str | None:
    """Say what a file four times as large costs, if that is far more than four times as much.

    The least of several measurements counts: a busy machine only adds.
    """
    small, large = hostile.content(SIZE), hostile.content(TIMES * SIZE)
    small_s = large_s = float("inf")
    for _ in range(TRIES):
        large_s = min(large_s, _cpu_s(work, large))
        if large_s < CHEAP_S:
            return None
        small_s = min(small_s, _cpu_s(work, small))
        if large_s < MOST_RATIO * small_s:
            return None
    return f"{hostile}: {small_s:.3f} s, then {large_s:.3f} s"


def _reading(name: str, folder: Path) -> Work:
    read_from = source(format=name, **EXAMPLES[name].table)
    path = folder / "file"
    schemas = decided()

    def read(content: bytes) -> None:
        path.write_bytes(content)
        with contextlib.suppress(Unopenable):
            for _ in open_records(read_from, path, KEY, schemas=schemas):
                pass

    return read


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_costs_no_more_than_its_size(name: str, tmp_path: Path) -> None:
    """A file four times as large takes about four times as long, whatever it repeats."""
    read = _reading(name, tmp_path)
    found = [_superlinear(read, hostile) for hostile in hostile_files(name)]
    assert [problem for problem in found if problem] == []


def test_quadratic_work_is_found() -> None:
    """The measurement tells what is quadratic from what is not."""
    hostile = Hostile(b"a", b"", b"")
    assert _superlinear(lambda content: sorted(content * 20), hostile) is None
    quadratic = _superlinear(lambda content: [content.count(b"b") for _ in content[::32]], hostile)
    assert quadratic is not None


def test_a_record_of_a_topic_costs_no_more_than_its_size() -> None:
    """The same of a topic's records, which anybody may write."""
    decoder = Decoder(SOURCES["sends"])

    def decode(content: bytes) -> None:
        with contextlib.suppress(Undecodable):
            decoder.decode(content, WRITTEN)

    event = record(SEND)
    in_json = [
        Hostile(hostile.piece, event[:at], event[at:])
        for hostile in hostile_files("json")
        for at in (1, event.index(b"gw-1"), event.index(b"3,"), len(event) - 1)
    ]
    problems = [_superlinear(decode, hostile) for hostile in dict.fromkeys(in_json)]
    assert [problem for problem in problems if problem] == []


@pytest.mark.parametrize(
    "number",
    [b"1" + b"0" * 100_000, b"-" + b"9" * 100_000, b"1e" + b"9" * 100_000, b"0." + b"1" * 100_000],
    ids=["power", "negative", "exponent", "fraction"],
)
@pytest.mark.parametrize("field", ["time", "count", "sender"])
def test_a_huge_number_is_a_reject(number: bytes, field: str, tmp_path: Path) -> None:
    """A number of 100,000 digits is refused in no time, wherever it stands."""
    values = {"time": b'"2026-07-03"', "sender": b'"shop"', "count": b"1", field: number}
    content = b"{%s}" % b",".join(b'"%s":%s' % (k.encode(), v) for k, v in values.items())
    read_from = source(kind="send", format="json", time="time", sender="sender", count="count")
    began = time.thread_time()
    (row,) = read_bytes(read_from, content, tmp_path)
    assert time.thread_time() - began < 0.5
    assert refused(row).reason in ("not_json", "wrong_type", "too_old")
