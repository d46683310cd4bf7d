"""Each kind of feedback report becomes a complaint about its sender, or a reject that says why."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from streams.items import SKIPPED, Reject
from streams.sources.read import Files, Row
from streams.sources.trial.trial import try_file, try_topic
from tests.sources.files import DATA, KEY, complaint, read_bytes, reasons, source
from tests.sources.mail.reports import ORIGINAL, SAMPLES, Sample, report

ARF = source(kind="complaint", format="arf")


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_a_kind_of_report(sample: Sample, ends: bytes, tmp_path: Path) -> None:
    """Its sender is no recipient and no relay, and its words stay where they are."""
    (row,) = read_bytes(ARF, sample.raw.replace(b"\n", ends), tmp_path)
    assert reasons([row]) == [sample.reason]
    if isinstance(row, Reject):
        assert "SECRET" not in row.detail
    else:
        found = complaint(row)
        assert (found.sender.id, found.kind) == (sample.sender, sample.kind)


def test_all_kinds_in_one_mailbox(tmp_path: Path) -> None:
    """Neighbours change nothing: a mailbox of them all gives what each gives alone."""
    line = b"From fbl@provider.example Mon Mar  2 09:00:00 2026\n"
    samples = [sample for sample in SAMPLES.values() if sample.reason != "not_a_report"]
    rows = read_bytes(ARF, b"".join(line + sample.raw + b"\n" for sample in samples), tmp_path)
    assert reasons(rows) == [sample.reason for sample in samples]
    found = [complaint(row).sender.id for row in rows if not isinstance(row, Reject)]
    assert found == [sample.sender for sample in samples if sample.reason == "ok"]


def test_an_order_of_ones_own_and_conditions(tmp_path: Path) -> None:
    """The first field that names somebody counts; what a condition leaves out is no reject."""
    own = source(
        kind="complaint",
        format="arf",
        sender=["X-Campaign", "Source-IP", "From"],
        where={"Feedback-Type": ["abuse", "fraud"]},
    )
    line = b"From fbl@provider.example Mon Mar  2 09:00:00 2026\n"
    mails = [
        report("Feedback-Type: abuse", f"X-Campaign: Spring\n{ORIGINAL}"),
        report("Feedback-Type: fraud\nSource-IP: 192.0.2.1 (a.example)"),
        report("Feedback-Type: Opt-Out"),
        report("Feedback-Type: virus"),
        report("Feedback-Type: abuse"),
    ]
    rows = read_bytes(own, b"\n".join(line + mail for mail in mails), tmp_path)
    found = [row if row is SKIPPED else complaint(row).sender.id for row in rows]
    assert found == ["spring", "192.0.2.1", SKIPPED, SKIPPED, "shop.example"]


def test_a_topic_of_reports(tmp_path: Path) -> None:
    """A report in a record becomes what it becomes in a file, but for the id that it lacks."""
    topic = source(kind="complaint", format="arf", topic="reports", topic_format="source")
    records = [sample.raw for sample in SAMPLES.values()]
    tried = try_topic(topic, KEY, [(0, n, raw, (), 4e9) for n, raw in enumerate(records)])
    assert tried.records == len(tried.items) == len(records)
    for number, (raw, item) in enumerate(zip(records, tried.items, strict=True)):
        (row,) = read_bytes(topic, raw, tmp_path)
        if isinstance(row, Reject):
            assert isinstance(item.outcome, Reject)
            assert (item.outcome.reason, item.outcome.detail) == (row.reason, row.detail)
        else:
            found, in_file = complaint(item.outcome), complaint(row)
            own = f"s:reports-0-{number}" if in_file.event_id.startswith("s:") else in_file.event_id
            assert found == msgspec.structs.replace(in_file, event_id=own)


def test_a_date_of_the_mail_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    """When the mail came is one field of a complaint: the complaint counts without it."""
    fields = "Feedback-Type: abuse\nArrival-Date: Mon, 2 Mar 2026 07:00:00 CST"
    (row,) = read_bytes(ARF, report(fields), tmp_path)
    assert complaint(row).occurred_at is None
    (row,) = read_bytes(ARF, report(fields.replace("CST", "JST")), tmp_path)
    assert str(complaint(row).occurred_at) == "2026-03-01 22:00:00+00:00"


def test_a_folder_is_one_file_to_those_who_go_on_in_it(tmp_path: Path) -> None:
    """Its records have one numbering, by which an interrupted ingest goes on."""
    folder, alone = tmp_path / "mails", tmp_path / "one.eml"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.eml").write_bytes(report())
    alone.write_bytes(report())
    files = Files(ARF, [folder, alone], KEY, lambda: 4e9)
    found = [(files.index, files.record, files.records) for _ in files]
    assert found == [(0, 1, 1), (0, 2, 2), (0, 3, 3), (1, 1, 4)]
    assert files.whole == 1


def test_the_first_mails_of_a_folder_are_tried(tmp_path: Path) -> None:
    """A folder is tried as it is read."""
    for number in range(3):
        (tmp_path / f"{number}.eml").write_bytes(report())
    assert [item.word for item in try_file(ARF, KEY, tmp_path, 2, lambda: 4e9).items] == [
        "event"
    ] * 2


def _in_folder(folder: Path) -> list[Row]:
    return list(Files(ARF, [folder], KEY, lambda: 4e9))


def test_a_maildir(tmp_path: Path) -> None:
    """All that is in it is read, as it arrived; a mail that has been seen since is the same."""
    for part in ("cur", "new", "tmp"):
        (tmp_path / part).mkdir()
    mails = {"9.M1P1.host": "minimal", "1709370000.M2P1.host": "mixed", "10.M1P1.host": "bare"}
    for name, form in mails.items():
        shutil.copy(DATA / "feedback" / f"jmrp-{form}.eml", tmp_path / "new" / name)
    (tmp_path / "tmp" / "8.half").write_bytes(b"half")
    before = _in_folder(tmp_path)
    (tmp_path / "new" / "10.M1P1.host").rename(tmp_path / "cur" / "10.M1P1.host:2,S")
    assert reasons(before) == ["ok"] * 3
    assert _in_folder(tmp_path) == before
    assert [complaint(row).event_id for row in before] == [
        *("s:9.M1P1.host:1", "s:10.M1P1.host:1", "s:1709370000.M2P1.host:1"),
    ]
