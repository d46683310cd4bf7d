"""Files of labels: what people write is read, and every problem is told with its line."""

from __future__ import annotations

import datetime as dt
import os
import resource
from pathlib import Path

import pytest

from streams.alerts.label import encode_label
from streams.analysis.labels.storage import (
    LabelFile,
    LabelProblems,
    LabelsUnreadable,
    append_labels,
    read_labels,
)
from streams.simulate.files import write
from streams.simulate.simulation import Simulation
from tests.analysis.labels.examples import SAID, of_alert, of_span

ID = "2b1926685558e977"
WINDOWS = "entity,start,end,signal,label,kind,note\n"


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    return Reader(tmp_path / "labels.csv")


class Reader:
    """Reads text as a file of labels."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, text: str | bytes, timezone: str = "Asia/Shanghai") -> LabelFile:
        self.path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_labels(self.path, timezone=timezone, at=SAID, by="wang")

    def problems(self, text: str | bytes) -> list[str]:
        """What it is told."""
        with pytest.raises(LabelProblems) as caught:
            self(text)
        return caught.value.problems


def test_alerts_by_their_ids(read: Reader) -> None:
    """An id as it is shown, with a revision or without; a spreadsheet's TRUE is true."""
    found = read(f"alert_id,label,note\n{ID}.3, TRUE ,\n{'a' * 16},expected,6.18\n")
    verdicts = [(ID, "true", None), ("a" * 16, "expected", "6.18")]
    assert [(x.alert_id, x.verdict, x.note) for x in found.labels] == verdicts
    assert {(x.at, x.by) for x in found.labels} == {(SAID, "wang")}
    assert found.notes == ()


def test_windows_in_any_order_of_columns(read: Reader) -> None:
    """Three columns are enough; the label is then true, the signal any."""
    row = "2026-03-05T00:00:00Z,sender/a/b,2026-03-03T00:00:00+08:00\n"
    (label,) = read(f"end,entity,start\n{row}").labels
    assert label.verdict == "true"
    assert label.window is not None
    assert (label.window.entity, label.window.signal) == ("sender/a/b", None)


def test_times_without_a_zone_are_in_the_configurations_and_a_note_says_so(read: Reader) -> None:
    """Nobody is left to guess in which zone a time was read."""
    found = read("entity,start,end\nsender/1,2026-03-03 08:00:00,2026-03-03T02:00:00Z\n")
    window = found.labels[0].window
    assert window is not None
    assert window.start == dt.datetime(2026, 3, 3, 0, tzinfo=dt.UTC)
    assert found.notes == ("labels.csv: 1 time names no zone: read in Asia/Shanghai (timezone)",)


def test_a_date_is_that_day_in_that_zone_also_as_an_end(read: Reader) -> None:
    """People write the last day of a window, not the day after it."""
    found = read(
        "entity,start,end\nsender/1,2026-03-03,2026-03-03\nsender/2,2026-03-03,2026-03-09\n"
    )
    first, second = (label.window for label in found.labels)
    assert first is not None
    assert second is not None
    assert first.start == second.start == dt.datetime(2026, 3, 2, 16, tzinfo=dt.UTC)
    assert first.end - first.start == dt.timedelta(days=1)
    assert second.end - second.start == dt.timedelta(days=7)
    assert found.notes[1] == "labels.csv: 2 ends are dates: that day is in the window"


def test_a_day_is_as_long_as_the_clock_makes_it(read: Reader) -> None:
    """The day on which the clock goes forward has 23 hours."""
    found = read("entity,start,end\nsender/1,2021-03-28,2021-03-28\n", "Europe/Berlin")
    window = found.labels[0].window
    assert window is not None
    assert window.end - window.start == dt.timedelta(hours=23)


