"""Who is known, as the topic says."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.access.directory import MOST_SESSIONS, Directory
from streams.access.record import KeyedBytes, Record, encode_record, tombstone
from tests.access.known import NOW, a_session, a_token, a_user, directory_of

LATER = NOW + dt.timedelta(days=2)


def test_a_token_holds_until_it_expires_or_is_revoked() -> None:
    """Its secret says who asks; a wrong one, an ended one and a revoked one say nothing."""
    token = a_token("secret", scopes=("feeds",))
    directory = directory_of(token)
    found = directory.with_token("secret", NOW)
    assert found is not None
    assert (found.name, found.role, found.scopes) == ("program", "viewer", ("feeds",))
    assert directory.with_token("secret2", NOW) is None
    assert directory.with_token("", NOW) is None
    assert directory.with_token("secret", token.expires) is None
    directory.take(*tombstone(token))
    assert directory.with_token("secret", NOW) is None


def test_a_session_is_over_with_its_user_password_or_time() -> None:
    """A login ends by time, by logging out, by a new password, and with the user."""
    session, user = a_session("cookie"), a_user()
    directory = directory_of(user, session)
    found = directory.with_session("cookie", NOW)
    assert found is not None
    assert (found.name, found.role, found.via) == ("wang", "operator", "session")
    assert directory.with_session("cookie", LATER) is None
    assert directory.with_session("other", NOW) is None
    for end in (tombstone(session), tombstone(user), encode_record(a_user(mark="1" * 32))):
        one = directory_of(user, session)
        one.take(*end)
        assert one.with_session("cookie", NOW) is None


def test_a_user_of_the_same_name_does_not_revive_sessions() -> None:
    """A user who is removed and added again logs in anew."""
    directory = directory_of(a_user(), a_session("cookie"))
    directory.take(*tombstone(a_user()))
    directory.take(*encode_record(a_user(mark="2" * 32)))
    assert directory.with_session("cookie", NOW) is None
    assert [session.user for session in directory.over(NOW)] == ["wang"]


def test_a_user_has_so_many_sessions() -> None:
    """With one more the oldest ends; another user's are left alone."""
    names = [f"cookie{n}" for n in range(MOST_SESSIONS + 1)]
    directory = directory_of(a_user(), a_user("li"), a_session("lis", "li"), *map(a_session, names))
    alive = [name for name in names if directory.with_session(name, NOW) is not None]
    assert alive == names[1:]
    assert directory.with_session("lis", NOW) is not None


def test_what_cannot_be_read_still_closes_the_door() -> None:
    """A record of a later version is passed over; but nothing is open as if nobody had set up."""
    directory = Directory()
    assert not directory.is_set_up
    user = encode_record(a_user())
    later = user.value.replace(b'"v":1', b'"v":3') if user.value else b""
    with pytest.raises(ValueError, match="run the later version"):
        directory.take(user.key, later)
    assert directory.is_set_up
    assert not directory.lacks_way_in(NOW)
    directory.take(user.key, None)
    assert not directory.is_set_up


@pytest.mark.parametrize(
    "value", [b"{", b"[]", b"null", b'{"type":"user"}', b"[" * 5000, b'{"v":"1","type":"token"}']
)
def test_rubbish_is_refused_without_its_words(value: bytes) -> None:
    """What is no record is a ValueError, and the fold goes on."""
    directory = directory_of(a_user())
    with pytest.raises(ValueError, match=r"\w"):
        directory.take(b"user/li", value)
    assert [user.name for user in directory.users] == ["wang"]


def test_a_record_under_anothers_key_is_refused() -> None:
    """A record can only be ended by its own key, so it must stand under it."""
    with pytest.raises(ValueError, match="must name what the record is of"):
        Directory().take(b"user/li", encode_record(a_user("wang")).value)


def test_a_first_token_holds_only_where_there_is_no_way_in() -> None:
    """Of two that were made at a time the one that stands first holds, and none beside a user."""
    one, two = a_token("1", first=True), a_token("2", first=True)
    directory = directory_of(one, two)
    assert directory.with_token("1", NOW) is not None
    assert directory.with_token("2", NOW) is None
    assert directory_of(a_user(), one).with_token("1", NOW) is None
    assert directory_of(a_token("0", days=-1), one).with_token("1", NOW) is not None


def test_a_way_in_is_a_user_or_a_token_that_holds() -> None:
    """A token that has expired is none, but it closes the door."""
    directory = directory_of(a_token("1", days=1))
    assert not directory.lacks_way_in(NOW)
    assert directory.lacks_way_in(LATER)
    assert directory.is_set_up


def test_nothing_shows_a_hash() -> None:
    """A record in a log or an error says whose it is, and no more."""
    for record in (a_user(), a_token("secret"), a_session("cookie")):
        shown = f"{record!r} {record}"
        for name in ("password", "sha256", "mark"):
            assert str(getattr(record, name, "nothing")) not in shown


RECORDS: list[Record] = [
    *(a_user(name, "viewer", mark) for name in ("wang", "li") for mark in ("0" * 32, "1" * 32)),
    *(a_session(f"{user}{n}", user) for user in ("wang", "li") for n in range(3)),
    *(a_token(f"t{n}", first=n == 0) for n in range(2)),
]
WRITTEN = [encode_record(record) for record in RECORDS] + [tombstone(r) for r in RECORDS]


@given(st.lists(st.sampled_from(WRITTEN), max_size=30))
@settings(max_examples=100, deadline=None)
def test_a_compacted_topic_says_the_same(written: list[KeyedBytes]) -> None:
    """Kafka may drop all but a key's latest record, and tombstones, at any time."""
    whole, compacted = Directory(), Directory()
    latest = {record.key: place for place, record in enumerate(written)}
    firsts = [encode_record(RECORDS[-2]).key]
    for place, record in enumerate(written):
        if record.key in firsts:
            continue  # whoever loses with a first token ends it by a tombstone
        whole.take(*record)
        if latest[record.key] == place and record.value is not None:
            compacted.take(*record)
    assert _of(whole) == _of(compacted)


def _of(directory: Directory) -> list[object]:
    secrets = [f"{user}{n}" for user in ("wang", "li") for n in range(3)]
    return [
        *directory.users,
        *directory.tokens,
        *(directory.with_session(secret, NOW) for secret in secrets),
        directory.is_set_up,
    ]


def test_users_and_tokens_are_in_order_of_name() -> None:
    """Lists are the same on every run."""
    names = [user.name for user in directory_of(*(a_user(n) for n in ("b", "a", "c"))).users]
    assert all(one < other for one, other in pairwise(names))
