"""A look-back on a real broker: from the move to its watch, its judgement, and the end of the case.

Serve and detect are killed on the way.
"""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path

from streams.broker.client.writer import RecordWriter
from streams.broker.local.broker import Recipe
from streams.broker.local.port_and_folder import free_port
from streams.broker.topics.records import read_records
from streams.cases.event import CaseEvent, MoveCase, OpenCase, decode_case_event, encode_case_event
from streams.cases.evidence import case_id_of_recurrence
from streams.cases.fold import CaseFold
from streams.cases.moves import CaseState
from streams.counts.wire import decode_record
from streams.registry.control import RegistryRows
from streams.registry.store import read_registry
from tests.integration.pipeline import Pipeline, pipeline
from tests.launch.launch import COMMAND, start

CONFIG = """
name = "looking"
timezone = "UTC"
[count]
levels = ["sender", "all"]
[detect]
checkpoint_every = "1s"
min_count = 100000
[detect.look_back]
lasts = "8d"
[serve]
port = {port}
[sources.ftc]
kind = "complaint"
format = "csv"
time = "day"
sender = "sender"
bucket = "1d"
daily = true
partitions = 1
"""
FIRST = dt.date(2026, 3, 2)
QUIET, AGAIN = "00000000000000aa", "00000000000000bb"


def _file(path: Path, days: range, counts: dict[str, int]) -> Path:
    lines = ["day,sender"]
    for day in days:
        date = FIRST + dt.timedelta(days=day)
        lines += [f"{date},{name}" for name, count in counts.items() for _ in range(count)]
    path.write_text("\n".join(lines) + "\n")
    return path


def _events(case_id: str, sender: str) -> list[CaseEvent]:
    """A case that was opened by hand, and handled."""
    at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    opened = OpenCase(
        id=f"{case_id}{0:016x}", at=at, by="wang", party="centre", case_id=case_id,
        origin="hand", title="Complaints", entity=f"sender/{sender}",
    )  # fmt: skip
    states: tuple[CaseState, ...] = ("verified", "transferred", "accepted", "handled")
    moves = [
        MoveCase(
            id=f"{case_id}{number:016x}", at=at, by="wang", party="centre", case_id=case_id,
            expects=number, to=state,
            addressee="platform/Shop" if state == "transferred" else None,
            deadline=at + dt.timedelta(days=9) if state == "transferred" else None,
        )
        for number, state in enumerate(states, 1)
    ]  # fmt: skip
    return [opened, *moves]


def _cases(running: Pipeline) -> CaseFold:
    fold = CaseFold()
    for message in read_records(running.place, running.config.topic("cases"), 0, 0):
        event = decode_case_event(message.value() or b"", dt.datetime.now(dt.UTC).timestamp())
        fold.take(event, int(message.offset() or 0))
    return fold


def _state(running: Pipeline, case_id: str) -> str | None:
    case = _cases(running).case(case_id)
    return None if case is None else case.state


def _watches(running: Pipeline) -> set[str]:
    entries = read_registry(running.place, running.config.topic("registry")).entries
    return {key for key in entries if key.startswith("watch/")}


def _in_counts(running: Pipeline) -> set[str]:
    found = set[str]()
    for message in read_records(running.place, running.config.topic("counts"), 0, 0):
        record = decode_record(message.value() or b"")
        if isinstance(record, RegistryRows):
            found |= {row.key for row in record.rows}
    return found


def _serve(running: Pipeline, log: Path) -> subprocess.Popen[bytes]:
    place = ["--config", str(running.path), "--bootstrap", running.place.bootstrap]
    with log.open("ab") as said:
        return start([*COMMAND, "serve", *place], stdout=said, stderr=said)


def test_a_case_is_watched_and_closes_or_recurs(noida: Recipe, tmp_path: Path) -> None:
    with pipeline(noida, tmp_path, CONFIG.format(port=free_port())) as running:
        running.start("count", "detect")
        serve = _serve(running, tmp_path / "serve.log")
        before = _file(tmp_path / "a.csv", range(20), {"quiet": 20, "again": 20, "other": 9})
        running.ingest("ftc", before, end=False)
        writer = RecordWriter(running.place)
        for case_id, sender in ((QUIET, "quiet"), (AGAIN, "again")):
            for event in _events(case_id, sender):
                value = encode_case_event(event)
                writer.write(running.config.topic("cases"), value, case_id.encode(), 0)
        writer.flush()
        both = {f"watch/{QUIET}", f"watch/{AGAIN}"}
        running.wait(lambda: _watches(running) == both, "watches are written")
        serve.kill()
        serve.wait()
        running.kill("detect")
        running.start("detect")
        serve = _serve(running, tmp_path / "serve.log")
        running.wait(lambda: _in_counts(running) == both, "the rows are in counts")
        after = _file(tmp_path / "b.csv", range(20, 25), {"quiet": 1, "again": 1, "other": 9})
        relapse = _file(tmp_path / "c.csv", range(25, 33), {"quiet": 1, "again": 90, "other": 9})
        running.ingest("ftc", after, end=False)
        running.ingest("ftc", relapse)
        running.wait(lambda: _state(running, QUIET) == "closed", "the case closes")
        running.wait(lambda: _state(running, AGAIN) == "recurred", "the case recurred")
        running.wait(lambda: not _watches(running), "no watch is left")
        cases = _cases(running)
        closed, follows = cases.case(QUIET), cases.case(case_id_of_recurrence(AGAIN))
        assert closed is not None
        assert follows is not None
        assert closed.figures["counted"] == 27  # 20 of the bucket that was open
        assert closed.figures["buckets"] == 8
        assert follows.opened.follows == AGAIN
        assert follows.opened.figures["now_per_day"] > 40
        assert [each.signal for each in follows.evidence] == ["relapse"]
        assert len(closed.log) == 7
        serve.terminate()
        assert serve.wait() == 0
        assert set(running.stop().values()) == {0}
