"""``explain`` without files: what a serve process keeps, with the figures of the alert."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.alerts.cloudevent import decode_event
from streams.explain.history import focus
from streams.explain.sentences import because, series, title
from streams.language.catalogue import ENGLISH
from tests.cli.actions.test_at_serve import SECRET, running, token
from tests.cli.cli import Cli
from tests.delivery.access.serving import Served
from tests.delivery.entities.stored import LOUD, SETTINGS, Recording
from tests.series.examples import outlook, watched

LOUD_SENDER = f"sender/{LOUD}"


@pytest.fixture(scope="module")
def recording() -> Recording:
    """Forty days of a sender with a burst."""
    return Recording()


@pytest.fixture
def url(recording: Recording, tmp_path: Path) -> Iterator[str]:
    """Serve that has read them."""
    served = Served(token(), settings=SETTINGS)
    served.clock.day = dt.datetime.now(dt.UTC)
    served.library.store, served.library.problem = recording.store(tmp_path / "s"), None
    served.library.answer(
        outlook(
            group="1d-UTC",
            id=LOUD,
            at=served.clock.day.timestamp(),
            signals={
                "complaints": watched(start=1776211200, end=1776297600, count=7.0, alarms_at=41.0)
            },
        )
    )
    with running(served) as at:
        yield at


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line in an empty folder, with a token."""
    monkeypatch.chdir(tmp_path)
    found = Cli(monkeypatch)
    monkeypatch.setenv("WEATHERVANE_TOKEN", SECRET)
    return found


def test_it_says_what_a_replay_says_and_what_the_open_bucket_holds(
    cli: Cli, url: str, recording: Recording
) -> None:
    """Without a file: every bucket and sentence is the replay's, and the alert's figures too."""
    found = cli("explain", LOUD_SENDER, "--url", url, "--json")
    assert (found.exit_code, found.stderr) == (0, "")
    printed = json.loads(found.stdout)
    history = recording.history
    at = focus(history, None)
    assert printed["title"] == title(history, at, ENGLISH)
    assert printed["because"] == because(history, at, ENGLISH)
    assert printed["series"] == json.loads(json.dumps(series(history)))
    (opened,) = [bucket for bucket in printed["series"] if bucket["state"] == "opened"]
    alert = decode_event(recording.alerts[0]).alert
    assert f"{opened['evidence_nats']:.6g}" == f"{alert.evidence_nats:.6g}"
    assert f"{opened['threshold_nats']:.6g}" == f"{alert.threshold_nats:.6g}"
    assert printed["now"] == [
        "Open bucket, from 2026-04-15: 7 complaints so far, 4 expected of all of it; the evidence"
        " so far is 0.5 nats, and 11.0 are needed; a count of 41 would raise an alert."
    ]


def test_a_time_and_a_plot_are_as_with_files(cli: Cli, url: str, tmp_path: Path) -> None:
    """--at and --out; the address may stand in the environment."""
    found = cli("explain", LOUD_SENDER, "--url", url, "--at", "2026-03-05", "--out", "why.svg")
    assert (found.exit_code, found.stdout) == (0, "")
    assert "none at 2026-03-05" in found.stderr
    assert "<svg" in (tmp_path / "why.svg").read_text("utf-8")


def test_who_is_unknown_is_told_who_is_alike(
    cli: Cli, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By any part of the name."""
    monkeypatch.setenv("WEATHERVANE_URL", url)
    found = cli("explain", "sender/lou")
    assert (found.exit_code, found.stdout) == (1, "")
    assert found.stderr.strip() == (
        f"ENTITY must be one that serve has seen; got sender/lou, found {LOUD_SENDER}"
    )


def test_where_neither_serve_nor_files_are_it_says_what_is_needed(cli: Cli) -> None:
    """The address of the configuration is asked; the error names the other ways."""
    Path("weathervane.toml").write_text("[serve]\nport = 9\n")
    found = cli("explain", "sender/a")
    assert (found.exit_code, found.stdout) == (1, "")
    assert re.match(
        r"http://127\.0\.0\.1:9 must be a serve process that can be reached; .*; or give"
        r" SOURCE=FILE or --archive",
        found.stderr,
    )


@pytest.mark.parametrize(
    "words",
    [["a=b.csv", "--url", "http://x"], ["--archive", "a", "--token-file", "t"], ["--sort"]],
)
def test_options_of_other_ways_are_refused(cli: Cli, words: list[str]) -> None:
    """One way at a time."""
    found = cli("explain", "sender/a", *words)
    assert (found.exit_code, found.stdout) == (2, "")
    assert " must be given with" in found.stderr


@pytest.mark.parametrize("name", [".", "..", "%2e", "%2E.", "a/../b"])
def test_a_name_of_dots_is_a_name(cli: Cli, url: str, name: str) -> None:
    """Serve is asked for it, and not for what a path of dots would lead to."""
    found = cli("explain", f"sender/{name}", "--url", url)
    assert found.exit_code == 1
    assert f"must be one that serve has seen; got sender/{name}, found" in found.stderr
