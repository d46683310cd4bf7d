"""Tests of which alerts a silence or a route is about."""

import msgspec
import pytest
from hypothesis import given

from streams.actions.matcher import Matcher, matcher_problems, names_of
from streams.actions.pattern import MATCHER_KEYS, literal
from streams.alerts.cloudevent import Alert, Entity
from streams.names.canonical import canonical
from tests.alerts.examples import OPENED, alert
from tests.hostile import names

STALLED = alert(entity=Entity("source", "sends"), signal="source", kind="stalled")


def _matches(matcher: Matcher, about: Alert, **belongs_to: str) -> bool:
    about = msgspec.structs.replace(
        about, belongs_to={level: [name, "Bank"] for level, name in belongs_to.items()} or None
    )
    return matcher.matches(about, names_of(about), ("sends", "complaints"))


@pytest.mark.parametrize(
    ("matcher", "found"),
    [
        (Matcher(), True),
        (Matcher(level="sender"), True),
        (Matcher(level="signature"), False),
        (Matcher(level=("signature", "sender")), True),
        (Matcher(id="1069*"), True),
        (Matcher(id="1069*", signal="sends"), False),
        (Matcher(id="1069*", signal="complaint*"), True),
        (Matcher(signature="Shop"), True),
        (Matcher(signature="*op"), True),
        (Matcher(signature="Bank"), True),
        (Matcher(platform="*"), False),
        (Matcher(kind="*"), False),
        (Matcher(severity="warning"), True),
        (Matcher(severity="critical"), False),
        (Matcher(source="sends"), True),
        (Matcher(source="other"), False),
    ],
)
def test_all_keys_match_and_any_text_of_a_key(matcher: Matcher, found: bool) -> None:
    """An alert on a sender of the signatures Shop and Bank, in a group of two sources."""
    assert _matches(matcher, OPENED, signature="Shop") is found


@pytest.mark.parametrize(
    ("matcher", "found"),
    [
        (Matcher(source="sends"), True),
        (Matcher(source="complaints"), False),
        (Matcher(kind="stalled"), True),
        (Matcher(kind="gap"), False),
        (Matcher(level="source"), True),
    ],
)
def test_an_alert_on_a_source_is_about_that_source(matcher: Matcher, found: bool) -> None:
    """Its group's other sources do not count."""
    assert _matches(matcher, STALLED) is found


def test_an_alert_on_a_signature_is_of_that_signature() -> None:
    """An entity of a level belongs to itself."""
    about = alert(entity=Entity("signature", "Shop"))
    assert _matches(Matcher(signature="Shop"), about)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("１０６９*", "10690001"),
        ("10\u200b69*", "10690001"),
        ("*@Mail.Shop.Example", "news@mail.shop.example"),
        ("*.Shop.Example", "mail.shop.example"),
        ("Shop *", "Shop Ltd"),
        ("mail.Shop.*", "mail.shop.example"),
    ],
)
def test_a_text_is_read_in_the_form_in_which_names_are_counted(text: str, name: str) -> None:
    """A person types a name as they see it."""
    assert _matches(Matcher(id=text), alert(entity=Entity("sender", name)))


def test_a_blank_before_a_wildcard_counts() -> None:
    """The form of a whole name has no blank at its end; a part of one may have."""
    assert not _matches(Matcher(id="Shop *"), alert(entity=Entity("sender", "Shopping")))


@given(names, names)
def test_a_name_silences_itself_alone(name: str, other: str) -> None:
    """A sender that calls itself * does not draw all others into its silence."""
    name, other = canonical(name) or "x", canonical(other) or "x"
    matcher = Matcher(id=literal(name))
    assert list(matcher_problems(matcher)) == []
    assert _matches(matcher, alert(entity=Entity("sender", name)))
    assert _matches(matcher, alert(entity=Entity("sender", other))) == (name == other)


def test_texts_are_read_alone_or_as_a_list() -> None:
    """Both forms are one matcher, and are written as one."""
    one = msgspec.json.decode(b'{"id": "a", "level": ["sender"]}', type=Matcher)
    assert one == Matcher(id=("a",), level="sender")
    assert msgspec.json.encode(one) == b'{"level":["sender"],"id":["a"]}'
    assert one.texts == {"level": ("sender",), "id": ("a",)}


def test_problems_name_their_key() -> None:
    """Each key is checked, and how many texts it has."""
    wrong = Matcher(level="planet", id=("x",) * 101, signature="")
    assert [problem.split()[0] for problem in matcher_problems(wrong)] == [
        "level",
        "id",
        "signature",
    ]


def test_every_key_is_a_field() -> None:
    """The table of keys is that of the struct."""
    assert Matcher.__struct_fields__ == MATCHER_KEYS
