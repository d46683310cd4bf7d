"""The language of commands: the option, the environment, and what stays English."""

from __future__ import annotations

import pytest
import typer

from streams.cli.language import reader
from streams.language.preferred import NAMED


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB"}, "en"),
        ({"LANG": "C", NAMED: "zh-Hans"}, "zh"),
        ({}, "en"),
    ],
)
def test_the_environment_chooses(
    environ: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first variable that is set, ours before the locale's."""
    for name in (NAMED, "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert reader().language == language


def test_an_option_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names a language gets it, whatever the environment holds."""
    monkeypatch.setenv(NAMED, "fr")
    assert reader("zh").language == "zh"


def test_a_language_that_there_is_not_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error says where, what may stand there, and what was found."""
    monkeypatch.setenv(NAMED, "fr\x1b[31m")
    with pytest.raises(typer.Exit) as ended:
        reader()
    assert ended.value.exit_code == 2
    assert f"{NAMED} must be one of en, zh; got fr\\u001b[31m" in capsys.readouterr().err
