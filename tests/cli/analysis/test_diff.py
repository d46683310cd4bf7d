"""``weathervane diff``: what a reviewer reads before a threshold changes."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console

from streams.cli.analysis import diff_view
from tests.cli import archives
from tests.cli.cli import Cli

ROOT = Path(__file__).parents[3]
WORKFLOW = ROOT / "operations" / "review-thresholds.yml"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive and three configurations."""
    place = tmp_path_factory.mktemp("diff")
    with pytest.MonkeyPatch.context() as patch:
        archives.record(Cli(patch), place)
    archives.config(place / "strict.toml", budget=0.0001)
    archives.config(place / "patient.toml", exit_after=6)
    return place


@pytest.fixture
def cli(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.chdir(recorded)
    return Cli(monkeypatch)


def document(cli: Cli, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(cli("diff", *words, "--over", "ar", "--json").stdout)
    return found


def test_a_configuration_agrees_with_itself(cli: Cli) -> None:
    """Nothing differs and the status is 0; what is alike is counted."""
    result = cli("diff", "a.toml", "a.toml", "--over", "ar")
    assert result.exit_code == 0
    assert "Both raise the same alerts." in result.stdout
    found = document(cli, "a.toml", "a.toml")
    assert found["agree"]
    assert found["differences"] == []
    assert found["same"] == found["a"]["alerts"] > 0


def test_alerts_that_are_lost_are_told_with_their_counts(cli: Cli) -> None:
    """A stricter budget loses the spike: status 3, who, how far beyond chance, what came when."""
    result = cli("diff", "a.toml", "strict.toml", "--over", "ar")
    assert result.exit_code == 3
    assert "only A" in result.stdout
    assert "sender/spike" in result.stdout
    found = document(cli, "a.toml", "strict.toml")
    assert not found["agree"]
    lost = [each for each in found["differences"] if each["entity"]["id"] == "spike"]
    (each,) = lost
    assert (each["who"], each["b"]) == ("only_a", None)
    assert each["a"]["opened"] == "2026-03-21T00:00:00+00:00"
    assert each["counts"]["from_onset"][0] == 22
    assert len(each["counts"]["before_onset"]) == 14
    assert max(each["counts"]["before_onset"]) == 6


def test_a_changed_end_is_a_difference(cli: Cli) -> None:
    """More buckets that must fit before an alert resolves: alerts of both, that end later."""
    found = document(cli, "a.toml", "patient.toml")
    assert found["only_a"] == found["only_b"] == 0
    assert found["changes"]["end"] == found["changed"] > 0
    each = found["differences"][0]
    assert "ends 3 days later in B" in each["what"]
    assert each["a"]["alert_id"] == each["b"]["alert_id"]


def test_two_runs_give_the_same_bytes(cli: Cli) -> None:
    """The document has no time of day in it, and no order of chance."""
    runs = [cli("diff", "a.toml", "strict.toml", "--over", "ar", "--json").stdout for _ in range(2)]
    assert runs[0] == runs[1]


def test_a_narrow_terminal_shows_who_differs_and_why(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On 60 columns entity, signal, onset, difference and counts are there."""
    monkeypatch.setattr(diff_view, "out", Console(width=60))
    said = cli("diff", "a.toml", "strict.toml", "--over", "ar").stdout
    assert max(len(line) for line in said[said.index("largest differences") :].splitlines()) <= 60
    assert re.search(r"only A +sender/spike  complaints, 2026-03-20", said)
    assert re.search(r"only in A, warning; \d+ counted", said)
    assert re.search(r"\|█.* to 22", said)


def test_ids_are_for_other_programs(cli: Cli) -> None:
    """A line for each alert that differs: who has it, both ids, entity, signal."""
    lines = cli("diff", "a.toml", "strict.toml", "--over", "ar", "--ids").stdout.splitlines()
    found = document(cli, "a.toml", "strict.toml")["differences"]
    assert [line.split("\t") for line in lines] == [
        [
            each["who"],
            each["a"]["alert_id"] if each["a"] else "-",
            each["b"]["alert_id"] if each["b"] else "-",
            f"{each['entity']['level']}/{each['entity']['id']}",
            each["signal"],
        ]
        for each in found
    ]


def test_labels_say_what_a_difference_costs(cli: Cli, recorded: Path) -> None:
    """With windows: detected, missed, false and delay of both configurations."""
    (recorded / "labels.csv").write_text(
        "entity,start,end\nsender/burst,2026-03-16,2026-03-19\nsender/spike,2026-03-20,2026-03-20\n"
    )
    words = ("a.toml", "strict.toml", "--labels", "labels.csv")
    found = document(cli, *words)
    assert [found[side]["labels"]["windows"] for side in "ab"] == [2, 2]
    assert [found[side]["labels"]["detected"] for side in "ab"] == [2, 1]
    shown = cli("diff", *words, "--over", "ar").stdout
    assert "against the labels" in shown


def test_a_label_of_an_unknown_alert_is_a_note(cli: Cli, recorded: Path) -> None:
    """It is named and left out; the others count."""
    (recorded / "ids.csv").write_text(f"alert_id,label\n{'a' * 16},true\n")
    result = cli("diff", "a.toml", "a.toml", "--over", "ar", "--labels", "ids.csv")
    assert result.exit_code == 0
    assert f"not there: {'a' * 16}; left out" in result.stderr


def test_problems_of_both_files_are_told_at_once(cli: Cli, recorded: Path) -> None:
    """Each with its file: no second run to find the second one's."""
    (recorded / "wrong.toml").write_text("nonsense = 1\n")
    other = (
        (recorded / "a.toml").read_text().replace('bucket = "1d"\ndaily = true', 'bucket = "1h"')
    )
    (recorded / "hours.toml").write_text(other)
    result = cli("diff", "wrong.toml", "hours.toml", "--over", "ar")
    assert result.exit_code == 2
    assert "wrong.toml: nonsense is not a key" in result.stderr
    assert (
        'hours.toml: sources.filed.bucket must be "1d", as when the archive was recorded'
        in result.stderr
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("a.toml", "a.toml", "--over", "nowhere"), "nowhere: must be an archive"),
        (("a.toml", "none.toml", "--over", "ar"), "none.toml: must exist"),
        (("a.toml", "a.toml", "--over", "ar", "--labels", "none.csv"), "none.csv: must be a file"),
        (("a.toml", "a.toml", "--over", "ar", "--ids", "--json"), "--ids must be given without"),
    ],
)
def test_what_is_wrong_ends_with_2(cli: Cli, words: tuple[str, ...], said: str) -> None:
    """An archive, file or label file that is not there, options that exclude each other."""
    result = cli("diff", *words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_damaged_archive_ends_with_1(cli: Cli, recorded: Path, tmp_path: Path) -> None:
    """A file that breaks off is named, with what to do."""
    shutil.copytree(recorded / "ar", tmp_path / "ar")
    path = sorted((tmp_path / "ar" / "counts").rglob("*.parquet"))[5]
    raw = bytearray(path.read_bytes())
    raw[8:200] = bytes(192)
    path.write_bytes(raw)
    result = cli("diff", "a.toml", "a.toml", "--over", tmp_path / "ar")
    assert result.exit_code in (1, 2)
    assert str(path) in result.stderr


def test_damaged_alerts_end_with_1(cli: Cli, recorded: Path, tmp_path: Path) -> None:
    """Labels may name recorded alerts: where these cannot be read the file is named."""
    shutil.copytree(recorded / "ar", tmp_path / "ar")
    paths = sorted((tmp_path / "ar" / "alerts").rglob("*.parquet"))
    for path in paths:
        path.write_bytes(path.read_bytes()[:-20])
    (tmp_path / "labels.csv").write_text("entity,start,end\nsender/burst,2026-03-16,2026-03-19\n")
    result = cli(
        "diff", "a.toml", "a.toml", "--over", tmp_path / "ar", "--labels", tmp_path / "labels.csv"
    )
    assert result.exit_code == 1
    assert f"{paths[0]}: must be a complete Parquet file" in result.stderr


def test_the_workflow_shown_is_valid_and_its_comparison_runs(
    cli: Cli, recorded: Path, tmp_path: Path
) -> None:
    """The CI job of the docs: YAML as GitHub reads it, and the command in it, run as written."""
    job = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    assert set(job) == {"name", True, "permissions", "jobs"}  # YAML reads `on` as true
    (diff,) = job["jobs"].values()
    steps = {step["name"]: step for step in diff["steps"]}
    assert all(("uses" in step) != ("run" in step) for step in steps.values())
    script = steps["Compare what they alert"]["run"]
    (line,) = [line for line in script.splitlines() if line.strip().startswith("weathervane diff")]
    command, _, rest = line.strip().partition(" > ")
    assert rest.split()[0] == "diff.json"
    shutil.copy(recorded / "a.toml", recorded / "base.toml")
    shutil.copy(recorded / "strict.toml", recorded / "weathervane.toml")
    shutil.copytree(recorded / "ar", recorded / "archive", dirs_exist_ok=True)
    result = cli(*shlex.split(command)[1:])
    assert result.exit_code == 3
    assert "${{" not in script  # a branch's name must not become a command
    printed = json.loads(result.stdout)
    assert {"only_a", "only_b", "changed", "differences"} <= set(printed)


def test_csv_has_a_row_for_each_difference(cli: Cli) -> None:
    """The same values as JSON has, nested ones by their path."""
    result = cli("diff", "a.toml", "strict.toml", "--over", "ar", "--csv")
    assert result.exit_code == 3
    rows = list(csv.DictReader(result.stdout.splitlines()))
    found = document(cli, "a.toml", "strict.toml")["differences"]
    assert [row["entity.id"] for row in rows] == [one["entity"]["id"] for one in found]
    assert [row["a.alert_id"] for row in rows] == [one["a"]["alert_id"] for one in found]
    assert cli("diff", "a.toml", "a.toml", "--over", "ar", "--ids", "--csv").exit_code == 2
