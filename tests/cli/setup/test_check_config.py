"""``weathervane check-config``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.cli import Cli

BAD = """
nmae = "x"
[serve]
port = 0
[sources.x]
kind = "send"
topic = "sends"
"""
PROBLEMS = [
    "w.toml: serve.port must be at least 1; got 0",
    "w.toml: nmae is not a key; remove it (`weathervane init` shows every key)",
    'w.toml: sources.x.topic must be its own; "sends" is that of sources.sends',
]
GOOD = """
[sources.ftc]
kind = "complaint"
format = "ftc"
bucket = "1d"
"""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, in a directory with a good and a bad file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.toml").write_text(BAD)
    (tmp_path / "good.toml").write_text(GOOD)
    return Cli(monkeypatch)


def test_it_tells_every_problem(cli: Cli) -> None:
    """A bad file ends with 2, and every problem has its line on standard error."""
    result = cli("check-config", "w.toml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [*PROBLEMS, "3 problems"]


def test_it_tells_programs_every_problem(cli: Cli) -> None:
    """With --json the same problems are one object on standard output, and the status stays 2."""
    result = cli("check-config", "w.toml", "--json")
    assert (result.exit_code, result.stderr) == (2, "")
    assert json.loads(result.stdout) == {"ok": False, "problems": PROBLEMS}


def test_it_shows_what_it_understood(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A good file ends with 0: groups, sources and what each inherits."""
    monkeypatch.setenv("COLUMNS", "160")
    result = cli("check-config", "good.toml")
    assert result.exit_code == 0
    assert result.stderr.startswith("good.toml: no problems; configuration ")
    for word in ("1d-Asia-Shanghai", "ftc", "complaint", "sends", "1m"):
        assert word in result.stdout


