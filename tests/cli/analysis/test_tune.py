"""``weathervane tune``: from recorded weeks to settings, or the word that those in force stand."""

from __future__ import annotations

import csv
import datetime as dt
import html
import importlib
import json
import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streams.alerts.label import Span, encode_label, make_label
from streams.archive.record.writer import write_labels
from streams.config.load import load_config
from tests.analysis.labels.examples import SAID, instant
from tests.analysis.report.browser import Browser, chromium
from tests.cli import archives
from tests.cli.cli import Cli

DAYS = 60
MEANS = np.repeat([0.5, 4.0, 30.0], [30, 90, 10])
FIRST = dt.date(2026, 3, 2)


def _record(place: Path, days: int = DAYS, *, other_after: int = DAYS) -> Path:
    """Record days of steady senders; after a day their counts are others."""
    archives.config(place / "weathervane.toml")
    drawn = np.random.default_rng(1).poisson(MEANS, (days, len(MEANS)))
    other = np.random.default_rng(2).poisson(2.0 * MEANS, (days, len(MEANS)))
    drawn[other_after:] = other[other_after:]
    with (place / "filed.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["day", "sender", "platform"])
        for number, counts in enumerate(drawn):
            day = FIRST + dt.timedelta(days=number)
            for sender, count in enumerate(counts.tolist()):
                rows.writerows([[day, f"s{sender}", f"p{sender % 3}"]] * count)
    with pytest.MonkeyPatch.context() as patch:
        cli = Cli(patch)
        found = cli("record", place / "ar", f"filed={place / 'filed.csv'}", "--config",
                    place / "weathervane.toml")  # fmt: skip
    assert found.exit_code == 0, found.output
    return place / "ar"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive, made once."""
    return _record(tmp_path_factory.mktemp("tune"))


@pytest.fixture(scope="module")
def shown(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder and the output of one search that wrote a configuration and a page."""
    place = tmp_path_factory.mktemp("shown")
    archives.config(place / "weathervane.toml")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        words = ("--inject", "--trials", 5, "--report", "tuning.html")
        found = Cli(patch)("tune", "--over", recorded, *words)
    assert found.exit_code == 0, found.output
    return place, found.stdout


@pytest.fixture(scope="module")
def documented(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The document of the same search."""
    place = tmp_path_factory.mktemp("documented")
    archives.config(place / "weathervane.toml")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        return document(Cli(patch), recorded, "--out", "a.toml")


@pytest.fixture
def cli(recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line beside a configuration."""
    monkeypatch.chdir(tmp_path)
    archives.config(tmp_path / "weathervane.toml")
    return Cli(monkeypatch)


def document(cli: Cli, archive: Path, *words: str) -> dict[str, Any]:
    found = cli("tune", "--over", archive, "--inject", "--trials", 5, "--json", *words)
    assert found.exit_code == 0, found.output
    printed: dict[str, Any] = json.loads(found.stdout)
    return printed


def test_without_labels_bursts_are_injected(shown: tuple[Path, str]) -> None:
    """Tables, a verdict, a configuration that is one, a page that needs no network."""
    place, printed = shown
    for said in ("held out: in force", "forward in time", "trade-off", "training period 3"):
        assert said in printed
    verdict = next(line for line in printed.splitlines() if " in force" in line[:60]
                   and line.startswith(("Trial", "The settings")))  # fmt: skip
    written = (place / "weathervane.tuned.toml").read_text()
    assert f"# {verdict}" in written
    assert "# weathervane tune over " in written
    tuned = load_config(place / "weathervane.tuned.toml")
    assert set(tuned.sources) == set(load_config(place / "weathervane.toml").sources)
    page = (place / "tuning.html").read_text()
    assert all(sentence in html.unescape(page) for sentence in verdict.split(". ", 1))
    assert not re.findall(r"(?:src|href)=|@import|<script", page)
    for number in range(5):
        assert page.count(f"<title>Trial {number} (") == 4, "two plots, wide and narrow"
    assert "burst.detector" in page, "a trial's settings stand beside it"
    plots = re.findall(r"<svg.*?</svg>", page)
    assert len([ET.fromstring(plot) for plot in plots]) == 6


@pytest.mark.skipif(chromium() is None, reason="needs chromium: the page is not looked at")
def test_a_browser_shows_the_page(shown: tuple[Path, str], tmp_path: Path) -> None:
    """Nothing is wider than a telephone or is cut; at a desk every column is seen at once."""
    with Browser(tmp_path / "profile") as browser:
        for width, dark in ((1280, False), (390, True)):
            browser.open(shown[0] / "tuning.html", width, dark=dark)
            assert browser.value("document.documentElement.scrollWidth") == width
            assert browser.cut_words("svg.plot") == []
            assert bool(browser.scrolling_tables()) == (width < 600)
        assert browser.errors == []


def test_the_same_seed_gives_the_same_document(
    cli: Cli, recorded: Path, documented: dict[str, Any]
) -> None:
    """And all that was found is in it."""
    one = documented
    two = document(cli, recorded, "--out", "b.toml")
    assert one == two
    assert [trial["number"] for trial in one["trials"]] == [0, 1, 2, 3, 4]
    assert one["trials"][0]["detect"] == {}
    assert one["held_out"]["in_force"]["windows"] > 5
    assert one["better"] == (one["detect"] != {"budget_per_day": 5.0, "exit_after": 3})


def test_counts_that_are_held_out_change_no_choice(
    cli: Cli, tmp_path: Path, documented: dict[str, Any]
) -> None:
    """Where all counts double on held-out days, every trial and the choice are the same."""
    (tmp_path / "other").mkdir()
    other = _record(tmp_path / "other", other_after=int(0.7 * DAYS) + 1)
    one, two = documented, document(cli, other, "--out", "other.toml")
    for key in ("trials", "chosen", "budget_per_day", "forward"):
        assert one[key] == two[key]
    assert one["held_out"] != two["held_out"]


def test_what_was_found_is_shown_where_it_cannot_be_written(
    cli: Cli, recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that has filled up meanwhile does not cost the search."""
    module = importlib.import_module("streams.cli.analysis.tune")
    monkeypatch.setattr(module, "_require_new", lambda *paths: None)
    (tmp_path / "there.toml").write_text("mine")
    words = ("--inject", "--trials", 2, "--out", "there.toml", "--report", "tuning.html")
    found = cli("tune", "--over", recorded, *words)
    assert (found.exit_code, found.stderr) == (1, "there.toml: must be writable; File exists\n")
    assert "in force" in found.stdout
    assert "written: tuning.html" in found.stdout
    assert "written: there.toml" not in found.stdout
    assert (tmp_path / "there.toml").read_text() == "mine"


def test_labels_are_what_is_to_be_found(cli: Cli, recorded: Path, tmp_path: Path) -> None:
    """Windows of a file; those of nobody, or out of the archive's time, are told of."""
    rows = ["entity,start,end"]
    rows += [f"sender/s{n},{FIRST + dt.timedelta(days=20 + n)},{FIRST + dt.timedelta(days=21 + n)}"
             for n in range(35)]  # fmt: skip
    rows += ["sender/nobody,2026-03-20,2026-03-21", "sender/s1,2025-01-01,2025-01-03"]
    (tmp_path / "labels.csv").write_text("\n".join(rows) + "\n")
    found = cli("tune", "--over", recorded, "--labels", "labels.csv", "--trials", 2, "--json")
    assert found.exit_code == 0, found.output
    assert "that the archive never counted, sender/nobody; left out" in found.stderr
    assert "1 of 37 windows lie outside the archive's time" in found.stderr
    printed = json.loads(found.stdout)
    figures = [printed["trials"][0]["training"], printed["held_out"]["in_force"]]
    assert sum(of["windows"] for of in figures) == 35


def test_labels_of_the_archive_count(cli: Cli, recorded: Path, tmp_path: Path) -> None:
    """What `record` took from the topic is what is to be found, with no file named."""
    archive = Path(shutil.copytree(recorded, tmp_path / "labelled"))
    spans = [
        Span(
            entity=f"sender/s{n}",
            start=instant(22 + n),  # of March; the archive begins with its second day
            end=instant(23 + n),
        )
        for n in range(30)
    ]
    write_labels(archive, "0.0", [encode_label(make_label("true", SAID, window=s)) for s in spans])
    found = cli("tune", "--over", archive, "--trials", 2, "--json")
    assert found.exit_code == 0, found.output
    printed = json.loads(found.stdout)
    figures = [printed["trials"][0]["training"], printed["held_out"]["in_force"]]
    assert sum(of["windows"] for of in figures) == 30


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--labels or --inject must be given: the archive has no labels"),
        (["--inject", "--objective", "fame"], "'fame' is not one of 'delay', 'detected'"),
        (["--inject", "--out", "weathervane.toml"], "weathervane.toml: must be a new file"),
        (["--labels", "none.csv"], "--labels none.csv: must be a file to read"),
        (["--labels", "weathervane.toml"], "--labels weathervane.toml:"),
        (["--labels", "early.csv"], "there must be a true window in the training part"),
        (["--inject", "--trials", "1"], "should be greater than or equal to 2"),
        (["--inject", "--config", "inline.toml"], "inline.toml: detect must be written as"),
        (["--inject", "--config", "hourly.toml"], 'sources.filed.kind must be'),
    ],
)  # fmt: skip
def test_what_cannot_be_tuned_is_refused(
    cli: Cli, recorded: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    """At once, with the remedy, and with nothing written."""
    config = (tmp_path / "weathervane.toml").read_text()
    (tmp_path / "early.csv").write_text("entity,start,end\nsender/s1,2026-03-03,2026-03-04\n")
    (tmp_path / "inline.toml").write_text(
        "detect = { min_count = 2 }\n" + config.replace("[detect]\n", "[serve]\n").replace(
            "budget_per_day = 5.0\nexit_after = 3\n", "")
    )  # fmt: skip
    (tmp_path / "hourly.toml").write_text(config.replace("complaint", "send"))
    found = cli("tune", "--over", recorded, *words)
    assert found.exit_code == 2
    assert said in re.sub(r"[│\s]+", " ", found.stderr)
    assert not (tmp_path / "weathervane.tuned.toml").exists()


def test_where_nothing_can_be_written_is_said_before_the_search(cli: Cli, recorded: Path) -> None:
    """Not after an hour of trials."""
    found = cli("tune", "--over", recorded, "--inject", "--out", "no/such/place.toml")
    assert found.exit_code == 1
    assert "no/such/place.toml: must be writable; No such file or directory" in found.stderr


def test_a_week_is_too_short(cli: Cli, tmp_path: Path) -> None:
    """With what it holds."""
    (tmp_path / "short").mkdir()
    archive = _record(tmp_path / "short", days=7)
    found = cli("tune", "--over", archive, "--inject")
    assert found.exit_code == 2
    assert "must hold at least 10 days; it holds 7.0" in found.stderr


def test_ctrl_c_ends_with_what_there_is(
    cli: Cli, recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the third trial two are told of, a configuration is written, and the status is 130."""
    from streams.analysis.tuning.repeated_replay import RepeatedReplay

    calls, judge = 0, RepeatedReplay.__call__

    def interrupted(self: RepeatedReplay, settings: dict[str, Any], until_s: float) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return judge(self, settings, until_s)

    monkeypatch.setattr(RepeatedReplay, "__call__", interrupted)
    found = cli("tune", "--over", recorded, "--inject")
    assert found.exit_code == 130
    assert "stopped after 2 trials" in found.stderr
    assert (tmp_path / "weathervane.tuned.toml").exists()


def test_csv_has_a_row_for_each_trial(cli: Cli, recorded: Path) -> None:
    words = ("tune", "--over", recorded, "--inject", "--trials", 2)
    rows = list(csv.DictReader(cli(*words, "--csv").stdout.splitlines()))
    assert [row["number"] for row in rows] == ["0", "1"]
    assert all(row["front"] in ("true", "false") and row["training.loss"] for row in rows)
