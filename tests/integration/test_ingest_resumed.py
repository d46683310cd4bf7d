"""An ingest that ends early says how to go on, and going on writes the rest."""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from streams.broker.client.writer import WriteFailed
from streams.counts.files.ingest import Ingest, IngestFailed, ingest_files
from tests.integration.test_ingest import Topic


def test_an_ingest_goes_on_where_it_ended(kafka: str, tmp_path: Path) -> None:
    """A damaged file is written up to its damage; once it is whole, the rest, and nothing twice."""
    topic = Topic(kafka)
    noise = random.Random(1)
    rows = [f"{1_600_000_000 + n},{noise.random()}" for n in range(5000)]
    whole = gzip.compress("\n".join(["at,who", *rows]).encode())
    torn, second = tmp_path / "torn.csv.gz", tmp_path / "second.csv"
    torn.write_bytes(whole[: len(whole) // 2])
    second.write_text("at,who\n1600000000,x\n")
    with pytest.raises(IngestFailed) as caught:
        topic.ingest(torn, second)
    found = re.search(
        rf"`weathervane ingest {topic.name} {torn} --skip (\d+) --end`", str(caught.value)
    )
    assert found is not None, caught.value
    torn.write_bytes(whole)
    done = ingest_files(
        topic.config, topic.place, topic.source, [torn], end=True, skip=int(found[1])
    )
    assert 0 < done.records < 5000
    ids = [msgspec.json.decode(m.value() or b"").get("event_id") for m in topic.records()]
    events = [each for each in ids if each is not None]
    assert len(events) == len(set(events)) == 5001
    assert done.through == "2020-09-13T13:49:59+00:00"


def test_a_write_that_fails_says_up_to_where_all_is_there(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came after the last sure place may be written twice, and the error says how much."""
    topic = Topic(kafka)
    monkeypatch.setattr("streams.counts.files.ingest.SURE_EVERY", 10)
    rows = [f"{1_600_000_000 + n},{n}" for n in range(25)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["at,who", *rows]))
    run = Ingest(topic.config, topic.place, topic.source, [path], end=False)
    monkeypatch.setattr(run._writer, "flush", _failing(run._writer.flush, after=2))
    with pytest.raises(IngestFailed, match=r"up to record 20 of .*a.csv; .* --skip 20` writes"):
        run.run()


def _failing(flush: Callable[..., None], after: int) -> Callable[..., None]:
    calls = 0

    def failing(on_wait: Callable[[], None] = lambda: None) -> None:
        nonlocal calls
        calls += 1
        if calls > after:
            raise WriteFailed("the broker is away")
        flush(on_wait)

    return failing
