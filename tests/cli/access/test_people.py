"""``weathervane user`` and ``token``: what they write, and what they never show."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from streams.access.directory import Directory
from streams.access.passwords import fits
from streams.access.record import KeyedBytes, encode_record
from streams.cli.access import people
from tests.access.known import NOW, PASSWORD, a_session, a_user
from tests.cli.cli import Cli


class Topic:
    """Stands where the topic would: what was written, and what it comes to."""

    def __init__(self) -> None:
        self.records: list[KeyedBytes] = []

    def read(self, *_: Any) -> tuple[Directory, list[str]]:
        return self.directory, []

    def write(self, _: Any, topic: str, records: Iterable[KeyedBytes]) -> None:
        assert topic == "weathervane.local.users"
        self.records += records

    @property
    def directory(self) -> Directory:
        directory = Directory()
        for record in self.records:
            directory.take(*record)
        return directory


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> Topic:
    one = Topic()
    monkeypatch.setattr(people, "read_directory", one.read)
    monkeypatch.setattr(people, "write_records", one.write)
    return one


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, in an empty directory with a file of a password."""
    monkeypatch.chdir(tmp_path)
    Path("password.txt").write_text(f"{PASSWORD}\n")
    return Cli(monkeypatch)


ADD = ["user", "add", "wang", "--password-file", "password.txt"]


def test_a_user_is_added_listed_and_removed(cli: Cli, topic: Topic) -> None:
    """The password fits, its hash and itself are shown nowhere, and a second add is refused."""
    done = cli(*ADD, "--role", "viewer")
    assert (done.exit_code, done.stdout) == (0, "wang may log in as viewer\n")
    (user,) = topic.directory.users
    assert (user.role, fits(PASSWORD, user.password)) == ("viewer", True)
    listed = cli("user", "list", "--json")
    assert json.loads(listed.stdout)["name"] == "wang"
    shown = done.stdout + done.stderr + listed.stdout + cli("user", "list").stdout
    assert PASSWORD not in shown
    assert user.password not in shown
    again = cli(*ADD)
    assert again.exit_code == 1
    assert "NAME must be new" in again.stderr
    assert cli("user", "remove", "wang").exit_code == 0
    assert list(topic.directory.users) == []
    assert cli("user", "remove", "wang").exit_code == 1


def test_a_new_password_ends_sessions(cli: Cli, topic: Topic) -> None:
    """By its mark at once, and by a tombstone of each."""
    topic.records = [encode_record(a_user()), encode_record(a_session("cookie"))]
    assert topic.directory.with_session("cookie", NOW) is not None
    assert cli("user", "password", "wang", "--password-file", "password.txt").exit_code == 0
    assert topic.directory.with_session("cookie", NOW) is None
    assert topic.directory.sessions_of("wang") == []
    assert topic.directory.user("wang").role == "operator"  # type: ignore[union-attr]


def test_a_token_is_printed_once_and_revoked(cli: Cli, topic: Topic) -> None:
    """What is printed lets its program in, until it is revoked by name or id."""
    done = cli("token", "add", "regulator", "--scope", "feeds", "--for", "365d")
    secret = done.stdout.strip()
    (token,) = topic.directory.tokens
    found = topic.directory.with_token(secret, token.at)
    assert found is not None
    assert (found.name, found.role, found.scopes) == ("regulator", "viewer", ("feeds",))
    assert (token.expires - token.at).days == 365
    shown = cli("token", "list").stdout + cli("token", "list", "--json").stdout + done.stderr
    assert secret not in shown
    assert token.sha256 not in shown
    assert cli("token", "add", "regulator").exit_code == 1
    assert cli("token", "revoke", token.id).exit_code == 0
    assert topic.directory.with_token(secret, token.at) is None
    assert "must be a token's name" in cli("token", "revoke", "regulator").stderr


def test_a_token_for_programs_as_json(cli: Cli, topic: Topic) -> None:
    """One object, with the token in it."""
    said = json.loads(cli("token", "add", "p", "--role", "admin", "--json").stdout)
    assert topic.directory.with_token(said["token"], NOW) is not None
    assert said["scopes"] == ["feeds", "read", "act"]


def test_a_token_has_no_users_name(cli: Cli, topic: Topic) -> None:
    """Actions are by a name: a program must not act as a person."""
    assert cli(*ADD).exit_code == 0
    assert "actions are by a name" in cli("token", "add", "wang").stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["user", "add"], "add must have a NAME"),
        (["user", "add", " x", "--password-file", "password.txt"], "must not begin or end"),
        (["user", "add", "a\nb", "--password-file", "password.txt"], "control characters"),
        (["user", "add", "x", "--password-file", "none.txt"], "must be a file that can be read"),
        (["user", "add", "x", "--password-file", "short.txt"], "the password must have at least"),
        (["user", "list", "x"], "list must be given without a NAME"),
        (["user", "remove", "x", "--role", "viewer"], "--role must be given with add"),
        (["user", "list", "--password-file", "password.txt"], "with add or password"),
        (["token", "list", "x"], "list must be given without a NAME"),
        (["token", "revoke", "x", "--for", "1d"], "must be given with add"),
        (["token", "add", "x", "--scope", "all"], "--scope must be one of feeds, read, act; got"),
        (["token", "add", "x", "--for", "soon"], "--for must be a duration"),
        (["token", "add", "x", "--for", "1s"], "--for must be from 1m to 3650d"),
        (["token", "add", "x", "--for", "9999d"], "--for must be from 1m to 3650d"),
    ],
)
def test_wrong_usage_writes_nothing(cli: Cli, topic: Topic, words: list[str], said: str) -> None:
    """Wrong usage ends with 2, a sentence, and an unchanged topic."""
    Path("short.txt").write_text("short\n")
    done = cli(*words)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())
    assert topic.records == []


def test_a_view_is_given_with_add_and_listed(cli: Cli, topic: Topic) -> None:
    """To a token and a user; a password that is set anew keeps it."""
    made = cli("token", "add", "mall", "--view", "platform: Mall", "--json")
    assert json.loads(made.stdout)["view"] == "platform:Mall"
    assert cli(*ADD, "--view", "carrier:Unicom").exit_code == 0
    cli("user", "password", "wang", "--password-file", "password.txt")
    assert "carrier:Unicom" in cli("user", "list").stdout
    assert json.loads(cli("user", "list", "--json").stdout)["view"] == "carrier:Unicom"
    assert "platform:Mall" in cli("token", "list").stdout
    assert "view: all" in cli("token", "add", "whole").stderr
    wrong = cli("token", "add", "other", "--view", "Mall")
    assert (wrong.exit_code, "--view must be all, or one of" in wrong.stderr) == (2, True)
    for what in (["token", "revoke", "mall"], ["user", "remove", "wang"]):
        assert cli(*what, "--view", "all").exit_code == 2
