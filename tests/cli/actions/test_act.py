"""The commands that act, at a desk in memory; no broker needed."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from streams.actions.action import (
    AcknowledgeAlert,
    AssignAlert,
    EndSilence,
    EndSnooze,
    MakeSilence,
    MakeSnooze,
    UnacknowledgeAlert,
)
from streams.alerts.cloudevent import Entity
from tests.alerts.examples import OPENED, raw
from tests.cli.actions.desk import MemoryDesk, at
from tests.cli.cli import Cli

ID = OPENED.alert_id
OTHER = "b" * 16
PLACE = "sender/106900012345"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch)


@pytest.fixture
def desk() -> Iterator[MemoryDesk]:
    """A desk that knows two alerts."""
    found = MemoryDesk(raw(), raw(alert_id=OTHER, entity=Entity("sender", "other")))
    with at(found):
        yield found


def test_an_alert_is_acknowledged_and_not_any_more(cli: Cli, desk: MemoryDesk) -> None:
    """With its severity of now, by whoever says so; the note stands apart."""
    done = cli("ack", f"{ID}.1", OTHER, "--by", "wang", "--note", "called them")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        f"{ID} acknowledged as warning; version 1",
        f"{OTHER} acknowledged as warning; version 1",
    ]
    first = desk.done[0]
    assert isinstance(first, AcknowledgeAlert)
    assert (first.by, first.noted, desk.texts[first.id]) == ("wang", True, "called them")
    assert desk.state.alert(ID).acknowledges(OPENED)
    assert cli("unack", ID).stdout == f"{ID} is acknowledged no more; version 2\n"
    assert isinstance(desk.done[-1], UnacknowledgeAlert)
    assert not desk.state.alert(ID).acknowledges(OPENED)


def test_an_early_alert_is_acknowledged_and_snoozed(cli: Cli) -> None:
    """People are told of it as of any other."""
    early = "e" * 16
    desk = MemoryDesk(raw(alert_id=early, event="early", state="early", revision=0))
    with at(desk):
        assert cli("ack", early).exit_code == 0
        assert cli("snooze", early, "--for", "1h").exit_code == 0
    assert [type(action) for action in desk.done] == [AcknowledgeAlert, MakeSnooze]


def test_a_conflict_has_a_status_of_its_own(cli: Cli, desk: MemoryDesk) -> None:
    """Somebody has acted since: nothing is done, and status 3 says so."""
    assert cli("ack", ID, "--expects", "0").exit_code == 0
    late = cli("ack", ID, "--expects", "0")
    assert late.exit_code == 3
    assert f"alert/{ID} must have the version that you expect; it has 1 now" in late.stderr
    assert late.stdout == ""
    answers = cli("unack", ID, "--expects", "7", "--json")
    assert answers.exit_code == 3
    answer = json.loads(answers.stdout)
    assert (answer["result"], answer["version"]) == ("conflict", 1)
    assert len(desk.done) == 1


def test_unknown_alerts_are_named_with_what_is_like_them(cli: Cli, desk: MemoryDesk) -> None:
    """And nothing is done about the others."""
    wrong = ID[:-1] + "0"
    result = cli("ack", ID, wrong)
    assert result.exit_code == 1
    assert f"ALERT must be a known alert; got {wrong}, found {ID}" in result.stderr
    assert desk.done == []


def test_alerts_are_somebodys_and_nobodys(cli: Cli, desk: MemoryDesk) -> None:
    """The last one holds."""
    assert cli("assign", ID, "--to", "li").stdout == f"{ID} is li's; version 1\n"
    assert desk.state.alert(ID).assigned_to == "li"
    assert cli("assign", ID, "--nobody").exit_code == 0
    assert desk.state.alert(ID).assigned_to is None
    assert all(isinstance(action, AssignAlert) for action in desk.done)


def test_a_note_is_written_and_erased(cli: Cli, desk: MemoryDesk) -> None:
    """The log says that there was one."""
    assert cli("note", ID, "Mr Li was called").exit_code == 0
    (noted,) = desk.done
    assert "Mr Li was called" in cli("actions").stdout
    unknown = cli("note", "--erase", "0" * 32)
    assert unknown.exit_code == 1
    assert cli("note", "--erase", noted.id).exit_code == 0
    shown = cli("actions").stdout
    assert "Mr Li" not in shown
    assert "(erased)" in shown


def test_a_snooze_is_of_an_alerts_entity_and_signal(cli: Cli, desk: MemoryDesk) -> None:
    """An entity is named with its signal."""
    assert cli("snooze", ID, "--for", "4h").exit_code == 0
    (made,) = desk.done
    assert isinstance(made, MakeSnooze)
    assert (made.entity, made.signal) == (PLACE, "complaints")
    assert (made.until - made.at).total_seconds() == 4 * 3600
    assert f"snooze {PLACE} complaints" in " ".join(cli("silences").stdout.split())
    ended = cli("snooze", PLACE, "--signal", "complaints", "--end")
    assert ended.stdout == f"{PLACE} complaints is snoozed no more; version 2\n"
    assert isinstance(desk.done[-1], EndSnooze)
    again = cli("snooze", ID, "--end")
    assert again.exit_code == 1
    assert f"{PLACE} complaints must be snoozed" in again.stderr


def test_a_silence_shows_first_what_it_would_have_hidden(cli: Cli, desk: MemoryDesk) -> None:
    """A dry run does no more than that."""
    dry = cli("silence", "--id", "1069*", "--dry-run")
    assert dry.exit_code == 0
    assert "In the last 7 days it would have hidden 1 of 2 alerts, and 1 messages" in dry.stderr
    assert ID in dry.stderr
    found = cli("silence", "--level", "sender", "--dry-run", "--json").stdout
    assert json.loads(found) == {"alerts": [ID, OTHER], "messages": 2, "of": 2}
    assert desk.done == []


def test_a_silence_is_made_listed_and_ended(cli: Cli, desk: MemoryDesk) -> None:
    """By the beginning of its id."""
    words = ("silence", "--id", "1069*", "--signal", "complaints", "--signal", "sends",
             "--until", "2099-01-01")  # fmt: skip
    assert cli(*words, "--comment", "sale").exit_code == 2  # more than a year
    made = cli("silence", "--id", "1069*", "--id", "95*", "--for", "2h", "--comment", "sale",
               "--yes", "--by", "wang")  # fmt: skip
    assert made.exit_code == 0
    (action,) = desk.done
    assert isinstance(action, MakeSilence)
    assert action.match.texts == {"id": ("1069*", "95*")}
    listed = cli("silences", "--json")
    row = json.loads(listed.stdout)
    assert (row["id"], row["comment"], row["by"], row["runs"]) == (action.id, "sale", "wang", True)
    assert row["match"] == {"id": ["1069*", "95*"]}
    assert cli("unsilence", "x").exit_code == 1
    assert cli("unsilence", action.id[:8]).exit_code == 0
    assert isinstance(desk.done[-1], EndSilence)
    assert cli("unsilence", action.id[:8]).exit_code == 1
    assert cli("silences", "--json").stdout == ""
    assert json.loads(cli("silences", "--ended", "--json").stdout)["ended_by"] is not None


def test_nobody_to_ask_is_not_agreed(cli: Cli, desk: MemoryDesk) -> None:
    """Without a terminal, --yes must say so."""
    result = cli("silence", "--id", "1069*", "--for", "2h", "--comment", "sale")
    assert result.exit_code == 2
    assert "--yes must be given where nobody can be asked" in result.stderr
    assert desk.done == []


def test_a_text_without_an_action_is_listed_and_erased(cli: Cli, desk: MemoryDesk) -> None:
    """A command was killed between the two; the text may name a person."""
    lost = "c" * 32
    cli("note", ID, "call them", "--by", "wang")
    desk.texts[lost] = "Mr Li"
    row = json.loads(cli("actions", "--json").stdout.splitlines()[-1])
    assert row == {"type": "text_without_action", "id": lost, "text": "Mr Li"}
    shown = cli("actions")
    assert "Mr Li" in shown.stdout
    assert "1 text belongs to no action here" in shown.stderr
    assert "Mr Li" not in cli("actions", "--alert", ID).stdout
    assert cli("note", "--erase", lost, "--by", "wang").exit_code == 0
    assert "Mr Li" not in cli("actions").stdout
    assert cli("note", "--erase", lost).exit_code == 1


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "UTC", "Pacific/Kiritimati"])
@pytest.mark.parametrize(
    "words",
    [
        ("snooze", PLACE, "--signal", "complaints"),
        ("silence", "--id", "1069*", "--comment", "sale", "--yes"),
    ],
)
def test_a_local_time_is_of_the_configured_zone(
    cli: Cli, desk: MemoryDesk, words: tuple[str, ...], zone: str
) -> None:
    """West of UTC the next hours are past elsewhere; east of it, past hours are still to come."""
    Path("weathervane.toml").write_text(f'timezone = "{zone}"\n')
    now = dt.datetime.now(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0)
    past, soon = ((now + dt.timedelta(hours=hours)).isoformat() for hours in (-1, 1))
    assert cli(*words, "--until", past).exit_code == 2
    assert desk.done == []
    assert cli(*words, "--until", soon).exit_code == 0
    (made,) = desk.done
    assert isinstance(made, MakeSilence | MakeSnooze)
    assert made.until == dt.datetime.fromisoformat(soon).replace(tzinfo=ZoneInfo(zone))


def test_the_log_is_a_table_json_or_csv(cli: Cli, desk: MemoryDesk) -> None:
    """What would be a formula in a spreadsheet is a text there."""
    cli("ack", ID, "--by", "wang", "--note", "=1+1")
    cli("assign", OTHER, "--to", "li", "--by", "ann")
    rows = list(csv.DictReader(io.StringIO(cli("actions", "--csv").stdout)))
    assert [(row["by"], row["type"]) for row in rows] == [
        ("wang", "acknowledge"),
        ("ann", "assign"),
    ]
    assert rows[0]["text"] == "'=1+1"
    only = [
        json.loads(line) for line in cli("actions", "--alert", OTHER, "--json").stdout.splitlines()
    ]
    assert [(row["subject"], row["to"]) for row in only] == [(f"alert/{OTHER}", "li")]
    assert cli("actions", "--since", "2099-01-01", "--json").stdout == ""
    assert "2 actions" in cli("actions").stderr


def test_a_desk_that_does_not_answer_is_status_1(cli: Cli, desk: MemoryDesk) -> None:
    """With its sentence."""
    desk.error = "the topic must answer"
    result = cli("ack", ID)
    assert (result.exit_code, result.stderr) == (1, "the topic must answer\n")


def test_names_cannot_steer_the_terminal(cli: Cli, desk: MemoryDesk) -> None:
    """Whatever a person calls itself."""
    cli("assign", ID, "--to", "[red]\u202egnp", "--by", "\u202ewang")
    shown = cli("actions").stdout
    assert "\u202e" not in shown
    assert "[red]" in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ack", "nonsense"], "ALERT must be an id as `weathervane alerts` shows it"),
        (["ack", ID, "--by", "a\nb"], "--by must hold no control characters"),
        (["ack", ID, "--note", "x" * 1001], "--note must be at most 1000 characters"),
        (["ack", ID, "--expects", "-1"], "--expects"),
        (["ack", ID, OTHER, "--expects", "1"], "--expects must be given with one ALERT"),
        (["unack", ID, OTHER, "--expects", "1"], "--expects must be given with one ALERT"),
        (["assign", ID, OTHER, "--to", "li", "--expects", "0"], "--expects must be given with"),
        (["unack", ID + "0"], "ALERT must be an id"),
        (["assign", ID], "either --to or --nobody must say whose they are"),
        (["assign", ID, "--to", "li", "--nobody"], "either --to or --nobody"),
        (["assign", ID, "--to", ""], "--to must not be empty"),
        (["note", ID], "note must have ALERT and TEXT, or --erase"),
        (["note", ID, ""], "TEXT must not be empty"),
        (["note", "--erase", "1"], "--erase must be the id of an action"),
        (["note", ID, "text", "--erase", "0" * 32], "--erase must be given without"),
        (["snooze", ID], "either --for or --until must say when it ends"),
        (["snooze", ID, "--for", "4h", "--until", "2099-01-01"], "either --for or --until"),
        (["snooze", ID, "--for", "soon"], '--for must be a duration such as "60s"'),
        (["snooze", ID, "--for", "0s"], "--for must end after now"),
        (["snooze", ID, "--for", "400d"], "at most 366 days from now"),
        (["snooze", ID, "--for", f"{'9' * 300}d"], "--for "),
        (["snooze", ID, "--until", "tomorrow"], '--until must be a time such as'),
        (["snooze", ID, "--until", "2001-01-01"], "--until must end after now"),
        (["snooze", ID, "--for", "4h", "--signal", "sends"], "--signal must be given with an"),
        (["snooze", ID, "--end", "--for", "4h"], "--end must be given without"),
        (["snooze", PLACE, "--for", "4h"], "an entity must have --signal"),
        (["snooze", PLACE, "--for", "4h", "--signal", "send"], "--signal must be newcomers |"),
        (["snooze", "mars", "--for", "4h"], "must be an alert's id, or an entity that must be a"),
        (["silence", "--for", "4h", "--comment", "x"], "a key must say what is silenced"),
        (["silence", "--id", "", "--for", "4h", "--comment", "x"], "--id must not be empty"),
        (["silence", "--signal", "send", "--for", "4h", "--comment", "x"], "--signal must be"),
        (["silence", "--id", "1", "--for", "4h"], "--comment must say why"),
        (["silence", "--id", "1", "--comment", "x"], "either --for or --until"),
        (["silences", "--json", "--csv"], "--json and --csv exclude each other"),
        (["actions", "--json", "--csv"], "--json and --csv exclude each other"),
        (["actions", "--since", "yesterday"], "--since must be a time such as"),
        (["actions", "--alert", "x"], "ALERT must be an id"),
    ],
)  # fmt: skip
def test_wrong_usage_is_status_2(cli: Cli, desk: MemoryDesk, words: list[str], said: str) -> None:
    """With the rule, before anything is done."""
    result = cli(*words)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert desk.done == []
