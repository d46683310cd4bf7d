"""What is fuzzed: each takes any bytes, and raises where they break the contract."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from streams.alerts.cloudevent import decode_event
from streams.config.load import parse_config
from streams.counts.wire import Unreadable, decode_counts
from streams.delivery.feed.jsonfeed import json_feed
from streams.delivery.feed.pages import Feeds
from streams.items import Complaint, End, Send
from streams.sources.event_json import Decoder, encode_event
from streams.sources.rejects import Undecodable
from tests.alerts.examples import numbered, raw
from tests.garbage.adapters import Rows, broken_contract
from tests.garbage.files import FORMS, T0_S, content
from tests.garbage.records import Kind, records
from tests.sources.together import assert_same

Target = Callable[[bytes], None]

_SOURCES = parse_config({}).sources
_COUNTS = (
    b'{"source":"sends","lane":0,"lanes":3,"bucket_s":60,"totals":[[1783036800,"sender","a",3]],'
    b'"tallies":[[1783036800,3,0,0,0]],"families":[["platform","Mall",[0]]],"watermark":1783036860.0,"v":1}'
)


def _decode(kind: Kind) -> Target:
    """Records between zero bytes: each by itself, and all together."""
    source = _SOURCES[f"{kind}s"]
    decode, decode_all = Decoder(source).decode, Decoder(source).decode_all

    def one(value: bytes) -> Send | Complaint | End | None:
        try:
            event = decode(value, T0_S)
        except Undecodable as error:
            error.detail.encode()
            return None
        assert decode(encode_event(event), T0_S) == event
        return event

    def target(inside: bytes) -> None:
        values = inside.split(b"\0")
        alone = [one(value) for value in values]
        together = decode_all(values, [T0_S] * len(values))
        if together is not None:
            assert_same(together, alone)

    return target


def _adapter(name: str) -> Target:
    path = Path(tempfile.mkdtemp(prefix="fuzz-")) / "file"

    def target(inside: bytes) -> None:
        path.write_bytes(inside)
        problems = list(broken_contract(FORMS[name].source, path, Rows()))
        assert not problems, problems

    return target


def _counts(value: bytes) -> None:
    try:
        decode_counts(value)
    except Unreadable as error:
        str(error).encode()


def _alert(value: bytes) -> None:
    """What serve does with a record of ``alerts``, to the page that it answers with."""
    feeds = Feeds(keep=10)
    try:
        envelope = decode_event(value)
    except ValueError as error:
        str(error).encode("utf-8", "replace")
        return
    if feeds.add(0, envelope, value) == "added":
        key = (envelope.alert.group, 0)
        page = json_feed(feeds.newest(key, 10), key, base_url="http://x", name="x", limit=10)
        assert len(json.loads(page)["items"]) == 1


TARGETS: dict[str, Callable[[], Target]] = {
    "send": lambda: _decode("send"),
    "complaint": lambda: _decode("complaint"),
    "csv": lambda: _adapter("csv"),
    "ftc": lambda: _adapter("ftc"),
    "arf": lambda: _adapter("arf"),
    "own": lambda: _adapter("own"),
    "mapped": lambda: _adapter("mapped"),
    "counts": lambda: _counts,
    "alert": lambda: _alert,
}
"""By name: the two decoders, every adapter, and what comes back from our own topics."""


def seeds(name: str, number: int = 50) -> list[bytes]:
    """Inputs to begin with: the target's own kind of garbage."""
    if name in FORMS:
        return [content(name, seed, 1 + seed % 5) for seed in range(number)]
    if name == "counts":
        return [_COUNTS]
    if name == "alert":
        return [numbered(1), raw(event="early", state="early", revision=0, feed_no=None)]
    kind: Kind = "send" if name == "send" else "complaint"
    lane = records(0, kind, 3 * number, from_s=T0_S - 60, to_s=T0_S)
    values = [value or b"" for value, _ in lane]
    return [b"\0".join(values[n : n + 1 + n % 3]) for n in range(0, len(values), 3)]
