"""What a wrong configuration is told: one clear line for each problem."""

from __future__ import annotations

import tomllib

import pytest

from streams.config.load import ConfigError, parse_config
from streams.config.problems import NOT_SHOWN
from streams.detection.plugins import river_detector
from streams.sources.formats.table import FORMATS

_DURATION = 'must be a duration such as "60s", "15m", "1h" or "1d"'
_BUCKET = 'must be whole seconds that divide a day, such as "60s", "15m" or "1d"'
_NAME = "must be 1 to 100 letters, digits, '.', '_' or '-', a letter or digit first"
_MONITOR_NAME = "must be 1 to 100 letters, digits, '_' or '-', a letter or digit first"
_ALONE = " or ".join(f'"{name}"' for name, of in FORMATS.items() if of.record)
_TOPIC = "must be a topic's name: 1 to 249 letters, digits, '.', '_' or '-'; not '.' or '..'"
_ZONE = 'must be an IANA time zone such as "Asia/Shanghai"'
_NO_KEY = "is not a key; remove it (`weathervane init` shows every key)"
_ONE_GROUP = "must hold sources of one bucket size and, for days, one time zone"

*_FIRST, _LAST = (f'"{name}"' for name in FORMATS)
_ALTERNATIVES = f"{', '.join(_FIRST)} or {_LAST}"
_PATH = "must be a path such as $.from.addr, items[0].id or $.tags['a.b']"
_DAYS = "must have either `festival`, or both `from` and `to`"
_TABLE = "{name = %s, applies_to = %s, %s}"


def _entry(keys: str, name: str = "x", to: str = '["all"]') -> str:
    return "calendar = [" + _TABLE % (f'"{name}"', to, keys) + "]"


