"""`weathervane case` over a desk in memory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.cases.wire import ROW
from streams.language.preferred import NAMED
from tests.alerts.examples import OPENED
from tests.cases.examples import CASE
from tests.cli.cases.desk import MemoryCaseDesk, desks, later
from tests.cli.cli import Cli

MALL = "platform/Mall"
TRANSFER = ("case", "move", CASE, "transferred", "--addressee", MALL)


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryCaseDesk]:
    monkeypatch.delenv("WEATHERVANE_URL", raising=False)
    with desks(monkeypatch, MALL) as made:
        yield made


def test_a_case_is_opened_handed_on_and_reported(desk: MemoryCaseDesk, cli: Cli) -> None:
    """Each command says the state and the version; the addressee acts by its token."""
    done = cli("case", "open", OPENED.alert_id, "--kind", "marketing", "--owner", "wang")
    assert done.stdout == f"case {CASE} is received; version 1\n"
    cli("case", "move", CASE, "verified", "--note", "seen")
    assert cli(*TRANSFER, "--deadline", "2026-03-15").exit_code == 0
    case = desk.fold.case(CASE)
    assert case is not None
    assert f"{case.deadline}" == "2026-03-15 16:00:00+00:00", "the end of that day in Shanghai"
    at = ("--url", "https://monitor.example")
    assert cli("case", "move", CASE, "accepted", *at).exit_code == 0
    assert cli("case", "progress", CASE, "three codes stopped", *at).exit_code == 0
    shown = cli("case", "show", CASE)
    for text in ("three codes stopped", "seen", MALL, "Complaints: marketing", "52 where 3.1"):
        assert text in " ".join(shown.stdout.split())
    theirs = json.loads(cli("case", "show", CASE, "--json", *at).stdout)
    assert [step["type"] for step in theirs["log"]] == ["move", "move", "progress"]
    assert "seen" not in json.dumps(theirs)


def test_who_comes_second_is_told_with_status_3(desk: MemoryCaseDesk, cli: Cli) -> None:
    """And what it says for programs names version and state."""
    cli("case", "open", OPENED.alert_id)
    cli("case", "move", CASE, "verified")
    late = cli("case", "move", CASE, "rejected", "--expects", "1", "--json")
    assert late.exit_code == 3
    said = json.loads(late.stdout)
    assert (said["result"], said["version"], said["state"]) == ("refused", 2, "verified")
    assert "somebody has changed it since" in late.stderr
    assert cli("case", "move", CASE, "closed").exit_code == 3
    assert cli("case", "open", OPENED.alert_id).exit_code == 3
    assert len(desk.fold) == 1


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("move", CASE, "lost"), 2, "STATE must be one of"),
        (("move", CASE), 2, "one STATE"),
        (("move", "x", "verified"), 2, "must be given a CASE"),
        (("show", "0" * 16), 1, "there is no case"),
        (("move", "0" * 16, "verified"), 1, "there is no case"),
        (("note", CASE, "x" * 1001), 2, "at most 1000"),
        (("note", CASE, "a\tb"), 2, "control characters"),
        (("assign", CASE, "--addressee", "Mall"), 2, "KIND/NAME"),
        (("assign", CASE, "--deadline", "soon"), 2, "--deadline must be a day or a time"),
        (("open",), 2, "title must be given"),
        (("open", "nonsense"), 2, "ALERT must be an id"),
        (("open", OPENED.alert_id, "--kind", "boring"), 2, "kind"),
        (("list", "--state", "lost"), 2, "--state must be one of"),
        (("list", "x"), 2, "must be given no name"),
        (("list", "--json", "--csv"), 2, "exclude each other"),
        (("erase", CASE, "x"), 2, "event_id"),
        (("note", CASE, "y", "--addressee", MALL), 2, "addressee must be left out"),
    ],
)
def test_what_is_wrong_is_said(
    desk: MemoryCaseDesk, cli: Cli, words: tuple[str, ...], status: int, said: str
) -> None:
    """One sentence, and nothing is done."""
    cli("case", "open", "--title", "a lead", "--json")
    ended = cli("case", *words)
    assert ended.exit_code == status, ended.output
    assert said in " ".join(ended.stderr.split())
    assert len(desk.fold) == 1


def test_lists_for_people_and_programs(
    desk: MemoryCaseDesk, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that are overdue alone, as CSV, in Chinese."""
    cli("case", "open", OPENED.alert_id)
    cli("case", "open", "--title", "=1+1")
    cli("case", "move", CASE, "verified")
    cli(*TRANSFER)
    assert len(cli("case", "list", "--json").stdout.splitlines()) == 2
    assert cli("case", "list", "--overdue", "--json").stdout == ""
    later(desk, 16)
    (line,) = cli("case", "list", "--overdue", "--json").stdout.splitlines()
    assert json.loads(line)["case_id"] == CASE
    rows = list(csv.DictReader(io.StringIO(cli("case", "export").stdout)))
    assert tuple(rows[0]) == ROW
    assert {row["title"] for row in rows} == {OPENED.summary, "'=1+1"}
    monkeypatch.setenv(NAMED, "zh")
    table = cli("case", "list", "--in-hand").stdout
    assert "已转办" in table
    assert "承办单位" in table


def test_notes_evidence_and_erasing(desk: MemoryCaseDesk, cli: Cli) -> None:
    """A text goes, its event stays."""
    cli("case", "open", OPENED.alert_id)
    cli("case", "note", CASE, "Mr Li, 13800138000")
    cli("case", "evidence", CASE, OPENED.alert_id)
    log = json.loads(cli("case", "show", CASE, "--json").stdout)["log"]
    assert cli("case", "erase", CASE, log[1]["id"]).exit_code == 0
    shown = cli("case", "show", CASE).stdout
    assert "138" not in shown.replace(OPENED.entity.id, "")
    assert "(erased)" in shown
    assert desk.texts == {}
