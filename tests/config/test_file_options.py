"""How records are written: what a source's table may say of it, and where."""

from __future__ import annotations

import tomllib

import pytest

from streams.config.load import ConfigError, parse_config
from streams.config.sources import Source

_CSV = 'kind = "send"\nformat = "csv"\ntime = "t"\nsender = "s"\n'
PROBLEMS = {
    f'{_CSV}time_format = "yyyy-mm-dd"': (
        ".time_format.0 must hold directives such as %Y-%m-%d %H:%M:%S, or be"
        ' "excel"; got "yyyy-mm-dd"'
    ),
    f'{_CSV}time_format = ["%Y-%m-%d", "%d/%m %Z"]': (
        ".time_format.1 must not have %Z: a zone's name may mean several zones; write the"
        " name itself, and say in `timezone` which it is, or use %z for offsets; got"
        ' "%d/%m %Z"'
    ),
    f"{_CSV}time_format = []": ".time_format must not be empty; got []",
    f'{_CSV}encoding = "gb"': (
        ".encoding must be the name of an encoding, such as"
        ' "gb18030", "utf-16" or "windows-1252"; got "gb"'
    ),
    f'{_CSV}delimiter = "ab"': '.delimiter must be one sign, such as ";" or "\\t"; got "ab"',
    f'{_CSV}columns = ["t", "t"]': '.columns must name each column once; got ["t", "t"]',
    f'{_CSV}columns = ["t", " s"]': (
        '.columns must hold names without blanks around them; got ["t", " s"]'
    ),
    f'{_CSV}columns = ["t", "u"]': ".sender must be one of `columns`; got 's'",
    f'{_CSV}topic_format = "source"': (
        ' must name `columns` where format is "csv" and topic_format is "source"'
    ),
    'kind = "send"\ndelimiter = ";"': (
        ' may not have `delimiter` where format is "json"; remove it'
    ),
    'kind = "complaint"\nformat = "arf"\nencoding = "gbk"': (
        ' may not have `encoding` where format is "arf"; remove it'
    ),
    'kind = "send"\ntime_format = "%Y%m%d"': (
        " may have `time_format` only where it names `time`; remove it"
    ),
}


def _source(keys: str) -> Source:
    return parse_config(tomllib.loads(f"[sources.x]\n{keys}")).sources["x"]


@pytest.mark.parametrize("keys", PROBLEMS)
def test_each_rule_has_one_line(keys: str) -> None:
    """A broken rule gives one line: the key, the rule, and what was found."""
    with pytest.raises(ConfigError) as caught:
        _source(keys)
    assert caught.value.problems == [f"weathervane.toml: sources.x{PROBLEMS[keys]}"]


def test_one_format_may_stand_alone() -> None:
    """A list of one and its text are the same, and have the same hash."""
    one = _source(f'{_CSV}time_format = "%Y%m%d"')
    assert one == _source(f'{_CSV}time_format = ["%Y%m%d"]')
    assert one.table.time_format == ["%Y%m%d"]


def test_what_a_reader_is_told() -> None:
    """The columns carry what a format needs to read a file; encodings by the codec's name."""
    columns = _source(f'{_CSV}encoding = "GB2312"\ndelimiter = ";"\ncolumns = ["s", "t"]').columns
    assert (columns.encoding, columns.delimiter, columns.header) == ("gb18030", ";", ("s", "t"))