def test_it_shows_programs_what_it_understood(cli: Cli) -> None:
    """With --json: the hash that alerts carry, and the groups with their sources and shares."""
    result = cli("check-config", "good.toml", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert found["ok"] is True
    assert found["problems"] == []
    assert len(found["config"]) == 12
    assert set(found["groups"]) == {"1m", "1d-Asia-Shanghai"}
    assert found["groups"]["1d-Asia-Shanghai"]["sources"] == {
        "ftc": {"kind": "complaint", "topic": "ftc"}
    }


def test_the_groups_share_the_budget(cli: Cli) -> None:
    """The false alerts accepted are split over the groups, and none is lost or made up."""
    found = json.loads(cli("check-config", "good.toml", "--json").stdout)
    shares = [group["budget_per_day"] for group in found["groups"].values()]
    assert sum(shares) == pytest.approx(5.0)
    assert min(shares) > 0


def test_the_file_must_exist(cli: Cli) -> None:
    """There is nothing to check where there is no file: a problem, not the defaults."""
    result = cli("check-config")
    assert result.exit_code == 2
    assert result.stderr.startswith("weathervane.toml: must exist; found no such file")


def test_a_client_setting_unknown_to_kafka_is_a_problem(cli: Cli, tmp_path: Path) -> None:
    """A setting that no client knows is found here, not when a process starts."""
    (tmp_path / "c.toml").write_text('[kafka.client]\n"no.such.setting" = "x"\n')
    result = cli("check-config", "c.toml")
    assert result.exit_code == 2
    assert "no.such.setting" in result.stderr


LONG = """
[sources.hourly]
kind = "send"
bucket = "1h"
lateness = "{lateness}"
[sources.days]
kind = "send"
bucket = "1d"
lateness = "0s"
[sources.dates]
kind = "complaint"
format = "csv"
time = "day"
sender = "sender"
bucket = "1d"
daily = true
"""


def test_it_warns_of_what_stays_open_for_long(cli: Cli, tmp_path: Path) -> None:
    """Over two hours of bucket and lateness are warned of, not where data are daily; status 0."""
    (tmp_path / "long.toml").write_text(LONG.format(lateness="61m"))
    result = cli("check-config", "long.toml")
    assert result.exit_code == 0
    warnings = [line for line in result.stderr.splitlines() if line.startswith("warning: ")]
    assert [line.split(":")[1].strip() for line in warnings] == ["sources.days", "sources.hourly"]
    assert "1h and 61m, should together be at most 2h" in warnings[1]
    found = json.loads(cli("check-config", "long.toml", "--json").stdout)
    assert found["ok"] is True
    assert found["warnings"] == [line.removeprefix("warning: ") for line in warnings]
    # Buckets of an hour, as the documents show them, are no mistake.
    (tmp_path / "long.toml").write_text(LONG.format(lateness="10s"))
    found = json.loads(cli("check-config", "long.toml", "--json").stdout)
    assert [line.split(":")[0] for line in found["warnings"]] == ["sources.days"]
    assert json.loads(cli("check-config", "good.toml", "--json").stdout)["warnings"] != []


PEOPLE = """
[sources.mail]
kind = "send"
time = "$.at"
sender = "$.from"
recipient = "$.to"
"""


def test_people_without_a_key_are_a_problem(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a key no file of the source could be read, so it is told here."""
    (tmp_path / "p.toml").write_text(PEOPLE)
    result = cli("check-config", "p.toml")
    assert result.exit_code == 2
    assert result.stderr.startswith("p.toml: sources.mail must have a key")
    assert "openssl rand -hex 32" in result.stderr
    monkeypatch.setenv("WEATHERVANE_HASH_KEY", "too short")
    assert "at least 16 bytes; found 9" in cli("check-config", "p.toml").stderr
    monkeypatch.setenv("WEATHERVANE_HASH_KEY", "0123456789abcdef")
    assert cli("check-config", "p.toml").exit_code == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('data_dir = "w.toml"', 'data_dir must be a folder; "w.toml" is something else'),
        (
            '[kafka.client]\n"security.protocol" = "SSL"\n"ssl.ca.location" = "w.toml"',
            "kafka.client: ssl.ca.location, ssl.certificate.location and ssl.key.location must be",
        ),
        (
            '[kafka.client]\n"security.protocol" = "SASL_SSL"\n"sasl.mechanism" = "PLAIN"\n'
            '"sasl.username" = "u"\n"sasl.password_file" = "nowhere"',
            'kafka.client."sasl.password_file" must be the path of a text file that this user may'
            " read; No such file or directory",
        ),
    ],
)
def test_what_the_files_must_hold_is_checked(
    cli: Cli, tmp_path: Path, text: str, problem: str
) -> None:
    """Files and folders that the processes would miss are told here, each with its key."""
    (tmp_path / "f.toml").write_text(text)
    result = cli("check-config", "f.toml")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"f.toml: {problem}")


def test_it_warns_of_a_port_of_two_processes(cli: Cli, tmp_path: Path) -> None:
    """On one host the second could not listen; on two it is no problem, so it is only warned of."""
    (tmp_path / "ports.toml").write_text("[metrics]\ncount_port = 9103\n[serve]\nport = 9103")
    result = cli("check-config", "ports.toml")
    assert result.exit_code == 0
    warnings = [line.split(":")[1] for line in result.stderr.splitlines() if "warning" in line]
    assert warnings == [" metrics.serve_port", " serve.port"]


def test_it_warns_of_receivers_that_nothing_can_be_sent_to(cli: Cli, tmp_path: Path) -> None:
    """A secret that is not there or is none, and an address that is not complete; none is shown."""
    (tmp_path / "short").write_text("hunter2")
    (tmp_path / "ntfy").write_text("ntfy://")
    channels = {
        "a": 'pagerduty = { routing_key_file = "nowhere" }',
        "b": 'pagerduty = { routing_key_file = "short" }',
        "c": 'apprise = { url = "ntfy://" }',
        "d": 'apprise = { url_file = "ntfy" }',
        "e": 'webhook = { url = "https://x.example/", secret_file = "nowhere" }',
        "f": 'dingtalk = { url = "https://x.example/", secret_file = "nowhere" }',
        "g": 'slack = { url_file = "nowhere" }',
        "h": 'apprise = { url = "ntfys://ntfy.example/alerts" }',
        "i": 'webhook = { url = "https://x.example/" }',
    }
    tables = [f'[[receivers]]\nname = "{name}"\n{text}\n' for name, text in channels.items()]
    program = '[[webhooks]]\nname = "p"\nurl = "https://x.example/"\nsecret_file = "short"\n'
    (tmp_path / "told.toml").write_text("".join([*tables, program]))
    result = cli("check-config", "told.toml")
    assert result.exit_code == 0
    assert "hunter2" not in result.stderr
    warnings = [line for line in result.stderr.splitlines() if line.startswith("warning: ")]
    places = [line.split(": ")[1] for line in warnings]
    assert places == [
        "webhooks.p", "receivers.a.pagerduty", "receivers.b.pagerduty", "receivers.c.apprise",
        "receivers.d.apprise", "receivers.e.webhook", "receivers.f.dingtalk", "receivers.g.slack",
    ]  # fmt: skip
    assert "routing_key_file must be a text file with the secret" in warnings[1]
    assert "url must be a complete address of its service" in warnings[3]


def test_the_certificate_of_serve_is_looked_at(cli: Cli, tmp_path: Path) -> None:
    """One that cannot be used is a problem before serve starts."""
    (tmp_path / "tls.toml").write_text(
        '[serve]\ntls = { certificate = "none.pem", key = "none.key" }\n'
    )
    result = cli("check-config", "tls.toml")
    assert result.exit_code == 2
    assert "tls.toml: serve.tls must name a certificate in PEM" in result.stderr
    assert "No such file" in result.stderr
