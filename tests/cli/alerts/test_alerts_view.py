"""The list of alerts: 80 columns, ids whole, what people have done, and CSV for spreadsheets."""

from __future__ import annotations

import csv
import datetime as dt
import io
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from streams.actions.action import AcknowledgeAlert, AssignAlert, GiveLabel, MakeSilence
from streams.actions.matcher import Matcher
from streams.actions.state import ActionState
from streams.alerts.cloudevent import Alert, Entity, decode_event, encode_alert
from streams.alerts.latest import AlertFilter, LatestRevision, LatestRevisions
from streams.alerts.misuse.basis import NewCodeBasis
from streams.cli.alerts import alerts_view
from streams.cli.terminal import Terminal
from streams.language.catalogue import Language, catalogue
from tests.alerts.examples import alert

NOW = dt.datetime(2020, 2, 3, tzinfo=dt.UTC)
LONG = "Sender 106900012345678901: " + "a long sentence that goes on and on, " * 8
ID = "2b1926685558e977"


def _rows(*alerts: Alert) -> list[LatestRevision]:
    latest = LatestRevisions()
    for each in alerts:
        raw = encode_alert(each, name="n", time="2020-02-02T09:00:00+08:00")
        latest.take(decode_event(raw), raw)
    return latest.standing(AlertFilter())


def _acted() -> ActionState:
    """One alert is acknowledged, assigned, labelled and silenced."""
    state = ActionState()
    for action in (
        AcknowledgeAlert(v=1, id="1" * 32, at=NOW, by="wang", alert_id=ID, severity="critical"),
        AssignAlert(v=1, id="2" * 32, at=NOW, by="wang", alert_id=ID, to="li"),
        GiveLabel(v=1, id="3" * 32, at=NOW, by="zhao", alert_id=ID, verdict="true"),
        MakeSilence(
            v=1, id="4" * 32, at=NOW, by="sun", match=Matcher(level="sender"),
            until=NOW + dt.timedelta(hours=2),
        ),
    ):  # fmt: skip
        assert state.take(action).result == "done"
    return state


def _shown(
    rows: list[LatestRevision],
    monkeypatch: pytest.MonkeyPatch,
    width: int,
    language: Language = "en",
) -> str:
    file = io.StringIO()
    terminal = Terminal(file=file, width=width, no_color=True)
    monkeypatch.setattr(alerts_view, "out", terminal)
    monkeypatch.setattr(alerts_view, "err", terminal)
    alerts_view.for_people(rows, _acted(), NOW, ZoneInfo("Asia/Shanghai"), catalogue(language))
    return file.getvalue()


def test_80_columns_hold_an_alert_with_its_id_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the sentence, no line is wider, and figures stand under their heads."""
    rows = _rows(
        alert(alert_id=ID, revision=2, event="resolved", state="resolved", summary=LONG),
        alert(alert_id="f" * 16, revision=999, state="retracted", event="retracted"),
    )
    lines = _shown(rows, monkeypatch, 80).splitlines()
    table = lines[:-3]
    assert max(map(len, table)) <= 80
    assert [line.split()[-1] for line in table if line.endswith((".2", ".999"))] == [
        f"{ID}.2",
        f"{'f' * 16}.999",
    ]
    first = next(line for line in table if ID in line)
    assert first[table[0].index("Opened") :].startswith("2020-02-02 09:00")
    assert first[table[0].index("Closed") :].startswith("2020-02-02 09:00")


@pytest.mark.parametrize("width", [80, 160])
def test_no_line_ends_in_blanks(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """In a file or a mail they would make each line as wide as the widest terminal."""
    lines = _shown(_rows(alert(alert_id=ID, summary=LONG)), monkeypatch, width).splitlines()
    table = lines[: next(n for n, line in enumerate(lines) if line.startswith("1 alert"))]
    assert [line for line in table if line != line.rstrip()] == []
    assert "".join(LONG.split()) in "".join("".join(lines).split())


def test_the_list_says_what_people_have_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes care of it, whose it is, its label, and what hides it."""
    shown = _shown(_rows(alert(alert_id=ID)), monkeypatch, 200)
    assert (
        "acknowledged by wang 2020-02-03 08:00, assigned to li, label true by zhao,"
        " silence by sun until 2020-02-03 10:00" in shown
    )


def test_chinese_stands_under_its_heads_in_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Chinese character is two columns wide; nothing but names and the id is English."""
    lines = _shown(_rows(alert(alert_id=ID)), monkeypatch, 80, "zh").splitlines()
    assert lines[0].split() == ["超阈值", "状态", "级别", "开始预警", "结束", "预警编号"]
    assert max(map(cell_len, lines)) <= 80
    for head, cell in (("状态", "进行中"), ("级别", "一般"), ("开始预警", "2020-02-02 09:00")):
        assert cell_len(lines[0].split(head)[0]) == cell_len(lines[1].split(cell)[0])
    said = "".join("".join(lines).split())
    assert "52件投诉，约为预期（3.1）的17倍。" in said
    assert "wang于2020-02-0308:00确认、负责人li、zhao标注为属实、sun静默至2020-02-0310:00" in said


def test_csv_has_every_figure_and_no_formula(capsys: pytest.CaptureFixture[str]) -> None:
    """A spreadsheet shows an id that begins like a formula as text."""
    hostile = alert(alert_id=ID, entity=Entity("sender", "=1+1"), summary='@SUM("a",\n1)')
    alerts_view.as_csv(_rows(hostile), _acted(), NOW)
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["id"], row["summary"][:2]) == ("'=1+1", "'@")
    assert (row["acknowledged_by"], row["assigned_to"], row["label"]) == ("wang", "li", "true")
    assert (row["hidden_by"], row["closed_at"]) == ("sun", "")
    assert float(row["beyond_nats"]) == pytest.approx(
        hostile.evidence_nats - hostile.threshold_nats, abs=0.005
    )


def test_what_needs_no_evidence_shows_no_nats(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exact alert says so, a source that needs no evidence has a dash."""
    needs_none = {"evidence_nats": 0.0, "threshold_nats": 0.0}
    exact = alert(alert_id=ID, signal="new_code", kind="first", basis=NewCodeBasis(), **needs_none)
    silent = alert(signal="source", kind="silent", entity=Entity("source", "sends"), **needs_none)
    assert _shown(_rows(exact), monkeypatch, 80).splitlines()[1].split()[:2] == ["exact", "open"]
    assert _shown(_rows(exact), monkeypatch, 80, "zh").splitlines()[1].split()[0] == "精确"
    assert _shown(_rows(silent), monkeypatch, 80).splitlines()[1].split()[:2] == ["-", "open"]
