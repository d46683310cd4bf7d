"""What a mapping that cannot be followed is told, when the configuration is checked."""

from __future__ import annotations

import tomllib

import pytest

from streams.config.load import ConfigError, parse_config

_PATH = "must be a path such as $.from.addr, items[0].id or $.tags['a.b']"
_PLACE = 'must be a place, a list of places, or { value = "..." }'
_MAPPED = '[sources.x]\nkind = "send"\ntime = "t"\nsender = "s"\n'
_COMPLAINT = '[sources.x]\nkind = "complaint"\ntime = "t"\nsender = "s"\n'
_LINES = '[sources.x]\nkind = "send"\nformat = "lines"\ntime = "t"\nsender = "s"\n'


def _of_topic_a(name: str) -> str:
    source = f"[sources.{name}]\n{_MAPPED.partition(']')[2]}"
    return f'{source}topic = "a"\ntopic_format = "source"\n'


PROBLEMS = {
    f"{_MAPPED}recipient = 3": f"sources.x.recipient {_PLACE}; got 3",
    f"{_MAPPED}recipient = {{ valu = 'x' }}": f"sources.x.recipient {_PLACE}",
    f"{_MAPPED}platform = []": "sources.x.platform must have 1 to 20 places; got []",
    f"{_MAPPED}platform = ['']": f'sources.x.platform {_PLACE}; got [""]',
    f"{_MAPPED}platform = ['$.a', 'b[']": f"sources.x.platform {_PATH}; found 'b['",
    f"{_MAPPED}platform = '$.a[*]'": (
        "sources.x.platform must be a path to one value; `[*]` may stand in `items`, `where`,"
        " `recipient` and `reporter`"
    ),
    f"{_MAPPED}recipient = {{ value = 'x' }}": (
        "sources.x.recipient must stand in the record; a constant would be the same in all"
    ),
    f"{_MAPPED}items = 'a['": f"sources.x.items {_PATH}; found 'a['",
    f"{_MAPPED}where = 'x'": (
        'sources.x.where must be a table of places and texts such as { "$.type" = "sms" }; got "x"'
    ),
    f"{_MAPPED}where = {{ 'a[' = 'x' }}": f"sources.x.where {_PATH}; found 'a['",
    f"{_MAPPED}where = {{ a = [] }}": "sources.x.where.a must have 1 to 1000 texts",
    f"{_MAPPED}where = {{ a = 1.5 }}": (
        "sources.x.where.a must be a text, a whole number, true or false, or a list"
    ),
    f"{_MAPPED}unwrap = 'xml'": (
        'sources.x.unwrap must be "cloudevents", "debezium" or "sns", or a list of them, the'
        ' outermost first; got "xml"'
    ),
    f"{_COMPLAINT}complaint_kind = {{ scam = 'fraud' }}": (
        'sources.x.complaint_kind must be a kind, or a table such as { from = "$.type", "scam" ='
        ' "fraud" }'
    ),
    f"{_COMPLAINT}complaint_kind = {{ from = 'k' }}": (
        'sources.x.complaint_kind must name a kind for a text, such as "scam" = "fraud"'
    ),
    f"{_COMPLAINT}complaint_kind = {{ from = '', scam = 'fraud' }}": (
        "sources.x.complaint_kind.from must not be empty"
    ),
    f"{_COMPLAINT}complaint_kind = {{ from = 'k', scam = 'spam' }}": (
        'sources.x.complaint_kind.scam must be "marketing", "fraud", "illegal", "optout_ignored" or'
        ' "other"'
    ),
    f"{_COMPLAINT}complaint_kind = {{ from = '$', scam = 'fraud' }}": (
        f"sources.x.complaint_kind.from {_PATH}; found '$'"
    ),
    f"{_MAPPED}campaign = '$.a[*]'": (
        "sources.x.campaign must be a path to one value; `[*]` may stand in `items`, `where`,"
        " `recipient` and `reporter`"
    ),
    f"{_MAPPED}consent = {{ yes = 'explicit' }}": (
        f'sources.x.consent {_PLACE}, or a table such as {{ from = "$.opt_in", "yes" ='
        ' "explicit" }'
    ),
    f"{_MAPPED}consent = {{ from = 'k' }}": (
        'sources.x.consent must name a consent for a text, such as "yes" = "explicit"'
    ),
    f"{_MAPPED}consent = {{ from = '', yes = 'explicit' }}": (
        "sources.x.consent.from must not be empty"
    ),
    f"{_MAPPED}consent = {{ from = 'k', yes = 'opted_in' }}": (
        'sources.x.consent.yes must be "explicit", "default", "none" or "unknown"'
    ),
    f"{_MAPPED}consent = {{ from = '$', yes = 'explicit' }}": (
        f"sources.x.consent.from {_PATH}; found '$'"
    ),
    f"{_MAPPED}consent = ['$.a', {{ value = 'yes' }}]": (
        'sources.x.consent must have as value "explicit", "default", "none" or "unknown";'
        ' got ["$.a", {"value": "yes"}]'
    ),
    f"{_COMPLAINT}consent = {{ from = 'k', yes = 'explicit' }}": (
        'sources.x may name `recipient`, `campaign` and `consent` only where kind is "send"'
    ),
    f'{_LINES}template = "{{t}} {{s}}x"\nplatform = "p"': (
        "sources.x.platform must be one of `template`; got 'p'"
    ),
    _LINES: 'sources.x must have a `template` where format is "lines"',
    f'{_LINES}template = "no names"': (
        'sources.x.template must be a line with names in braces, such as "{date} {clock} Sent'
        ' [from:{from}]"; got "no names"'
    ),
    f'{_LINES}template = "{{t}}{{s}}"': (
        'sources.x.template must have a fixed text between two names; got "{t}{s}"'
    ),
    f'{_LINES}template = "{{t}} {{s}} {{t}}"': (
        'sources.x.template must name each part once; got "{t} {s} {t}"'
    ),
    '[sources.x]\nkind = "send"\nformat = "csv"\ntime = "t"\nsender = "s"\nunwrap = "sns"': (
        'sources.x may have `unwrap` only where records are documents, such as of "json"'
    ),
    f'{_MAPPED}topic = "a"\n{_of_topic_a("y")}': (
        'sources.y.topic must be its own; "a" is that of sources.x'
    ),
    "".join(map(_of_topic_a, "wxyz")): (
        'sources.z.topic must be that of at most 3 sources; "a" has more'
    ),
}


@pytest.mark.parametrize(("text", "problem"), PROBLEMS.items())
def test_a_problem_is_one_clear_line(text: str, problem: str) -> None:
    """Each is told with its key."""
    with pytest.raises(ConfigError) as caught:
        parse_config(tomllib.loads(text))
    assert caught.value.problems == [f"weathervane.toml: {problem}"]
