"""``weathervane bulletin``: the right figures in every form, and what is missing is said."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.bulletin import recorded as sample
from tests.cli.cli import Cli


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive."""
    place = tmp_path_factory.mktemp("bulletin")
    with pytest.MonkeyPatch.context() as patch:
        sample.record(Cli(patch), place)
    return place


@pytest.fixture
def cli(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.chdir(recorded)
    return Cli(monkeypatch)


def document(cli: Cli, *options: object) -> dict[str, Any]:
    result = cli("bulletin", "--archive", "ar", "--config", "a.toml", "--format", "json", *options)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_last_whole_week_is_compared_with_the_one_before(cli: Cli) -> None:
    """Counts, shares and intervals are those of the events."""
    found = document(cli)
    assert found["period"] == {"first": "2026-04-20", "last": "2026-04-26"}
    assert found["complaints"]["now"] == 7 * (4 + 4 + 2 + 3)
    assert found["complaints"]["before"] == 7 * (4 + 4 + 2)
    assert found["complaints"]["change"]["value"] == pytest.approx(1.3)
    assert found["complaints"]["change"]["low"] < 1.3 < found["complaints"]["change"]["high"]
    assert found["complaints"]["year_before"] is None
    assert found["sends"]["now"] == 14_000
    kinds = {row["name"]: row["compared"]["now"] for row in found["number_kinds"]}
    assert kinds == {"port": 77, "point_to_point": 14, "other": 0}
    regions = {row["name"]: row["compared"]["now"] for row in found["regions"]}
    assert sum(regions.values()) == 91
    assert set(regions) == {"north", "south"}
    assert {row["name"] for row in found["kinds"]} == {"marketing", "fraud"}
    assert [row["name"] for row in found["platforms"]] == ["mall", "market"]


def test_what_is_new_is_named(cli: Cli) -> None:
    """A signature of this week, by its rank; those that were there before are not."""
    (new,) = document(cli)["new_names"]
    assert (new["level"], new["name"], new["complaints"]) == ("signature", sample.UGLY, 21)
    assert new["first_day"] == "2026-04-20"


def test_what_is_missing_is_said_and_not_guessed(cli: Cli) -> None:
    """No year before, no registry, no cases; a month that is recorded in part."""
    missing = {each["what"] for each in document(cli)["missing"]}
    assert {"no_year_before", "no_registry", "no_cases"} <= missing
    found = document(cli, "--period", "month", "--until", "2026-04-05")
    assert found["recorded_days"] == pytest.approx(26)
    assert "part_of_period" in {each["what"] for each in found["missing"]}
    text = cli("bulletin", "--archive", "ar", "--config", "a.toml", "--period", "month",
               "--until", "2026-04-05", "--format", "md").stdout  # fmt: skip
    assert "Only 26 of 30 days of this period are recorded." in text


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("form", ["html", "md", "csv", "json"])
def test_every_form_in_every_language(cli: Cli, recorded: Path, language: str, form: str) -> None:
    """The same archive gives the same bytes; names that came in stay names."""
    options = ("bulletin", "--archive", "ar", "--config", "a.toml", "--language", language)
    file = recorded / f"{language}.{form}"
    first = cli(*options, "--output", file)
    assert first.exit_code == 0, first.output
    text = file.read_text("utf-8-sig")
    assert cli(*options, "--format", form).stdout == text
    assert "<b>new" not in text or form in ("csv", "json")
    if form == "csv":
        rows = list(csv.reader(io.StringIO(text)))
        assert not any(cell.startswith(("=", "@", "+")) for row in rows for cell in row)
    title = "Weekly bulletin" if language == "en" else "风向标周报"
    assert (title in text) == (form != "json")


def test_campaign_days_are_marked(cli: Cli, recorded: Path) -> None:
    """An entry of the calendar with days of its own is named on them."""
    entry = (
        (
            '[[calendar]]\nname = "Spring sale"\nfrom = "2026-04-21"\nto = "2026-04-22"\n'
            'applies_to = ["all"]\nfactor = 2.0\n'
        )
        .replace('"2026-04-21"', "2026-04-21")
        .replace('"2026-04-22"', "2026-04-22")
    )
    (recorded / "sale.toml").write_text(sample.CONFIG + entry, encoding="utf-8")
    result = cli("bulletin", "--archive", "ar", "--config", "sale.toml", "--format", "json")
    marked = [day["day"] for day in json.loads(result.stdout)["days"] if day["campaigns"]]
    assert marked == ["2026-04-21", "2026-04-22"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--until", "2027-01-01"], "must be a recorded day, from 2026-03-02 to 2026-04-26"),
        (["--until", "soon"], "--until must be a day such as 2026-03-31; got soon"),
        (["--archive", "nothing"], "must be an archive"),
        (["--output", "x.pdf"], "--output must end in .html, .csv, .json or .md"),
        (["--output", "no/such/place/x.html"], "--output must be writable"),
    ],
)
def test_wrong_questions_have_clear_answers(cli: Cli, options: list[str], said: str) -> None:
    """A period in the future, no day, no archive, no form, no folder."""
    given = [] if "--archive" in options else ["--archive", "ar"]
    result = cli("bulletin", *given, "--config", "a.toml", *options)
    assert result.exit_code in (1, 2)
    assert said in " ".join(result.output.split()), result.output


def test_progress_goes_down_to_codes(cli: Cli) -> None:
    """A platform whose complaints halved: against its own past, week by week, by its parts."""
    result = cli("progress", "--platform", "mall", "--since", "2026-03-30", "--archive", "ar",
                 "--config", "a.toml", "--format", "json")  # fmt: skip
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    row = found["row"]
    assert (row["sends"], row["complaints"]) == (28_000, 28 * 4 + 28 * 2 + 7 * 3)
    assert row["expected"] == pytest.approx(28 * 10)
    assert row["change"]["high"] < 1.0
    assert sum(row["weeks"]) == row["complaints"]
    assert [each["name"] for each in found["merchants"]] == ["Shop A"]
    assert {each["name"] for each in found["signatures"]} == {"Mall", sample.UGLY}
    assert [each["name"] for each in found["codes"]] == ["1069000000"]
    (mall,) = [each for each in found["signatures"] if each["name"] == "Mall"]
    assert mall["change"]["value"] == pytest.approx(0.5)
    assert found["among_others"]["value"] == pytest.approx(189 / 112)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--platform", "mal", "--since", "2026-04-01"], "got mal; there are mall"),
        (["--platform", "mall", "--since", "2026-01-01"], "--since must be a recorded day"),
        (["--platform", "mall", "--since", "2026-04-09", "--until", "2026-04-01"],
         "--until must be --since or later"),
    ],
)  # fmt: skip
def test_progress_of_nobody_has_a_clear_answer(cli: Cli, options: list[str], said: str) -> None:
    """An unknown platform, a stage that is not recorded, one that ends before it begins."""
    result = cli("progress", "--archive", "ar", "--config", "a.toml", *options)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split()), result.output


@pytest.mark.parametrize("language", ["en", "zh"])
def test_progress_in_every_language(cli: Cli, language: str) -> None:
    """A page without anything to load, in the language that is asked for."""
    result = cli("progress", "--platform", "mall", "--since", "2026-03-30", "--archive", "ar",
                 "--config", "a.toml", "--language", language)  # fmt: skip
    assert ("Progress of this stage" if language == "en" else "阶段工作进展") in result.stdout
    assert "<script" not in result.stdout
    assert "<b>new" not in result.stdout
