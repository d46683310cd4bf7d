"""What a table of a schema registry may hold, and where it must and may stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from streams.broker.errors import SettingsError
from streams.config.load import ConfigError, load_config, parse_config
from streams.sources.schemas.registry import registry_of

_AVRO = (
    '[sources.x]\nkind = "send"\nformat = "avro"\ntime = "t"\nsender = "s"\n'
    "[sources.x.schema_registry]\n"
)
_HIDDEN = "got a value that is not shown"
PROBLEMS = {
    '[sources.x]\nkind = "send"\nformat = "csv"\ntime = "t"\nsender = "s"\n'
    '[sources.x.schema_registry]\nurl = "http://r:1"': (
        'sources.x may have `schema_registry` only where format is one of "json", "avro",'
        ' "protobuf"; remove it'
    ),
    '[sources.x]\nkind = "send"\n[sources.x.schema_registry]\nurl = "http://r:1"': (
        "sources.x must name `time` and `sender` (JSON paths) where it has a `schema_registry`"
    ),
    '[sources.x]\nkind = "send"\nformat = "protobuf"\ntime = "t"\nsender = "s"': (
        'sources.x must have a table `schema_registry` where format is "protobuf"'
    ),
    f'{_AVRO}url = "ftp://r"': (
        f"sources.x.schema_registry.url must be an http or https address; {_HIDDEN}"
    ),
    f'{_AVRO}url = "http://me:pw@r:1"': (
        "sources.x.schema_registry.url must be an address without a user and a password: `user` and"
        " `password_file` are for them; got a value that is not shown"
    ),
    f'{_AVRO}url = "http://r:1?a=b"': (
        f"sources.x.schema_registry.url must be an address without ? and #; {_HIDDEN}"
    ),
    f'{_AVRO}url = "http://r:1"\n' + _AVRO.replace("x", "y") + 'url = "http://r:1"\nuser = "u"': (
        "sources.y.schema_registry must be as that of sources.x, which has the same url: one"
        " registry is asked in one way"
    ),
    f'{_AVRO}url = "http://r:1"\npassword_file = "p"': (
        "sources.x.schema_registry must have a `user` where it has a `password_file`"
    ),
}


@pytest.mark.parametrize("text", PROBLEMS)
def test_each_rule_has_one_line(text: str, tmp_path: Path) -> None:
    """A broken rule gives one line: the key and the rule; no address, which may hold a secret."""
    file = tmp_path / "w.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as error:
        load_config(file, must_exist=True)
    assert error.value.problems == [f"{file}: {PROBLEMS[text]}"]


SOURCE = {"kind": "send", "format": "avro", "time": "t", "sender": "s"}


def test_a_topic_of_avro_must_have_a_registry() -> None:
    """Only a file has its schema in it."""
    parse_config({"sources": {"x": SOURCE}})
    with pytest.raises(ConfigError, match='format is "avro" and topic_format = "source"'):
        parse_config({"sources": {"x": {**SOURCE, "topic_format": "source"}}})


def test_where_a_registry_is_decides_nothing() -> None:
    """The same alerts come from a registry that has moved: the hash stays."""
    tables = [
        {"url": "http://a:1"},
        {"url": "http://b:2", "user": "me", "password_file": Path("p"), "ca_file": Path("c")},
    ]
    hashes = {
        parse_config({"sources": {"x": {**SOURCE, "schema_registry": table}}}).hash
        for table in tables
    }
    assert len(hashes) == 1
    assert hashes != {parse_config({"sources": {"x": SOURCE}}).hash}


def test_the_password_comes_from_its_file_or_the_environment(tmp_path: Path) -> None:
    """Its file wins, and what is wrong is said without path and password."""

    def table(**keys: object) -> Any:
        registry = {"url": "http://a:1/", "user": "me", **keys}
        source = parse_config({"sources": {"x": {**SOURCE, "schema_registry": registry}}})
        return source.sources["x"].registry

    environ = {"WEATHERVANE_SCHEMA_REGISTRY_PASSWORD": "secret"}
    assert registry_of(table(), environ).password == "secret"
    file = tmp_path / "password"
    file.write_text("other\n")
    found = registry_of(table(password_file=file), environ)
    assert (found.url, found.user, found.password) == ("http://a:1", "me", "other")
    assert "other" not in repr(found)
    with pytest.raises(SettingsError, match="must have a password for its user"):
        registry_of(table(), {})
    with pytest.raises(SettingsError, match="must be a text file") as error:
        registry_of(table(password_file=Path("hunter2")), environ)
    assert "hunter2" not in str(error.value)
