"""Whatever a file holds, an adapter raises nothing but `Unopenable`."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.config.sources import Source
from streams.items import Reject
from streams.sources.event_json import Decoder, encode_event
from streams.sources.read import Unopenable, open_records
from streams.sources.rejects import encode_reject, reject_key
from tests.sources.files import DATA, KEY, event, source
from tests.sources.raw import COMPLAINT, record

SOURCES: dict[str, tuple[Source, bytes]] = {
    "csv": (
        source(time="day", count="area_code", reporter="area_code"),
        (DATA / "ftc_days.csv").read_bytes()[:600],
    ),
    "ftc": (
        source(kind="complaint", format="ftc", daily=True, bucket="1d"),
        (DATA / "ftc_2021-07.csv").read_bytes()[:800],
    ),
    "arf": (
        source(kind="complaint", format="arf", sender="From"),
        (DATA / "feedback.mbox").read_bytes()[:2500],
    ),
    "own": (source(kind="complaint", format="json"), record(COMPLAINT) + b"\n" + record(COMPLAINT)),
    "mapped": (
        source(kind="complaint", format="json", time="event_time", sender="sender.id", count="v"),
        record(COMPLAINT) + b"\n" + record(COMPLAINT),
    ),
}


def _read(source: Source, content: bytes) -> None:
    """Read all, and hold every row against the contract."""
    decode = Decoder(source).decode
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        try:
            rows = list(open_records(source, path, KEY))
        except Unopenable as error:
            str(error).encode()
            return
    for row in rows:
        if isinstance(row, Reject):
            assert len(encode_reject(row, payload=True)) < 200_000
            reject_key(row)
        else:
            assert decode(encode_event(event(row)), None) == row


@st.composite
def _mutated(draw: st.DrawFn, base: bytes) -> bytes:
    """`base` with a few of its pieces overwritten, left out or doubled."""
    content = bytearray(base)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        to = draw(st.integers(at, min(len(content), at + 40)))
        piece = st.binary(max_size=20) | st.sampled_from(
            [b'"', b"\n", b",", b"\xff", b"\0", b"\r", b"--", b":", b"{", bytes(content[at:to]) * 2]
        )
        content[at:to] = draw(piece)
    return bytes(content)


@pytest.mark.parametrize("name", SOURCES)
@given(content=st.binary(max_size=500))
@example(content=b"\x1f\x8b\x08")
@example(content=b"\xef\xbb\xbf")
@settings(max_examples=100, deadline=None)
def test_random_bytes(name: str, content: bytes) -> None:
    """Bytes of no format at all are rejects, or refused at once."""
    source, base = SOURCES[name]
    _read(source, content)
    _read(source, base + content)


@pytest.mark.parametrize("name", SOURCES)
@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_a_bent_file(name: str, data: st.DataObject) -> None:
    """A real file with pieces broken gives events of the contract and rejects, no more."""
    source, base = SOURCES[name]
    _read(source, data.draw(_mutated(base)))


@pytest.mark.parametrize("name", SOURCES)
@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_a_bent_gzip(name: str, data: st.DataObject) -> None:
    """So does a gzip whose compressed bytes are broken."""
    source, base = SOURCES[name]
    _read(source, data.draw(_mutated(gzip.compress(base, mtime=0))))
