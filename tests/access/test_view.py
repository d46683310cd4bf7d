"""Views: how they are written, and that no earlier version takes their holders for others."""

from __future__ import annotations

import msgspec
import pytest

from streams.access.record import decode_record, encode_record
from streams.access.roles import Identity
from streams.access.view import View, read_view
from tests.access.known import NOW, a_session, a_token, a_user, directory_of

MALL = View("platform", "Mall")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must be all, or one of platform:NAME, region:NAME, carrier:NAME; got ''"),
        ("Mall", "got 'Mall'"),
        ("shop:Mall", "got 'shop:Mall'"),
        ("platform:", "the name must not be empty"),
        ("carrier:\u200b", "the name must not be empty"),
        (f"region:{'x' * 300}", "the name must be at most 256 bytes"),
        ("platform:a\tb", "control characters"),
    ],
)
def test_what_is_no_view_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        read_view(text)
    assert said in str(caught.value)


def test_a_view_is_written_as_it_is_read() -> None:
    """In the form in which names are counted."""
    for view in (MALL, View("carrier", "China Unicom: south"), View("region", "湖南")):
        assert read_view(str(view)) == view
    assert read_view("platform:Ｍall ") == MALL
    assert read_view("all") is None


def test_records_with_a_view_are_of_a_form_that_earlier_versions_pass_over() -> None:
    """And those without are written as before."""
    for record in (a_token("t", view=MALL), a_user(view=MALL)):
        key, value = encode_record(record)
        assert value is not None
        assert msgspec.json.decode(value)["v"] == 2
        assert decode_record(key, value) == msgspec.structs.replace(record, v=2)
        altered = value.replace(b'"v":2', b'"v":1')
        with pytest.raises(ValueError, match="with a view must be of form 2"):
            decode_record(key, altered)
    for plain in (a_token("t"), a_user(), a_session("s")):
        value = encode_record(plain).value or b""
        assert msgspec.json.decode(value)["v"] == 1
        assert b'"view"' not in value


def test_who_asks_has_the_view_of_the_token_or_user() -> None:
    directory = directory_of(a_token("t", view=MALL), a_user(view=MALL), a_session("s"))
    found = [directory.with_token("t", NOW), directory.with_session("s", NOW)]
    assert [one.view for one in found if isinstance(one, Identity)] == [MALL, MALL]
    assert directory.views == {MALL}
