"""``weathervane rules``, and what ``check-config`` says of rules: in English and in Chinese."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streams.rule_packs.pack import PACK_NAMES
from tests.cli.cli import Cli

FTC = """
[detect]
rules = ["in-tcccpr-2025", "cn-provider", "us-10dlc"]
[rules.us-10dlc.brand-daily-cap]
level = "sender"
[sources.complaints]
kind = "complaint"
format = "ftc"
bucket = "1d"
"""
MAIL = """
[detect]
rules = ["in-tcccpr-2025", "cn-provider", "us-10dlc"]
[rules.cn-provider.quiet-hours]
categories = ["*"]
[rules.us-10dlc.brand-daily-cap]
level = "sender"
[sources.mail]
kind = "send"
format = "csv"
time = "date"
sender = "from"
bucket = "1h"
"""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, in a directory with files of what is shipped."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "ftc.toml").write_text(FTC)
    (tmp_path / "mail.toml").write_text(MAIL)
    return Cli(monkeypatch)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Complaints against an unregistered sender", "Confirmed", "no")),
        ("zh", ("针对未登记发送方的投诉", "已核实", "否")),
    ],
)
def test_it_lists_all_packs(cli: Cli, language: str, words: tuple[str, ...]) -> None:
    """Every rule with its title, whether it is confirmed, and whether it is in use."""
    result = cli("rules", "list", "--language", language)
    assert result.exit_code == 0
    for each in (*words, *(f"{name}." for name in PACK_NAMES)):
        assert each in result.stdout


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("within 5 business days", "(chosen by Weathervane)", "has no source of complaints",
                "Evidence", "(set in this configuration)")),
        ("zh", ("5 个工作日", "没有投诉数据源", "依据")),
    ],
)  # fmt: skip
def test_it_shows_the_rules_in_use(cli: Cli, language: str, words: tuple[str, ...]) -> None:
    """Clause, evidence, duty, each parameter and where it is from, and what is lacking here."""
    result = cli("rules", "show", "--config", "mail.toml", "--language", language)
    assert result.exit_code == 0
    for each in words:
        assert each in result.stdout, each


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "No pack is in use"), ("zh", "没有启用任何规则包")],
)
def test_it_says_that_none_is_in_use(cli: Cli, language: str, said: str) -> None:
    """Without a configuration."""
    Path("none.toml").write_text("")
    assert said in cli("rules", "show", "--config", "none.toml", "--language", language).stderr


def test_wrong_names_are_refused(cli: Cli) -> None:
    """With what would be right."""
    assert "PACK must be one of cn-provider" in cli("rules", "show", "x").stderr
    assert "PACK must be left out" in cli("rules", "list", "us-10dlc").stderr


@pytest.mark.parametrize(
    ("file", "group", "running"),
    [
        ("ftc.toml", "1d-Asia-Shanghai", {"in-tcccpr-2025.unregistered-sender"}),
        ("mail.toml", "1h", {"cn-provider.quiet-hours", "us-10dlc.brand-daily-cap"}),
    ],
)
def test_which_rules_run_on_what_is_shipped(
    cli: Cli, file: str, group: str, running: set[str]
) -> None:
    """On complaints of the FTC, and on a company's mail: as the guide says."""
    rows = json.loads(cli("rules", "show", "--config", file, "--json").stdout)
    assert {row["id"] for row in rows if not row["lacks"][group]} == running


def test_a_configuration_is_warned_of_rules_that_cannot_run(cli: Cli) -> None:
    """With the reason in each group."""
    result = cli("check-config", "ftc.toml")
    assert result.exit_code == 0
    said = " ".join((result.stdout + result.stderr).split())
    assert (
        "rules.cn-provider.complaint-ratio: it cannot run here; group 1d-Asia-Shanghai: it has no"
        " source of messages; group 1m: it has no source of complaints"
    ) in said
    assert "rules.in-tcccpr-2025.unregistered-sender" not in said


def test_the_help_names_the_table_of_a_parameter(cli: Cli) -> None:
    """In brackets it would be taken for a style."""
    said = " ".join(cli("rules", "--help").stdout.split())
    assert "A parameter is set in the table rules.PACK.RULE." in said
