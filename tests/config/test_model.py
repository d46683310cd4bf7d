"""A configuration that is right: defaults, sources, groups, the hash."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

from streams.cli.setup.init import template
from streams.config.detect import BesideTable
from streams.config.load import load_config, parse_config
from streams.config.model import Config
from streams.config.sources import Source
from streams.config.tables import Count
from streams.items import LEVELS
from streams.sources.formats.table import FORMATS


def _config(text: str) -> Config:
    return parse_config(tomllib.loads(text))


def _source(keys: str, before: str = "") -> Source:
    return _config(f"{before}\n[sources.x]\n{keys}").sources["x"]


def test_the_template_is_the_defaults() -> None:
    """The file that `init` writes says exactly what holds without it."""
    written, built_in = parse_config(tomllib.loads(template())), parse_config({})
    assert written == built_in
    assert written.model_dump() == built_in.model_dump()
    assert written.hash == built_in.hash


def test_the_template_shows_every_key() -> None:
    """Every key there is stands in the template, so that nobody has to read the code."""
    shown = template()
    tables = (
        Config.model_fields[name].annotation
        for name in ("kafka", "count", "detect", "rejects", "serve", "metrics")
    )
    keys = {key for table in tables if table is not None for key in table.model_fields}
    tables_of = {name.rpartition(".")[2] for name in re.findall(r"\[+(\w+\.\w+)\]+", shown)}
    assert {key for key in keys if f"{key} = " not in shown} - tables_of == set()
    assert {key for key in BesideTable.model_fields if f"# {key} = " not in shown} == set()


def test_the_template_names_every_format() -> None:
    """Who adds a format finds it in the template too."""
    assert [name for name in FORMATS if f'"{name}"' not in template()] == []


def test_the_templates_comments_are_true() -> None:
    """With its commented tables switched on, the template is a valid file too."""
    lines = [
        line.removeprefix("# ")
        if line.startswith(("# [", "# name", "# url", "# timeout", "# kind", "# format", "# time",
                            "# sender", "# region", "# bucket", "# daily", "# festival", "# from",
                            "# to", "# applies_to", "# factor", "# detector", "# parameters",
                            "# share", "# levels", "# signals", "# most", "# warmup", "# digits",
                            "# sender_as", "# country", "# columns", "# registrable_domain",
                            "# network", "# match", "# continue", "# group_by", "# wait",
                            "# interval", "# repeat", "# resolved", "# quiet",
                            "# escalate", "# give_up_after",
                            "# webhook", "# dingtalk", "# language", "# monitor",
                            "# unwrap", "# items", "# where", "# complaint_kind"))
        else line
        for line in template().splitlines()
    ]  # fmt: skip
    counted = lines.index('levels = ["sender", "signature", "platform", "all"]')
    lines[counted] = f"levels = {list(LEVELS)}"
    config = _config("\n".join(lines))
    assert [hook.name for hook in config.webhooks] == ["pager"]
    assert [one.name for one in config.receivers] == ["on-call", "lead"]
    (beside,) = config.detect.beside
    assert beside == BesideTable(
        name="trees", detector=beside.detector, parameters=beside.parameters, share=0.1
    )
    derive = {level: table.derivation(level).derive for level, table in config.levels.items()}
    assert derive["access_code"]("106900012345") == "10690001"
    assert derive["domain"]("news@mail.shop.co.uk") == "shop.co.uk"
    assert derive["account"]("192.0.2.7") == "192.0.2.0/24"
    double_11, _, spring, sale = config.calendar
    assert (double_11.name, double_11.festival, double_11.factor) == ("Double 11", "double_11", 3.0)
    assert (spring.festival, spring.applies_to) == ("spring_festival", ["sender/106900012345"])
    assert (str(sale.from_), str(sale.to)) == ("2026-09-01", "2026-09-03")
    ftc = config.sources["ftc"]
    assert (ftc.bucket_s, ftc.timezone, ftc.table.daily) == (86400, "America/New_York", True)


def test_a_file_that_is_missing_gives_the_defaults(tmp_path: Path) -> None:
    """Without a file, and none named, the built-in defaults hold."""
    assert load_config(tmp_path / "weathervane.toml", environ={}) == parse_config({})
    assert load_config(None, environ={}) == parse_config({})


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    """An empty file changes nothing."""
    path = tmp_path / "w.toml"
    path.touch()
    assert load_config(path, environ={}) == parse_config({})


def test_default_sources_are_always_there() -> None:
    """`sends` and `complaints` exist, beside others, and may be described anew."""
    assert list(Config.model_validate({}).sources) == ["complaints", "sends"]
    config = _config('[sources.x]\nkind = "send"\n[sources.sends]\nkind = "send"\ntopic = "raw"')
    assert list(config.sources) == ["complaints", "sends", "x"]
    assert config.sources["sends"].topic == "raw"
    assert config.sources["complaints"].kind == "complaint"


@pytest.mark.parametrize("file", ["", '[kafka]\nbootstrap = "file:1"', "[kafka.client]"])
def test_the_environment_sets_the_broker(tmp_path: Path, file: str) -> None:
    """WEATHERVANE_KAFKA_BOOTSTRAP overrides the file; empty or unset, the file holds."""
    path = tmp_path / "w.toml"
    path.write_text(file)
    given = load_config(path, environ={"WEATHERVANE_KAFKA_BOOTSTRAP": "kafka-1:9092"})
    assert given.kafka.bootstrap == "kafka-1:9092"
    own = parse_config(tomllib.loads(file)).kafka.bootstrap
    assert load_config(path, environ={"WEATHERVANE_KAFKA_BOOTSTRAP": ""}).kafka.bootstrap == own
    assert load_config(path, environ={}).kafka.bootstrap == own


def test_the_environment_keeps_the_clients_settings(tmp_path: Path) -> None:
    """The variable changes the address and nothing beside it."""
    path = tmp_path / "w.toml"
    path.write_text('[kafka.client]\n"security.protocol" = "SSL"')
    config = load_config(path, environ={"WEATHERVANE_KAFKA_BOOTSTRAP": "kafka-1:9092"})
    assert config.kafka.client == {"security.protocol": "SSL"}


def test_the_clients_settings_are_not_shown() -> None:
    """A password does not get into a log with the configuration's repr."""
    config = _config('[kafka.client]\n"sasl.password" = "hunter2"')
    assert "hunter2" not in repr(config)


