"""What a wrong table on misuse, or on look-backs, is told: one clear line for each problem."""

from __future__ import annotations

import tomllib

import pytest

from streams.config.load import ConfigError, parse_config

PROBLEMS = {
    '[detect.misuse]\nsignals = ["scope", "scope"]': (
        'detect.misuse.signals must name each signal once; got ["scope", "scope"]'
    ),
    '[detect.misuse]\nsilence = "1h"': (
        'detect.misuse.silence must be whole days, such as "90d"; got "1h"'
    ),
    '[detect.misuse]\nlearn = "0d"': (
        'detect.misuse.learn must be whole days, such as "90d"; got "0d"'
    ),
    '[detect.misuse]\nquiet = "0s"': 'detect.misuse.quiet must be longer than 0s; got "0s"',
    "[detect.look_back]\nshare = 0.6": "detect.look_back.share must be at most 0.5; got 0.6",
    "[detect.look_back]\nshare = -0.1": "detect.look_back.share must be at least 0; got -0.1",
    '[detect.look_back]\nlasts = "1h"': (
        'detect.look_back.lasts must be whole days, such as "90d"; got "1h"'
    ),
    '[detect.look_back]\nlasts = "400d"': (
        'detect.look_back.lasts must be at most "366d"; got "400d"'
    ),
}


@pytest.mark.parametrize("text", PROBLEMS)
def test_each_rule_has_one_line(text: str) -> None:
    """A broken rule gives one line: the file, the key, the rule, and what was found."""
    with pytest.raises(ConfigError) as caught:
        parse_config(tomllib.loads(text), "w.toml")
    assert caught.value.problems == [f"w.toml: {PROBLEMS[text]}"]
