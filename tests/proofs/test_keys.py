"""Keys are made, rotated and followed; a key that does not follow is told from one that does."""

from __future__ import annotations

import base64
import datetime as dt

import msgspec
import pytest

from streams.proofs.key_file import KeyFileProblem, OwnKeys, follows, new_keys, read_keys
from streams.proofs.note import NoteProblem, open_note, sign_note
from streams.proofs.published import (
    PublishedKey,
    read_published,
    read_statement,
    statement_of,
    successors,
)

NAME = "weathervane/local"
NOW = dt.datetime(2026, 11, 30, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def published(keys: OwnKeys) -> list[PublishedKey]:
    """Return what everybody may know."""
    return [key.published for key in keys.keys]


def chain(rotations: int) -> OwnKeys:
    """Return keys that were rotated so often, every hundred days."""
    keys = new_keys(NAME, NOW)
    for number in range(rotations):
        keys = keys.rotated(NOW + 100 * (number + 1) * DAY, 90 * DAY)
    return keys


def test_a_new_key_signs() -> None:
    """A first key signs from the moment on at which it is made, and the file is read again."""
    keys = new_keys(NAME, NOW)
    again = read_keys(keys.encode(), NAME)
    assert again == keys
    (key,) = again.signing(NOW)
    note = sign_note("text\n", [key])
    assert open_note(note, [keys.newest.published.public]).text == "text\n"


def test_old_and_new_sign_for_a_time() -> None:
    """After a rotation both sign until the old one's time is over; then its secret goes."""
    old = new_keys(NAME, NOW)
    keys = old.rotated(NOW, 90 * DAY)
    assert [key.public for key in keys.signing(NOW + 89 * DAY)] == [
        key.published.public for key in reversed(keys.keys)
    ]
    assert keys.signing(NOW + 90 * DAY) == [keys.newest.signing]
    later = keys.rotated(NOW + 100 * DAY, 90 * DAY)
    assert [bool(key.secret) for key in later.keys] == [False, True, True]


@pytest.mark.parametrize("known", range(4))
def test_a_reader_follows_from_any_key(known: int) -> None:
    """Whoever knows one key of a chain comes to the newest, and to no older one."""
    keys = published(chain(3))
    found = successors([keys[known].public], reversed(keys))
    assert [each.key for each in found] == [each.public for each in keys[known + 1 :]]


def test_a_stranger_is_not_followed() -> None:
    """A key that none has named, one named by itself, and one whose statement is another's."""
    keys, strange = chain(1), new_keys(NAME, NOW)
    first = published(keys)[0].public
    alone = statement_of(strange.newest.signing, strange.newest.signing, NOW)
    for statement in (None, alone, published(keys)[1].statement, "text\n\n— x AAAA\n"):
        forged = PublishedKey(
            key=strange.newest.published.key, made=NOW, statement=statement, lost=True
        )
        assert successors([first], [forged]) == []


def test_a_successor_must_have_signed_too() -> None:
    """Nobody can name a key that is not his as a successor."""
    keys, victim = chain(0), new_keys(NAME, NOW).newest
    text = f"{NAME} successor\n{victim.published.key}\n{NOW.isoformat()}\n"
    statement = sign_note(text, [keys.newest.signing])
    known = [keys.newest.published.public]
    with pytest.raises(NoteProblem, match="and by itself"):
        read_statement(statement, known, victim.published.public)
    undated = sign_note(
        f"{NAME} successor\n{victim.published.key}\nsoon\n",
        [keys.newest.signing, victim.signing],
    )
    with pytest.raises(NoteProblem, match="until when"):
        read_statement(undated, known, victim.published.public)


def test_what_may_be_published() -> None:
    """The first, what is published, what follows from it, or what says that others are lost."""
    keys = chain(3)
    assert follows(keys, [])
    assert follows(keys, published(keys))
    assert follows(keys, published(keys)[:2])
    assert follows(OwnKeys(keys=keys.keys[:2]), published(keys))
    assert not follows(new_keys(NAME, NOW), published(keys))
    assert follows(new_keys(NAME, NOW, lost=True), published(keys))
    forged = msgspec.structs.replace(keys.newest.published, statement=None)
    broken = [*keys.keys[:-1], msgspec.structs.replace(keys.newest, published=forged)]
    assert not follows(OwnKeys(keys=broken), published(keys)[:2])


def test_a_published_key_is_read_again() -> None:
    """What is published is read as it was written; what is none is refused."""
    for each in published(chain(1)):
        assert read_published(msgspec.json.encode(each)) == each
    with pytest.raises(ValueError, match="NAME"):
        read_published(b'{"key":"x","made":"2026-11-30T09:00:00Z"}')


def test_a_wrong_file_of_keys_is_refused() -> None:
    """Each refusal says what the file must be, and shows no secret."""
    keys = new_keys(NAME, NOW)
    secret = keys.newest.secret
    text = keys.encode().decode()
    other = base64.b64encode(bytes(32)).decode()
    wrong = {
        "not json": "feed key new",
        "[" * 100_000: "feed key new",
        '{"keys":[]}': "must hold a key",
        text.replace('"v": 1,\n  "keys"', '"v": 2,\n  "keys"'): "form 1",
        text.replace(secret, other): "holds another",
        text.replace(secret, "AAAA"): "holds another",
        text.replace(secret, "!"): "base64",
        text.replace(secret, ""): "taken out",
    }
    for content, why in wrong.items():
        with pytest.raises(KeyFileProblem, match=why) as raised:
            read_keys(content.encode(), NAME)
        assert secret not in str(raised.value)
    with pytest.raises(KeyFileProblem, match="called weathervane/other"):
        read_keys(keys.encode(), "weathervane/other")
    assert secret not in repr(keys)