@pytest.mark.parametrize(
    "text",
    [
        'name = "elsewhere"',
        'data_dir = "/srv"',
        'hash_key_file = "k"',
        '[kafka]\nbootstrap = "kafka-1:9092"',
        '[kafka.client]\n"security.protocol" = "SSL"',
        "[serve]\nport = 1\nkeep = 5",
        '[metrics]\nhost = "0.0.0.0"',
        '[rejects]\npayload = "none"',
        '[[webhooks]]\nname = "a"\nurl = "https://x.example"',
        '[detect]\ncheckpoint_every = "1s"',
        '[count]\nbucket = "1m"',
    ],
)
def test_the_hash_ignores_where_things_are(text: str) -> None:
    """Addresses, ports, paths, and another way to write the same, leave the hash as it is."""
    assert _config(text).hash == _config("").hash


def test_the_hash_ignores_the_topic() -> None:
    """Where a source's events lie does not matter to what is made of them."""
    named = '[sources.sends]\nkind = "send"'
    assert _config(f'{named}\ntopic = "raw"').hash == _config(named).hash


@pytest.mark.parametrize(
    "text",
    [
        '[sources.sends]\nkind = "send"',
        'timezone = "UTC"',
        '[count]\nbucket = "15m"',
        '[count]\nlateness = "11s"',
        '[count]\nlevels = ["sender"]',
        "[detect]\nbudget_per_day = 5.5",
        "[detect]\nmin_count = 2",
        "[detect]\nexit_after = 4",
        "[detect]\nshards = 2",
        '[[detect.beside]]\nname = "a"\ndetector = "detectors.EWMA"\nshare = 0.1',
        '[sources.x]\nkind = "send"',
        '[sources.sends]\nkind = "send"\ndedupe = true',
        'calendar = [{name = "x", applies_to = ["all"], factor = 2, festival = "618"}]',
    ],
)
def test_the_hash_knows_what_decides(text: str) -> None:
    """What may change an alert changes the hash that the alert carries."""
    assert _config(text).hash != _config("").hash


def test_a_new_key_changes_nobodys_hash() -> None:
    """A version that knows more keys gives each configuration the hash that it had."""

    class NewerCount(Count):
        clock: str = "events"
        window: int | None = None

    class NewerConfig(Config):
        count: Count = NewerCount()
        leads: dict[str, int] = Field(default_factory=dict)

    for text in ("", '[count]\nbucket = "1h"', '[sources.x]\nkind = "send"'):
        newer = NewerConfig.model_validate(tomllib.loads(text))
        assert newer.hash == _config(text).hash
    assert NewerConfig(count=NewerCount(clock="records")).hash != _config("").hash
    assert NewerConfig(leads={"a": 1}).hash != _config("").hash


def test_the_hash_covers_the_contents_of_a_file_that_decides(tmp_path: Path) -> None:
    """Wherever the file is, and whatever it is called."""

    class NewerConfig(Config):
        prefixes: Annotated[Path | None, Field(strict=False)] = None

    here, there = tmp_path / "prefixes.csv", tmp_path / "other.csv"
    here.write_text("1069,mall")
    there.write_text("1069,mall")
    before = NewerConfig(prefixes=here).hash
    assert before == NewerConfig(prefixes=there).hash != NewerConfig().hash
    there.write_text("1069,market")
    assert before != NewerConfig(prefixes=there).hash


def test_the_hash_ignores_the_key_that_hashes_people(tmp_path: Path) -> None:
    """Neither the name of its file nor what it holds: nothing of a secret leaves in an alert."""
    key = tmp_path / "key"
    key.write_bytes(b"0123456789abcdef")
    assert _config(f'hash_key_file = "{key}"').hash == _config("").hash


