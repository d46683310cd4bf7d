"""What a wrong table ``[levels.x]`` or ``[cases]`` is told."""

from __future__ import annotations

import tomllib

import pytest

from streams.config.load import ConfigError, parse_config

_NO_KEY = "is not a key; remove it (`weathervane init` shows every key)"

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
    '[cases]\nhandle_within = "0s"': 'cases.handle_within must be longer than 0s; got "0s"',
    '[cases]\nhandle_within_of = { fraud = "-1d" }': (
        'cases.handle_within_of.fraud must be a duration such as "60s", "15m", "1h" or "1d";'
        ' got "-1d"'
    ),
    '[cases]\nhandle_within_of = { boring = "1d" }': f"cases.handle_within_of.boring {_NO_KEY}",
    "[[cases.open]]\nmatch = {}": "cases.open.0.name must be given; found nothing",
    '[[cases.open]]\nname = "r"': "cases.open.0.match must be given; found nothing",
    '[[cases.open]]\nname = "r"\nmatch = {}\nkind = "boring"': (
        'cases.open.0.kind must be "marketing", "fraud", "illegal", "optout_ignored" or "other";'
        ' got "boring"'
    ),
    '[[cases.open]]\nname = "r"\nmatch = {}\nowner = ""': (
        'cases.open.0.owner must not be empty; got ""'
    ),
    '[[cases.open]]\nname = "r"\nmatch = {}\n' * 2: (
        "cases must have each name in `open` once; r is there 2 times"
    ),
}


@pytest.mark.parametrize("text", PROBLEMS)
def test_each_rule_has_one_line(text: str) -> None:
    """A broken rule gives one line: the file, the key, the rule, and what was found."""
    with pytest.raises(ConfigError) as error:
        parse_config(tomllib.loads(text), "w.toml")
    assert error.value.problems == [f"w.toml: {PROBLEMS[text]}"]
