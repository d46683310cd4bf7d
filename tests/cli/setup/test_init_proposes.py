"""``weathervane init --from``: a proposed source, a key for people, and what to do next."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streams.broker.topics.tail import TailRecord
from streams.config.load import load_config
from tests.cli.cli import Cli
from tests.sources.files import DATA


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch)


def _sample(tmp_path: Path, person: str = "13800138000") -> Path:
    path = tmp_path / "mt_log.jsonl"
    rows = [
        {"ts": 1_700_000_000_123 + n, "src": f"1069{n % 3}", "dst": person, "content": "hello you"}
        for n in range(20)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_sample_gives_a_source_that_try_accepts(cli: Cli, tmp_path: Path) -> None:
    """From a file to a configuration to its events; no message and no person is shown."""
    done = cli("init", "--from", str(_sample(tmp_path)))
    assert done.exit_code == 0, done.stderr
    assert "weathervane try mt_log SAMPLE" in done.stderr
    source = load_config(tmp_path / "weathervane.toml").sources["mt_log"]
    assert source.table.topic_format == "events", "ingest may write files to a topic of ours"
    assert cli("check-config").exit_code == 0
    tried = cli("try", "mt_log", "mt_log.jsonl", "--json")
    assert tried.exit_code == 0, tried.stderr
    found = json.loads(tried.stdout)
    assert (found["records"], found["events"], found["notes"]) == (20, 20, [])
    assert found["tried"][0]["event"]["sender"] == {"id": "10690"}
    shown = cli("try", "mt_log", "mt_log.jsonl", "--last", "3")
    for text in (tried.stdout, shown.stdout, (tmp_path / "weathervane.toml").read_text()):
        assert "13800138000" not in text
        assert "hello you" not in text


def test_the_key_is_made_once_for_its_owner_alone(cli: Cli, tmp_path: Path) -> None:
    """With another key every person is a new one: an older key stays."""
    key = tmp_path / "hash.key"
    assert cli("init", "--from", str(_sample(tmp_path))).exit_code == 0
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_bytes()
    assert cli("init", "other.toml", "--from", "mt_log.jsonl").exit_code == 0
    assert key.read_bytes() == before


def test_try_shows_rejects_and_a_passing_key(cli: Cli, tmp_path: Path) -> None:
    """Without a key it still shows what would be; status 1 says that over 1 % are rejects."""
    _sample(tmp_path)
    (tmp_path / "weathervane.toml").write_text(
        '[sources.mt_log]\nkind = "send"\ntime = "$.ts"\nsender = "$.source"\nrecipient = "$.dst"\n'
    )
    tried = cli("try", "mt_log", "mt_log.jsonl", "--json")
    assert tried.exit_code == 1
    assert "a key that is forgotten afterwards" in tried.stderr
    found = json.loads(tried.stdout)
    assert (found["rejects"], found["reject_reasons"][0]["reason"]) == (20, "missing")
    assert found["notes"] == ["nothing becomes an event: nothing would be counted"]


def test_try_says_which_fields_are_lost(cli: Cli, tmp_path: Path) -> None:
    """Of the records that are shown, and of no others."""
    rows = [{"ts": 1_700_000_000, "src": "1069", "reg": reg} for reg in ("021", "a\x07", "b\x07")]
    (tmp_path / "f.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "weathervane.toml").write_text(
        '[sources.f]\nkind = "complaint"\ntime = "$.ts"\nsender = "$.src"\nregion = "$.reg"\n'
    )
    for last, lost in (("1", {}), ("2", {"region": 1}), ("9", {"region": 2})):
        tried = cli("try", "f", "f.jsonl", "--last", last, "--json")
        found = json.loads(tried.stdout)
        assert (found["lost"], len(found["notes"])) == (lost, len(lost))
    assert "2 values of `region` are left out: region must" in cli("try", "f", "f.jsonl").stderr


@pytest.mark.parametrize(
    ("sample", "wanted"),
    [
        ("ses.jsonl", {"ses-sends": "send", "ses-complaints": "complaint"}),
        ("kumomta.jsonl", {"kumomta-sends": "send", "kumomta-complaints": "complaint"}),
        ("mailgun.jsonl", {"mailgun-sends": "send", "mailgun-complaints": "complaint"}),
        ("twilio.jsonl", {"twilio": "send"}),
        ("xarf.jsonl", {"xarf": "complaint"}),
        ("kannel.log", {"kannel.log": "send"}),
    ],
)
def test_records_of_a_known_shape_get_their_preset(
    cli: Cli, tmp_path: Path, sample: str, wanted: dict[str, str]
) -> None:
    """Once for each kind of event that they hold; what is written is accepted, and counts."""
    path = DATA / "presets" / sample
    assert cli("init", "--from", str(path)).exit_code == 0
    sources = load_config(tmp_path / "weathervane.toml").sources
    found = {name: sources[name].kind for name in sources if sources[name].named}
    assert found == wanted
    for name in found:
        tried = json.loads(cli("try", name, str(path), "--json").stdout)
        assert tried["events"] > 0 == tried["rejects"]


def test_a_wrapped_shape_is_unwrapped_and_a_log_of_ones_own_is_none(
    cli: Cli, tmp_path: Path
) -> None:
    """Amazon SNS around Amazon SES; records that only have a time and a sender get a mapping."""
    lines = (DATA / "presets" / "ses.jsonl").read_text("utf-8").splitlines()
    wrapped = [json.dumps({"Type": "Notification", "Message": line}) + "\n" for line in lines]
    (tmp_path / "sns.jsonl").write_text("".join(wrapped))
    assert cli("init", "a.toml", "--from", "sns.jsonl", "--complaints").exit_code == 0
    source = load_config(tmp_path / "a.toml").sources["sns"]
    assert (source.table.preset, source.kind, source.columns.unwrap) == (
        "ses",
        "complaint",
        ("sns",),
    )
    assert cli("init", "b.toml", "--from", str(_sample(tmp_path))).exit_code == 0
    assert load_config(tmp_path / "b.toml").sources["mt_log"].table.preset is None


def test_records_that_name_schemas_get_a_registry(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its table is there to be filled in: only what the schema says is missing."""
    records = [TailRecord(0, n, b"\0\0\0\0\x07" + b"abc" * 9, [], None) for n in range(5)]
    monkeypatch.setattr("streams.cli.setup.init.last_records", lambda *_: records)
    done = cli("init", "--topic", "avro_log")
    assert (done.exit_code, "say where it is" in done.stderr) == (0, True)
    text = (tmp_path / "weathervane.toml").read_text()
    assert "[sources.avro_log.schema_registry]" in text
    filled = text.replace('# time = "$.sent_at"', 'time = "$.sent_at"')
    filled = filled.replace('# sender = "$.sender"', 'sender = "$.sender"')
    (tmp_path / "weathervane.toml").write_text(filled)
    assert load_config(tmp_path / "weathervane.toml").sources["avro_log"].registry is not None


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--from", "none.jsonl"], 1, "none.jsonl: must be a readable file"),
        (["--from", "a", "--topic", "b"], 2, "must not be given together"),
        (["--topic", "b", "--bootstrap", "a b"], 2, "--bootstrap must be"),
    ],
)
def test_what_cannot_be_looked_at_writes_nothing(
    cli: Cli, tmp_path: Path, arguments: list[str], status: int, said: str
) -> None:
    """One sentence, and no file."""
    done = cli("init", *arguments)
    assert done.exit_code == status
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("ids", "table"),
    [
        (
            [f"10690{n % 2}{n * 7919 % 100_000:05}" for n in range(60)],
            {"access_code": {"digits": 6}},
        ),
        (
            [f"news@m{n}.shop{n % 4}.co.uk" for n in range(60)],
            {"domain": {"registrable_domain": True}},
        ),
        ([f"203.0.113.{n}" for n in range(60)], {"account": {"network": True}}),
        ([f"shop{n}" for n in range(60)], {}),
    ],
)
def test_it_proposes_a_level_for_what_ids_have_in_common(
    cli: Cli, tmp_path: Path, ids: list[str], table: dict[str, dict[str, object]]
) -> None:
    """Commented, so that nothing is counted that nobody asked for; uncommented, it is accepted."""
    sample, written = tmp_path / "sends.jsonl", tmp_path / "weathervane.toml"
    rows = [{"ts": 1_700_000_000_123 + n, "sender": name} for n, name in enumerate(ids)]
    sample.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = cli("init", "--from", str(sample))
    assert done.exit_code == 0, done.stderr
    assert load_config(written).levels == {}
    text = written.read_text()
    _, found, proposed = text.partition("# Whoever changes the sender's id")
    assert bool(found) == bool(table)
    assert ("ids that change show" in done.stderr) == bool(table)
    if table:
        ((level, keys),) = table.items()
        counted = f'levels = ["sender", "signature", "platform", "{level}", "all"]'
        assert counted in proposed
        text = text.replace('levels = ["sender", "signature", "platform", "all"]', counted, 1)
        head, _, of_level = text.rpartition(f"# [levels.{level}]")
        written.write_text(f"{head}[levels.{level}]{of_level.replace(chr(10) + '# ', chr(10), 1)}")
        assert load_config(written).levels[level].model_dump(exclude_defaults=True) == keys
        assert cli("check-config").exit_code == 0