def test_the_hash_has_twelve_digits() -> None:
    """The hash is twelve hexadecimal digits."""
    digits = _config("").hash
    assert len(digits) == 12
    assert int(digits, 16) >= 0


def test_a_source_inherits_from_count() -> None:
    """What a source leaves out it takes from [count], the file's time zone and its own name."""
    before = 'timezone = "UTC"\n[count]\nbucket = "15m"\nlateness = "1m"\nmax_ahead = "2m"'
    x = _source('kind = "send"', before)
    assert (x.topic, x.bucket_s, x.lateness_s, x.max_ahead_s) == ("x", 900, 60.0, 120.0)
    assert (x.idle_after_s, x.timezone, x.channel) == (30.0, "UTC", "sms")
    own = _source('kind = "send"\nbucket = "1h"\nlateness = "0s"\ntimezone = "Asia/Tokyo"', before)
    assert (own.bucket_s, own.lateness_s, own.timezone) == (3600, 0.0, "Asia/Tokyo")


def test_dates_wait_for_nothing() -> None:
    """A source of dates has no lateness: a later day closes the day."""
    x = _source('kind = "complaint"\nbucket = "1d"\ndaily = true', '[count]\nlateness = "1h"')
    assert x.lateness_s == 0.0


@pytest.mark.parametrize(
    ("keys", "dedupe"),
    [
        ('kind = "send"', False),
        ('kind = "complaint"', True),
        ('kind = "complaint"\ntime = "$.t"\nsender = "$.s"', False),
        ('kind = "complaint"\ntime = "$.t"\nsender = "$.s"\nevent_id = "$.i"', True),
        ('kind = "complaint"\nformat = "ftc"', False),
        ('kind = "complaint"\nformat = "arf"', True),
        ('kind = "complaint"\ndedupe = false', False),
        ('kind = "send"\ndedupe = true', True),
    ],
)
def test_complaints_with_ids_of_their_own_count_once(keys: str, *, dedupe: bool) -> None:
    """Repeats are dropped for complaints that have ids, not for sends, unless one says so."""
    assert _source(keys).dedupe is dedupe


@pytest.mark.parametrize(
    ("keys", "before", "kept"),
    [
        ('kind = "complaint"', "", True),
        ('kind = "complaint"', '[rejects]\npayload = "none"', False),
        ('kind = "complaint"\nformat = "arf"', "", False),
        ('kind = "complaint"\nformat = "arf"\nrejects_payload = "full"', "", True),
        ('kind = "send"\ntime = "$.t"\nsender = "$.s"\nrecipient = "$.to"', "", False),
        ('kind = "complaint"\ntime = "$.t"\nsender = "$.s"\nreporter = "$.by"', "", False),
        ('kind = "complaint"\nrejects_payload = "full"', '[rejects]\npayload = "none"', True),
    ],
)
def test_people_and_texts_stay_out_of_rejects(keys: str, before: str, *, kept: bool) -> None:
    """Records that carry people or message text leave it out of rejects, unless one says so."""
    assert _source(keys, before).payload_in_rejects is kept


@pytest.mark.parametrize(
    ("keys", "hashes"),
    [
        ('kind = "send"', False),
        ('kind = "send"\ntime = "$.t"\nsender = "$.s"\nrecipient = "$.r"', True),
        ('kind = "complaint"\ntime = "$.t"\nsender = "$.s"\nreporter = "$.r"', True),
        ('kind = "complaint"\nformat = "arf"', True),
    ],
)
def test_sources_with_people_are_known(keys: str, *, hashes: bool) -> None:
    """A source that meets recipients or reporters is known to need the key of their hash."""
    assert _source(keys).hashes_people is hashes


def test_sources_of_one_bucket_size_form_a_group() -> None:
    """Bucket size makes groups; days of different zones differ; `group` sets sources apart."""
    config = _config("""
[sources.quarter]
kind = "send"
bucket = "15m"
[sources.minute]
kind = "complaint"
bucket = "1m"
[sources.apart]
kind = "send"
group = "trial"
[sources.east]
kind = "complaint"
bucket = "1d"
timezone = "America/New_York"
[sources.here]
kind = "complaint"
bucket = "1d"
""")
    groups = {name: [source.name for source in of] for name, of in config.groups.items()}
    assert groups == {
        "15m": ["quarter"],
        "1d-America-New_York": ["east"],
        "1d-Asia-Shanghai": ["here"],
        "1m": ["complaints", "minute", "sends"],
        "trial": ["apart"],
    }


def test_a_changed_copy_has_its_own_sources() -> None:
    """Nothing worked out while a configuration was checked outlives a changed copy of it."""
    config = _config("")
    hourly = config.model_copy(
        update={"count": config.count.model_copy(update={"bucket": 3600.0})}
    )  # fmt: skip
    assert hourly.sources["sends"].bucket_s == 3600


def test_a_configuration_cannot_be_changed() -> None:
    """A configuration stays what was checked."""
    with pytest.raises(ValueError, match="frozen"):
        Config.model_validate({}).name = "other"