PROBLEMS = {
    # the top
    'name = ""': f'name {_MONITOR_NAME}; got ""',
    'name = "a b"': f'name {_MONITOR_NAME}; got "a b"',
    'name = "a.b"': f'name {_MONITOR_NAME}; got "a.b"',
    "name = 3": "name must be a string; got 3",
    'timezone = "Mars/Base"': f'timezone {_ZONE}; got "Mars/Base"',
    'timezone = "../etc/passwd"': f'timezone {_ZONE}; got "../etc/passwd"',
    "data_dir = 3": "data_dir must be a path; got 3",
    "hash_key_file = []": f"hash_key_file must be a path; got {NOT_SHOWN}",
    'data_dir = "a\\u0000"': ('data_dir must be a path without a zero byte; got "a\\u0000"'),
    'nmae = "x"': f"nmae {_NO_KEY}",
    # tables
    "kafka = 3": f"kafka must be a table; got {NOT_SHOWN}",
    "sources = 3": "sources must be a table; got 3",
    "[sources]\nftc = 3": "sources.ftc must be a table; got 3",
    'webhooks = "x"': f"webhooks must be a list; got {NOT_SHOWN}",
    # kafka
    '[kafka]\nservers = "x"': f"kafka.servers {_NO_KEY}",
    '[kafka.client]\n"linger.ms" = 5': (
        f"kafka.client.linger.ms must be a string; got {NOT_SHOWN}"
    ),
    # count
    "[count]\nbucket = 60": f"count.bucket {_DURATION}; got 60",
    '[count]\nbucket = "1 m"': f'count.bucket {_DURATION}; got "1 m"',
    '[count]\nbucket = "7s"': f'count.bucket {_BUCKET}; got "7s"',
    '[count]\nbucket = "2d"': f'count.bucket {_BUCKET}; got "2d"',
    '[count]\nbucket = "0s"': f'count.bucket {_BUCKET}; got "0s"',
    '[count]\nbucket = "0.5s"': f'count.bucket {_BUCKET}; got "0.5s"',
    '[count]\nlateness = "-1s"': f'count.lateness {_DURATION}; got "-1s"',
    '[count]\nlateness = "4000d"': 'count.lateness must be at most "3650d"; got "4000d"',
    '[count]\nmax_ahead = "0s"': 'count.max_ahead must be longer than 0s; got "0s"',
    '[count]\nidle_after = "0m"': 'count.idle_after must be longer than 0s; got "0m"',
    "[count]\nmax_senders = 0": "count.max_senders must be at least 1; got 0",
    "[count]\nmax_senders = 1000000001": (
        "count.max_senders must be at most 100000000; got 1000000001"
    ),
    "[count]\nlevels = []": "count.levels must not be empty; got []",
    '[count]\nlevels = ["all", "all"]': (
        'count.levels must name each level once; got ["all", "all"]'
    ),
    '[count]\nlevels = ["sendr"]': (
        'count.levels.0 must be "sender", "signature", "access_code", "domain", "account",'
        ' "merchant", "platform", "category" or "all"; got "sendr"'
    ),
    # detect
    "[detect]\nbudget_per_day = 0": "detect.budget_per_day must be at least 0.0001; got 0",
    "[detect]\nbudget_per_day = 2e6": (
        "detect.budget_per_day must be at most 1000000; got 2000000.0"
    ),
    "[detect]\nbudget_per_day = nan": "detect.budget_per_day must be at most 1000000; got NaN",
    '[detect]\nbudget_per_day = "5"': 'detect.budget_per_day must be a number; got "5"',
    "[detect]\nmin_count = 0": "detect.min_count must be at least 1; got 0",
    "[detect]\nmin_count = 1.5": "detect.min_count must be a whole number; got 1.5",
    "[detect]\nexit_after = 0": "detect.exit_after must be at least 1; got 0",
    "[detect]\nmin_hold = -1": "detect.min_hold must be at least 0; got -1",
    '[detect]\nlongest_life = "0d"': 'detect.longest_life must be longer than 0s; got "0d"',
    '[detect]\nforget_after = "36h"': (
        'detect.forget_after must be whole days, such as "90d"; got "36h"'
    ),
    "[detect]\nmax_entities = 0": "detect.max_entities must be at least 1; got 0",
    "[detect]\nshards = 2000": "detect.shards must be at most 1024; got 2000",
    "[detect]\nshards = true": "detect.shards must be a whole number; got true",
    **{
        f"[detect.split]\n{key} = {value}": f"detect.split.{key} {rule}; got {value}"
        for key, value, rule in (
            ("newcomers", "0.0", "must be at least 0.001"),
            ("newcomers", "1.0", "must be below 1"),
            ("young", "1e-05", "must be 0, or at least 0.001"),
            ("slow", "1e-05", "must be 0, or at least 0.001"),
            ("slow", "-0.1", "must be at least 0"),
        )
    },
    "[detect.split]\nyoung = 0.69999": (
        "detect.split must leave some of the budget to those that have counted before: newcomers,"
        " young and slow together at most 0.999; got 1.04999"
    ),
    '[rejects]\npayload = "some"': 'rejects.payload must be "full" or "none"; got "some"',
    '[archive]\nkeep = "23h"': 'archive.keep must be at least "1d"; got "23h"',
    '[serve]\nport = "8780"': 'serve.port must be a whole number; got "8780"',
    "[serve]\nport = 70000": "serve.port must be at most 65535; got 70000",
    "[serve]\nfeed_keys = 1": f"serve.feed_keys must be a path; got {NOT_SHOWN}",
    "[serve]\nkeep = 0": "serve.keep must be at least 1; got 0",
    "[metrics]\ncount_port = 0": "metrics.count_port must be at least 1; got 0",
    '[monitor]\nprocesses = ["host-1"]': (
        'monitor.processes.0 must be host:port of the metrics of a process, such as "host-1:9101";'
        ' got "host-1"'
    ),
    '[[webhooks]]\nurl = "https://x.example"': "webhooks.0.name must be given; found nothing",
    '[[webhooks]]\nname = "a"\nurl = "https://x.example"\ntimeout = "0s"': (
        'webhooks.0.timeout must be longer than 0s; got "0s"'
    ),
    '[[webhooks]]\nname = "a"\nurl = "https://x.example:99999/"': (
        f"webhooks.0.url must have a port from 1 to 65535; got {NOT_SHOWN}"
    ),
    '[[webhooks]]\nname = "a"\nurl = "https://x.example"\nsecret_file = 7': (
        f"webhooks.0.secret_file must be a path; got {NOT_SHOWN}"
    ),
    '[[webhooks]]\nname = "a"\nurl = "https://x.example"\nbegin = "now"': (
        'webhooks.0.begin must be "oldest" or "newest"; got "now"'
    ),
    '[[webhooks]]\nname = "a"\nurl = "https://x.example"\nmonitor = "no"': (
        'webhooks.0.monitor must be true or false; got "no"'
    ),
    '[[webhooks]]\nname = "a"\nurl = "https://x.example"\ngive_up_after = "0s"': (
        'webhooks.0.give_up_after must be longer than 0s; got "0s"'
    ),
    '[[webhooks]]\nname = "a"\nurl = "https://x.example"\ngive_up_on = [204]': (
        "webhooks.0.give_up_on.0 must be at least 300; got 204"
    ),
    '[[webhooks]]\nname = "a"\nurl = "https://x.example"\ngive_up_on = ["403"]': (
        'webhooks.0.give_up_on.0 must be a whole number; got "403"'
    ),
    '[[webhooks]]\nname = "a"\nurl = "https://x.example"\n'
    '[[webhooks]]\nname = "a"\nurl = "https://y.example"': (
        'webhooks.name must be unique, it is the receiver\'s queue; got "a" again'
    ),
    # calendar
    _entry('factor = 1, festival = "618"'): "calendar.0.factor must be above 1; got 1",
    _entry('factor = 101, festival = "618"'): "calendar.0.factor must be at most 100; got 101",
    _entry('factor = "3", festival = "618"'): 'calendar.0.factor must be a number; got "3"',
    _entry('festival = "618"'): "calendar.0.factor must be given; found nothing",
    _entry('factor = 2, festival = "easter"'): (
        'calendar.0.festival must be "double_11", "618" or "spring_festival"; got "easter"'
    ),
    _entry("factor = 2"): f"calendar.0 {_DAYS}",
    _entry("factor = 2, from = 2026-11-11"): f"calendar.0 {_DAYS}",
    _entry('factor = 2, festival = "618", to = 2026-06-18'): f"calendar.0 {_DAYS}",
    _entry("factor = 2, from = 2026-11-12, to = 2026-11-11"): (
        "calendar.0 must have `to` at or after `from`; got 2026-11-12 to 2026-11-11"
    ),
    _entry('factor = 2, from = "2026-11-11", to = 2026-11-12'): (
        'calendar.0.from must be a date without quotes such as 2026-11-11; got "2026-11-11"'
    ),
    _entry("factor = 2, from = 2026-11-11, to = 2026-11-12T00:00:00"): (
        'calendar.0.to must be a date without quotes such as 2026-11-11; got "2026-11-12 00:00:00"'
    ),
    _entry('factor = 2, festival = "618", day = 3'): f"calendar.0.day {_NO_KEY}",
    _entry('factor = 2, festival = "618"', name=""): 'calendar.0.name must not be empty; got ""',
    _entry('factor = 2, festival = "618"', name="x" * 101): (
        f'calendar.0.name must have at most 100 characters; got "{"x" * 76}...'
    ),
    _entry('factor = 2, festival = "618"', to="[]"): (
        "calendar.0.applies_to must not be empty; got []"
    ),
    **{
        _entry('factor = 2, festival = "618"', to=f'["{text}"]'): (
            'calendar.0.applies_to.0 must be "all", or a level and an id or *, such as'
            f' "platform/*" or "sender/106900012345"; got "{text}"'
        )
        for text in ("mall", "platform/", "shop/*", "all/*", "*")
    },
    _entry('factor = 2, festival = "618"', to='["category/*"]'): (
        "calendar.0.applies_to must keep to the levels of count.levels"
        ' (sender, signature, platform, all); got "category/*"'
    ),
    "calendar = ["
    + ", ".join([_TABLE % ('"x"', '["all"]', 'factor = 2, festival = "618"')] * 2)
    + "]": ('calendar.name must be unique, what an entry prevents is counted by it; got "x" again'),
    # one source
    '[sources."a b"]\nkind = "send"': f'sources.a b {_NAME}; got "a b"',
    '[sources.x]\nformat = "ftc"': "sources.x.kind must be given; found nothing",
    '[sources.x]\nkind = "sms"': 'sources.x.kind must be "send" or "complaint"; got "sms"',
    '[sources.x]\nkind = "send"\nformat = "xml"': (
        f'sources.x.format must be {_ALTERNATIVES}; got "xml"'
    ),
    '[sources.x]\nkind = "send"\nformat = "csv"': (
        'sources.x must name the columns `time` and `sender` where format is "csv"'
    ),
    '[sources.x]\nkind = "send"\ntime = "$.t"': (
        "sources.x must name both `time` and `sender` (JSON paths), or neither"
        " (Weathervane's own events)"
    ),
    '[sources.x]\nkind = "send"\ntime = ""\nsender = "s"': (
        'sources.x.time must not be empty; got ""'
    ),
    '[sources.x]\nkind = "send"\nformat = "arf"': (
        'sources.x must have kind = "complaint" where format is "arf"'
    ),
    '[sources.x]\nkind = "send"\nreporter = "r"': (
        'sources.x may name `reporter`, `occurred_at` and `region` only where kind is "complaint"'
    ),
    '[sources.x]\nkind = "complaint"\nrecipient = "r"': (
        'sources.x may name `recipient`, `campaign` and `consent` only where kind is "send"'
    ),
    '[sources.x]\nkind = "send"\nsendr = "s"': f"sources.x.sendr {_NO_KEY}",
    '[sources.x]\nkind = "send"\nchannel = "fax"': (
        'sources.x.channel must be "sms", "email" or "voice"; got "fax"'
    ),
    '[sources.x]\nkind = "complaint"\ncomplaint_kind = "spam"': (
        'sources.x.complaint_kind must be "marketing", "fraud", "illegal", "optout_ignored" or'
        ' "other"; got "spam"'
    ),
    '[sources.x]\nkind = "send"\npreset = "cfpb"': (
        'sources.x must have kind = "complaint" where preset is "cfpb"'
    ),
    '[sources.x]\nkind = "send"\ntopic_format = "json"': (
        'sources.x.topic_format must be "events" or "source"; got "json"'
    ),
    '[sources.x]\nkind = "send"\nformat = "json"\ntime = "t"\nsender = "s"\n'
    'topic_format = "source"\nencoding = "gb18030"': (
        'sources.x may have `encoding` of a topic only where format is "csv": other records are'
        " UTF-8"
    ),
    '[sources.x]\nkind = "complaint"\nformat = "ftc"\ntopic_format = "source"': (
        'sources.x may have topic_format = "source" only where a record stands alone, as where'
        f' format is {_ALONE}; the records of "ftc" are of files'
    ),
    '[sources.x]\nkind = "send"\npartitions = 0': "sources.x.partitions must be at least 1; got 0",
    '[sources.x]\nkind = "send"\ndedupe = "yes"': (
        'sources.x.dedupe must be true or false; got "yes"'
    ),
    '[sources.x]\nkind = "send"\ntimezone = "X/Y"': f'sources.x.timezone {_ZONE}; got "X/Y"',
    '[sources.x]\nkind = "send"\nbucket = "7s"': f'sources.x.bucket {_BUCKET}; got "7s"',
    '[sources.x]\nkind = "send"\ntopic = "a/b"': f'sources.x.topic {_TOPIC}; got "a/b"',
    '[sources.x]\nkind = "send"\ntopic = ".."': f'sources.x.topic {_TOPIC}; got ".."',
    f'[sources.x]\nkind = "send"\ntopic = "{250 * "t"}"': (
        f'sources.x.topic {_TOPIC}; got "{76 * "t"}...'
    ),
    '[sources.x]\nkind = "send"\nplatform = "$.p"': (
        "sources.x must name both `time` and `sender` (JSON paths), or neither"
        " (Weathervane's own events)"
    ),
    '[sources.x]\nkind = "send"\ncomplaint_kind = "fraud"': (
        'sources.x may have `complaint_kind` only where kind is "complaint"; remove it'
    ),
    **{
        f'[sources.x]\nkind = "complaint"\ntime = "t"\nsender = "{path}"': (
            f"sources.x.sender {_PATH}; found {path!r}"
        )
        for path in ("$", "a..b", "a[", "a[-1]", "a]", "[0]a")
    },
    '[sources.x]\nkind = "send"\nformat = "csv"\ntime = "t"\nsender = " code"': (
        "sources.x.sender must be a column without blanks around its name, since those of a header"
        " are left out"
    ),
    '[sources.x]\nkind = "complaint"\nformat = "arf"\nsender = "From:"': (
        "sources.x.sender must be a header field's name: ASCII without blanks and colons"
    ),
    # between sources
    '[sources.x]\nkind = "send"\ndaily = true': (
        'sources.x.bucket must be "1d" where daily is true'
    ),
    '[sources.x]\nkind = "send"\ntopic = "sends"': (
        'sources.x.topic must be its own; "sends" is that of sources.sends'
    ),
    '[sources.x]\nkind = "send"\ntopic = "weathervane.local.alerts"': (
        'sources.x.topic must be its own; "weathervane.local.alerts" is that of Weathervane itself'
    ),
    '[sources.x]\nkind = "send"\ntopic = "a.b"\n[sources.y]\nkind = "send"\ntopic = "a_b"': (
        'sources.y.topic must be its own; "a_b" is to Kafka the same as "a.b", that of sources.x'
    ),
    '[sources.x]\nkind = "send"\nbucket = "15m"\ngroup = "1m"': (
        f'sources.x.group {_ONE_GROUP}; "1m" also holds sources.sends'
    ),
    '[sources.x]\nkind = "send"\nbucket = "1d"\ngroup = "days"\n'
    '[sources.y]\nkind = "send"\nbucket = "1d"\ngroup = "days"\ntimezone = "America/New_York"': (
        f'sources.y.group {_ONE_GROUP}; "days" also holds sources.x'
    ),
}


