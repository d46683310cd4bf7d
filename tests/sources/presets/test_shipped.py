"""Each preset on a made-up sample of the records that it is for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streams.config.load import ConfigError, parse_config
from streams.config.sources import Source
from streams.items import SKIPPED, Send
from streams.sources.formats.ftc import KINDS
from streams.sources.presets.shipped import PRESETS
from tests.sources.files import DATA, event, read
from tests.sources.presets.wanted_events import SAMPLES

BOTH = [(name, kind) for name, preset in PRESETS.items() for kind in preset.keys]


def _source(name: str, **keys: object) -> Source:
    table = {"preset": name, **SAMPLES[name].own, **keys}
    return parse_config({"timezone": "UTC", "sources": {"s": table}}).sources["s"]


def _said(source: Source, path: Path) -> tuple[str, ...]:
    found = [event(row) for row in read(source, path) if row is not SKIPPED]
    return tuple(
        f"{one.event_time:%Y-%m-%dT%H:%M:%SZ} {one.sender.id}"
        f" {one.count if isinstance(one, Send) else one.kind} {one.event_id}"
        for one in found
    )


@pytest.mark.parametrize(("name", "kind"), BOTH)
def test_a_preset_counts_what_its_records_say(name: str, kind: str) -> None:
    """The wanted items become events, the others are skipped, and nothing is a reject."""
    sample = SAMPLES[name]
    wanted = sample.send if kind == "send" else sample.complaint
    assert wanted, "the sample has nothing that this preset counts"
    assert _said(_source(name, kind=kind), DATA / "presets" / sample.file) == wanted


@pytest.mark.parametrize(("name", "kind"), BOTH)
def test_a_preset_is_the_keys_that_it_stands_for(name: str, kind: str) -> None:
    """Written out, the same keys are the same configuration, with the same hash."""
    tables = {"preset": name, "kind": kind, **SAMPLES[name].own}
    written = {key: value for key, value in PRESETS[name].under(tables).items() if key != "preset"}
    short, long = (parse_config({"sources": {"s": table}}) for table in (tables, written))
    assert short.hash == long.hash
    assert short.sources["s"].columns == long.sources["s"].columns


def test_a_table_overrides_its_preset() -> None:
    """A key of the table stands, and the rest of the preset with it."""
    source = _source("ses", kind="complaint", sender="$.mail.sendingAccountId", sender_as="as_is")
    found = _said(source, DATA / "presets" / "ses.jsonl")
    assert [line.split()[1] for line in found] == ["123456789012", "None"]


def test_a_preset_of_one_kind_says_which() -> None:
    """`kind` may be left out where a preset has only one."""
    assert _source("cfpb").kind == "complaint"


def test_notifications_of_sns_are_unwrapped(tmp_path: Path) -> None:
    """What a preset does not say may be added, such as the envelope."""
    lines = (DATA / "presets" / "ses.jsonl").read_text("utf-8").splitlines()
    wrapped = [json.dumps({"Type": "Notification", "Message": line}) for line in lines]
    path = tmp_path / "sns.jsonl"
    path.write_text("\n".join(wrapped), "utf-8")
    source = _source("ses", kind="complaint", unwrap="sns")
    assert _said(source, path) == SAMPLES["ses"].complaint


@pytest.mark.parametrize(
    ("file", "keys", "events"),
    [
        ("kumo.jsonl", {"preset": "kumomta", "kind": "complaint"}, 1),
        ("kumo.jsonl", {"preset": "kumomta", "kind": "send"}, 4),
        ("sendgrid.jsonl", {"preset": "sendgrid", "kind": "complaint", "sender": "$.account"}, 1),
        ("sendgrid.json", {"preset": "sendgrid", "kind": "complaint", "sender": "$.account"}, 1),
        ("ses.jsonl", {"preset": "ses", "kind": "complaint"}, 1),
        ("ses.jsonl", {"preset": "ses", "kind": "send"}, 2),
        ("sns.jsonl", {"preset": "ses", "kind": "complaint", "unwrap": "sns"}, 1),
        ("ftc-api.json", {"preset": "ftc-api"}, 1),
    ],
)
def test_records_that_were_mapped_by_hand(file: str, keys: dict[str, str], events: int) -> None:
    """What took a mapping of one's own needs a preset only."""
    source = parse_config({"timezone": "UTC", "sources": {"s": keys}}).sources["s"]
    assert len(_said(source, DATA / "mapped" / file)) == events


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({"preset": "cfpb", "kind": "send"}, 'must have kind = "complaint" where preset is "cfpb"'),
        (
            {"preset": "sendgrid", "kind": "send"},
            'must name `sender` where preset is "sendgrid": its events do not say who sent: name a'
            ' custom argument of yours such as "$.account", or { value = "shop.example" } where all'
            " are of one sender",
        ),
    ],
)
def test_what_a_preset_asks_for_is_told(table: dict[str, str], problem: str) -> None:
    """One line says the rule and the remedy."""
    with pytest.raises(ConfigError) as caught:
        parse_config({"sources": {"x": table}})
    assert caught.value.problems == [f"weathervane.toml: sources.x {problem}"]


def test_the_ftcs_subjects_are_of_one_kind_each() -> None:
    """Its CSV and its API name the same subjects."""
    kinds = PRESETS["ftc-api"].keys["complaint"]["complaint_kind"]
    assert kinds == {"from": "$.attributes.subject", **KINDS, "*": "other"}


def test_every_preset_has_a_sample() -> None:
    """None is shipped untried."""
    assert SAMPLES.keys() == PRESETS.keys()