def test_what_simulate_writes_is_read_as_it_is(tmp_path: Path) -> None:
    """Every incident is a label: campaigns expected, defects of the data at their source."""
    start = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    simulation = Simulation(start, senders=60, days=35, incidents=0.2, seed=1)
    write(simulation, "UTC", tmp_path, lambda: None)
    found = read_labels(tmp_path / "labels.csv", timezone="UTC", at=SAID)
    assert found.notes == ()
    kinds = {}
    for label, incident in zip(found.labels, simulation.incidents, strict=True):
        window = label.window
        assert window is not None
        assert (window.entity, window.kind) == (incident.entity, incident.kind)
        assert window.signal == incident.signal
        assert window.start - start == dt.timedelta(hours=incident.start)
        assert window.end - start == dt.timedelta(hours=incident.stop)
        kinds[incident.kind] = label.verdict
    assert kinds["campaign"] == "expected"
    assert kinds["missing"] == kinds["burst"] == "true"


def test_a_campaign_of_no_signal_is_expected(read: Reader) -> None:
    """Unless a label says something else."""
    rows = (
        "platform/Mall,2026-03-03,2026-03-03,,,campaign,\n"
        "platform/Mall,2026-04-03,2026-04-03,,true,campaign,\n"
        "platform/Mall,2026-05-03,2026-05-03,sends,,campaign,\n"
        "platform/Mall,2026-06-03,2026-06-03,expected,,,\n"
    )
    found = read(WINDOWS + rows)
    assert [x.verdict for x in found.labels] == ["expected", "true", "true", "expected"]


def test_every_problem_of_a_file_is_told_at_once(read: Reader) -> None:
    """A file is put right in one go: each line says where, the rule and what was found."""
    rows = (
        "planet/mars,2026-03-03,2026-03-03,,,,\n"
        "\n"
        "sender/1,2026-03-03,2026-02-30,calls,maybe,,\n"
        "sender/1,soon,2026-03-03,source,,,\n"
        "source/ftc,2026-03-04,2026-03-03,sends,,,\n"
        "sender/1,2026-03-03,2026-03-03,expected,true,,\n"
        "sender/1,2026-03-03\n"
    )
    assert read.problems(WINDOWS + rows) == [
        "labels.csv:2: entity must begin with a level: all | category | platform | merchant |"
        ' account | domain | access_code | signature | sender | source; got "planet/mars"',
        'labels.csv:4: end must be a time that exists; got "2026-02-30"',
        'labels.csv:4: label must be true | false | expected; got "maybe"',
        "labels.csv:4: signal must be sends | fan_out | complaints | complaint_rate | new_code |"
        " scope | sublet | snowshoe | consent | rule | relapse | source, or empty for any;"
        ' got "calls"',
        'labels.csv:5: signal must be of an entity source/NAME where it is source; got "source"',
        "labels.csv:5: start must be RFC 3339, a date with the year first, YYYY-MM-DD HH:MM:SS, or"
        ' seconds or milliseconds since 1970; got "soon"',
        'labels.csv:6: end must be after start 2026-03-04; got "2026-03-03"',
        'labels.csv:6: signal must be source where the entity is source/NAME; got "sends"',
        'labels.csv:7: label must be expected, or empty, where signal is expected; got "true"',
        "labels.csv:8: row must have 7 fields, as the header; got 2",
    ]


def test_the_former_word_for_a_source_fault_is_read(read: Reader) -> None:
    """Files that people wrote for version 0.1 say `feed`: in CSV, and in JSON Lines."""
    rows = "source/ftc,2026-03-03,2026-03-03,{},,gap,\n"
    former, current = (read(WINDOWS + rows.format(word)).labels for word in ("feed", "source"))
    assert former == current
    line = encode_label(current[0]).replace(b'"signal":"source"', b'"signal":"feed"')
    assert read(line).labels == current


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"alert_id,label\n{ID},yes\n", 'label must be true | false | expected; got "yes"'),
        (f"alert_id,label\n{ID},\n", 'label must be true | false | expected; got ""'),
        (
            "alert_id,label\n2.00E+15,true\n",
            'alert_id must be 16 hex digits, as `weathervane alerts` shows them; got "2.00E+15"',
        ),
        (
            f'alert_id,label,note\n{ID},true,"a\nb"\n',
            "note must hold no control characters; got U+000A",
        ),
        (
            f"alert_id,label,note\n{ID},true,{'x' * 1001}\n",
            "note must be at most 1000 characters; got 1,001",
        ),
        ("entity,start,end\nsender/,2026-03-03,2026-03-03\n", "entity must hold an id after"),
        ("entity,start,end\nsender/1,1999-03-03,2026-03-03\n", "start must be from 2000 on; got"),
        (b"alert_id,label\n\xff,true\n", "row must be UTF-8; got other bytes"),
        ('alert_id,label\n"a"b,true\n', "must be CSV; "),
        (f"alert_id,label\n{'x' * 200_000},true\n", "must be CSV; field larger than"),
    ],
)
def test_a_row_that_cannot_be_is_told_why(read: Reader, text: str | bytes, message: str) -> None:
    """A value that breaks a rule is named with the rule."""
    (problem,) = read.problems(text)
    assert problem.startswith(f"labels.csv:2: {message}")


