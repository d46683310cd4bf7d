"""What a wrong rule is told: one clear line for each problem."""

from __future__ import annotations

import tomllib

import pytest

from streams.config.load import ConfigError, parse_config
from streams.counts.bucket import DAY_S
from streams.counts.facts.late import LATE_WITHIN_S
from streams.detection.rules.monthly_ratio import LATE_DAYS
from streams.rule_packs.parameters import MOST_DAYS

_PACKS = '"cn-provider", "in-tcccpr-2025" or "us-10dlc"'
_ASKED = '[detect]\nrules = ["cn-provider", "in-tcccpr-2025"]\n'
_NIGHT = f"{_ASKED}[rules.cn-provider.quiet-hours]\n"
_INDIA = f"{_ASKED}[rules.in-tcccpr-2025.unregistered-sender]\n"
_RATIO = f"{_ASKED}[rules.cn-provider.complaint-ratio]\n"
_INDIA_KEY, _NIGHT_KEY = "rules.in-tcccpr-2025.unregistered-sender", "rules.cn-provider.quiet-hours"

PROBLEMS = {
    '[detect]\nrules = ["law"]': f'detect.rules.0 must be {_PACKS}; got "law"',
    '[detect]\nrules = ["us-10dlc", "us-10dlc"]': (
        'detect.rules must name each pack once; got ["us-10dlc", "us-10dlc"]'
    ),
    '[detect]\nrules = "us-10dlc"': 'detect.rules must be a list; got "us-10dlc"',
    "[rules.law.x]": f'rules.law must be {_PACKS}; got "law"',
    "[rules.us-10dlc.brand-daily-cap]": (
        "rules.us-10dlc must be a pack of detect.rules; name it there, or remove the table"
    ),
    "[rules]\nus-10dlc = 1": "rules.us-10dlc must be a table; got 1",
    f"{_ASKED}[rules.cn-provider.day]": (
        "rules.cn-provider.day must be a rule of the pack (complaint-ratio, quiet-hours); remove it"
    ),
    f"{_NIGHT}until = 3": (
        f"{_NIGHT_KEY}.until is not a key; remove it (`weathervane rules show` shows every key)"
    ),
    f'{_NIGHT}from = "24:00"': (
        f'{_NIGHT_KEY}.from must be a time of day such as "22:00"; got "24:00"'
    ),
    f'{_NIGHT}from = "08:00"': (
        f'{_NIGHT_KEY} must have `to` at another time than `from`; got "08:00" twice'
    ),
    f"{_NIGHT}warn = 1000": f"{_NIGHT_KEY} must have `warn` at or below `need`; got 1000 and 100",
    f"{_NIGHT}categories = []": f"{_NIGHT_KEY}.categories must not be empty; got []",
    f"{_RATIO}close = 0.1": (
        "rules.cn-provider.complaint-ratio must have `warn` at or below `close`; got 0.25 and 0.1"
    ),
    f"{_RATIO}confidence = 1": (
        "rules.cn-provider.complaint-ratio.confidence must be at most 0.999999; got 1"
    ),
    f"{_INDIA}need = 200": f"{_INDIA_KEY}.need must be at most 128; got 200",
    f"{_INDIA}days = 62": f"{_INDIA_KEY}.days must be at most 61; got 62",
    f"{_INDIA}days = 0": f"{_INDIA_KEY}.days must be at least 1; got 0",
    f'{_INDIA}level = "city"': (
        f'{_INDIA_KEY}.level must be "sender", "signature", "access_code", "domain", "account",'
        ' "merchant", "platform", "category" or "all"; got "city"'
    ),
}


@pytest.mark.parametrize("text", PROBLEMS)
def test_each_rule_has_one_line(text: str) -> None:
    """A broken rule gives one line: the file, the key, the rule, and what was found."""
    with pytest.raises(ConfigError) as error:
        parse_config(tomllib.loads(text), "w.toml")
    assert error.value.problems == [f"w.toml: {PROBLEMS[text]}"]


def test_a_problem_of_detect_hides_no_pack() -> None:
    """A table of a pack that is named is not said to be superfluous for another key's sake."""
    with pytest.raises(ConfigError) as error:
        parse_config(tomllib.loads(_NIGHT.replace("rules = ", "shards = 0\nrules = ", 1)), "w.toml")
    assert len(error.value.problems) == 1


def test_all_problems_of_a_rule_are_told_at_once() -> None:
    """Nobody mends a file key by key."""
    with pytest.raises(ConfigError) as error:
        parse_config(tomllib.loads(f'{_NIGHT}need = "x"\nfoo = 1\nto = "8"\n'), "w.toml")
    assert [line.split()[1] for line in error.value.problems] == [
        f"{_NIGHT_KEY}.{key}" for key in ("foo", "to", "need")
    ]


def test_late_complaints_reach_as_far_back_as_any_rule() -> None:
    """Lanes count late complaints for longer than a rule looks back, or a month and its end."""
    assert MOST_DAYS * DAY_S < LATE_WITHIN_S
    assert (31 + LATE_DAYS) * DAY_S < LATE_WITHIN_S