def _problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_config(tomllib.loads(text), "w.toml", river_detector)
    return caught.value.problems


@pytest.mark.parametrize("text", PROBLEMS)
def test_each_rule_has_one_line(text: str) -> None:
    """A broken rule gives one line: the file, the key, the rule, and what was found."""
    assert _problems(text) == [f"w.toml: {PROBLEMS[text]}"]


def test_all_problems_come_in_one_run() -> None:
    """A file is told everything at once: keys, values, and what does not fit together."""
    text = """
nmae = "x"
[serve]
port = 0
[sources.bad]
kind = "sms"
[sources.twins]
kind = "complaint"
format = "csv"
recipient = "r"
[sources.daily]
kind = "send"
daily = true
[sources.double]
kind = "send"
topic = "sends"
"""
    assert _problems(text) == [
        'w.toml: serve.port must be at least 1; got 0',
        'w.toml: sources.bad.kind must be "send" or "complaint"; got "sms"',
        'w.toml: sources.twins must name the columns `time` and `sender` where format is "csv"',
        "w.toml: sources.twins may name `recipient`, `campaign` and `consent` only where kind is"
        ' "send"',
        "w.toml: nmae is not a key; remove it (`weathervane init` shows every key)",
        'w.toml: sources.double.topic must be its own; "sends" is that of sources.sends',
        'w.toml: sources.daily.bucket must be "1d" where daily is true',
    ]  # fmt: skip


def test_a_problem_brings_no_other_along() -> None:
    """What leans on a wrong value is not judged: its problem would go with the first."""
    text = '[count]\nbucket = "1 day"\n[sources.x]\nkind = "send"\ndaily = true'
    assert _problems(text) == [f'w.toml: count.bucket {_DURATION}; got "1 day"']


def test_a_long_value_is_cut() -> None:
    """A line stays readable, however long the value found."""
    (line,) = _problems(f'name = "{"x" * 1000}"')
    assert line.endswith('xxx...')  # fmt: skip
    assert len(line) < 200