@pytest.mark.parametrize(
    ("header", "starts"),
    [
        ("alert_id,label,why", ["header must name no other columns than alert_id, label, note"]),
        ("alert_id,note", ["header must name a column label"]),
        ("entity,start", ["header must name a column end"]),
        ("entity,start,end,end", ["header must name end once; got it 2 times"]),
        ("alert_id,entity,label", ["header must name no other columns than alert_id, label, note"]),
        (ID, ["header must name the columns alert_id and label, or entity, start and end"]),
        ("", ["header must name the columns alert_id and label, or entity, start and end"]),
        ("alert_id,,why", ["header must name a column label", "header", "header"]),
    ],
)
def test_a_header_that_is_not_known_is_refused(
    read: Reader, header: str, starts: list[str]
) -> None:
    """A column that is misspelt would else be left out in silence."""
    problems = read.problems(f"{header}\nx,y,z\n")
    for problem, start in zip(problems, starts, strict=True):
        assert problem.startswith(f"labels.csv:1: {start}")


def test_no_rows_are_no_labels(read: Reader) -> None:
    """A simulation without incidents has a header alone."""
    assert read("\ufeffentity,signal,kind,start,end\n").labels == ()


def test_an_alert_labelled_twice_is_refused_with_both_lines(read: Reader) -> None:
    """Within a file no row is later than another."""
    assert read.problems(f"alert_id,label\n{ID},true\n{'a' * 16},true\n{ID}.2,true\n") == [
        f"labels.csv:4: alert_id must be labelled once; got {ID} in line 2 too"
    ]


def test_a_window_twice_is_refused_with_both_lines(read: Reader) -> None:
    """Also where the two are written in different ways."""
    rows = (
        "sender/1,2026-03-03,2026-03-03,complaints,,,\n"
        "sender/1,2026-03-03T00:00:00+08:00,2026-03-03T16:00:00Z,complaint_rate,,,\n"
    )
    assert read.problems(WINDOWS + rows) == [
        "labels.csv:3: entity, signal, start and end must be labelled once;"
        " got sender/1 in line 2 too"
    ]


def test_windows_that_overlap_must_agree(read: Reader) -> None:
    """Where verdicts agree it is one episode; where not, nobody knows what holds."""
    agree = "sender/1,2026-03-03,2026-03-05,sends,,,\nsender/1,2026-03-05,2026-03-09,sends,,,\n"
    assert len(read(WINDOWS + agree).labels) == 2
    rows = (
        "sender/1,2026-03-03,2026-03-05,sends,,,\n"
        "sender/1,2026-03-06,2026-03-09,sends,false,,\n"
        "sender/1,2026-03-04,2026-03-04,complaints,false,,\n"
        "sender/2,2026-03-04,2026-03-04,sends,false,,\n"
        "sender/1,2026-03-05,2026-03-06,,expected,,\n"
    )
    assert read.problems(WINDOWS + rows) == [
        "labels.csv:6: start and end must not overlap a window of the same entity and signal with"
        f" another label; got {words} in line {line} too"
        for line, words in ((2, "sender/1"), (3, "sender/1 sends"))
    ]


