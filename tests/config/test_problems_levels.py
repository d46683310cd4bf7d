"""What a wrong table ``[levels.x]`` is told."""

from __future__ import annotations

import tomllib

import pytest

from streams.config.load import ConfigError, parse_config

PROBLEMS = {
    "[levels.access_code]\ndigits = 8": (
        "levels.access_code must be a level of count.levels (sender, signature, platform, all);"
        " add it there, or remove the table"
    ),
    "[levels.platform]": (
        "levels.platform must have one of `prefixes`, `digits`, `registrable_domain` and `network`;"
        " found none"
    ),
    "[levels.platform]\ndigits = 8\nnetwork = true": (
        "levels.platform must have one of `prefixes`, `digits`, `registrable_domain` and `network`;"
        " found `digits` and `network`"
    ),
    "[levels.platform]\ndigits = 0": "levels.platform.digits must be at least 1; got 0",
    '[levels.platform]\nprefixes = "no/such.csv"': (
        "levels.platform.prefixes must be a file that can be read; No such file or directory;"
        ' got "no/such.csv"'
    ),
    "[levels.sender]\ndigits = 8": (
        'levels.sender must be "signature", "access_code", "domain", "account", "merchant",'
        ' "platform" or "category"; got "sender"'
    ),
}


@pytest.mark.parametrize("text", PROBLEMS)
def test_each_rule_has_one_line(text: str) -> None:
    """A broken rule gives one line: the file, the key, the rule, and what was found."""
    with pytest.raises(ConfigError) as error:
        parse_config(tomllib.loads(text), "w.toml")
    assert error.value.problems == [f"w.toml: {PROBLEMS[text]}"]
