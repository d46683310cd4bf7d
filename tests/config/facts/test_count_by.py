"""What a wrong `count_by` of ``[sources.x]`` is told."""

from __future__ import annotations

import tomllib

import pytest

from streams.config.load import ConfigError, parse_config

_COMPLAINT = '[sources.x]\nkind = "complaint"\ncount_by = "reporters"\n'
_UNNAMED = (
    "sources.x must name `reporter`, the place of who complains, where count_by is"
    ' "reporters": without it nobody is counted. Or set count_by = "events"'
)

PROBLEMS = {
    '[sources.x]\nkind = "complaint"\ncount_by = "people"': (
        'sources.x.count_by must be "events" or "reporters"; got "people"'
    ),
    '[sources.x]\nkind = "send"\ncount_by = "reporters"': (
        'sources.x may have `count_by = "reporters"` only where kind is "complaint"; remove it'
    ),
    f'{_COMPLAINT}time = "t"\nsender = "s"': _UNNAMED,
    f'{_COMPLAINT}format = "ftc"': _UNNAMED,
    f'{_COMPLAINT}[sources.y]\nkind = "complaint"': (
        'sources.y.count_by must be as that of sources.x, "reporters": complaints of the group'
        ' "1m" are judged together. Set both alike, or give one another group'
    ),
}

ACCEPTED = [
    _COMPLAINT,
    f'{_COMPLAINT}time = "t"\nsender = "s"\nreporter = "r"',
    f'{_COMPLAINT}[sources.y]\nkind = "complaint"\nbucket = "1d"',
    f'{_COMPLAINT}[sources.y]\nkind = "send"',
]


@pytest.mark.parametrize("text", PROBLEMS)
def test_each_rule_has_one_line(text: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_config(tomllib.loads(text), "w.toml")
    assert error.value.problems == [f"w.toml: {PROBLEMS[text]}"]


@pytest.mark.parametrize("text", ACCEPTED)
def test_sources_that_name_reporters_may_be_counted_by_them(text: str) -> None:
    config = parse_config(tomllib.loads(text))
    assert config.sources["x"].table.count_by == "reporters"
    assert config.hash != parse_config(tomllib.loads(text.replace("reporters", "events"))).hash