def test_json_lines_come_back_as_they_were_said(tmp_path: Path) -> None:
    """What --to wrote is read whole, with when and by whom; a repeat counts once."""
    path = tmp_path / "labels.jsonl"
    first, second = of_alert(ID, "true", at=30, by="li"), of_span(3, 5)
    append_labels(path, [first, second])
    changed = of_alert(ID, "false", at=31)
    append_labels(path, [changed, second])
    found = read_labels(path, timezone="UTC", at=SAID)
    assert found.labels == (first, second, changed)
    assert found.places[changed.label_id] == "labels.jsonl:3"
    assert found.notes == ()


def test_a_log_that_contradicts_itself_is_read_with_a_note(tmp_path: Path) -> None:
    """Each was right when it was said: nothing is lost, and the reader is told."""
    path = tmp_path / "labels.jsonl"
    append_labels(path, [of_span(3, 6), of_span(5, 9, "expected")])
    found = read_labels(path, timezone="UTC", at=SAID)
    assert len(found.labels) == 2
    assert found.notes == (
        "labels.jsonl: lines 1 and 2 say different things of sender/106900012345 sends at one time;"
        " true goes before false, false before expected",
    )


def test_lines_that_are_no_labels_are_told_with_their_numbers(tmp_path: Path) -> None:
    """Every one of them, and none is taken."""
    path = tmp_path / "labels.jsonl"
    path.write_bytes(b'{"type":"send"}\n\n' + encode_label(of_span(3, 5)) + b"\n{\n")
    with pytest.raises(LabelProblems) as caught:
        read_labels(path, timezone="UTC", at=SAID)
    places = [problem.split(" must be a label; ")[0] for problem in caught.value.problems]
    assert places == ["labels.jsonl:1:", "labels.jsonl:4:"]


def test_nothing_is_added_to_a_file_of_something_else(tmp_path: Path) -> None:
    """A slip of the name does not spoil a file of alerts."""
    path = tmp_path / "alerts.jsonl"
    path.write_text('{"specversion":"1.0"}\n')
    with pytest.raises(LabelProblems):
        append_labels(path, [of_span(3, 5)])
    assert path.read_text() == '{"specversion":"1.0"}\n'


def test_a_last_line_that_lost_its_end_is_ended(tmp_path: Path) -> None:
    """An editor that took the last line break away spoils no label."""
    path = tmp_path / "labels.jsonl"
    path.write_bytes(encode_label(of_span(3, 5)))
    append_labels(path, [of_span(6, 7)])
    assert len(read_labels(path, timezone="UTC", at=SAID).labels) == 2


@pytest.mark.parametrize(("labels", "room"), [(10, 100), (40, 4200), (200, 9000)])
def test_a_full_disk_takes_all_of_them_or_none(tmp_path: Path, labels: int, room: int) -> None:
    """Wherever it breaks off what was there is as it was; a file that was not there is not."""
    path, new = tmp_path / "labels.jsonl", tmp_path / "new.jsonl"
    append_labels(path, [of_span(3, 5)])
    before = path.read_bytes()
    labels_to_add = [of_alert(f"{number:016x}", "true") for number in range(labels)]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + room, hard))
        for file in (path, new):
            with pytest.raises(OSError, match="too large"):
                append_labels(file, labels_to_add)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before
    assert not new.exists()


def test_a_pipe_is_read_like_a_file() -> None:
    """What a shell hands over by ``<(...)`` can be read once only."""
    for text in (f"alert_id,label\n{ID},true\n".encode(), encode_label(of_alert(ID, "true"))):
        read_end, write_end = os.pipe()
        os.write(write_end, text)
        os.close(write_end)
        found = read_labels(Path(f"/dev/fd/{read_end}"), timezone="UTC", at=SAID)
        os.close(read_end)
        assert [label.alert_id for label in found.labels] == [ID]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Also where it is a folder."""
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(LabelsUnreadable, match=r"must be a file to read; (Is a|No such)"):
            read_labels(path, timezone="UTC", at=SAID)
