"""Tests of texts that values must match."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.actions.pattern import literal, parse_pattern, text_problem
from tests.hostile import names

starred = st.text(alphabet="\\*ab", min_size=1, max_size=6)


@given(starred | names, starred | names)
def test_a_literal_matches_its_name_alone(name: str, other: str) -> None:
    """Whatever a sender calls itself, its name as a text matches it, and nobody else."""
    pattern = parse_pattern(literal(name))
    assert pattern.matches(name)
    assert pattern.matches(other) == (other == name)


@pytest.mark.parametrize(
    ("text", "matched", "others"),
    [
        ("1069*", ["1069", "10690001"], ["21069", "106"]),
        ("*Shop", ["Shop", "My Shop"], ["Shop 2", "shop"]),
        ("*sale*", ["sale", "a sale now"], ["sal"]),
        ("*", ["", "anything", "*"], []),
        ("a*b", ["a*b"], ["ab", "axb"]),
        (r"\*", ["*"], ["a", "\\*", ""]),
        (r"\*a*", ["*a", "*ab"], ["a", "ba"]),
        (r"*a\*", ["a*", "ba*"], ["a", "ab"]),
    ],
)
def test_wildcards(text: str, matched: list[str], others: list[str]) -> None:
    """A star stands for anything at the start and at the end, and is itself elsewhere."""
    pattern = parse_pattern(text)
    assert [value for value in [*matched, *others] if pattern.matches(value)] == matched


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("id", "", "must not be empty"),
        ("id", "a\nb", "must hold no control characters; found U+000A"),
        ("signal", "send", "must be newcomers | "),
        ("level", "planet", "must be all | "),
        ("kind", "stall", "must be stalled | "),
        ("severity", "warn*x", "must be warning | critical"),
    ],
)
def test_a_text_that_nothing_matches_is_refused(key: str, text: str, said: str) -> None:
    """A silence with a slip of the pen would hide nothing, and nobody would know."""
    assert str(text_problem(key, text)).startswith(said)


@pytest.mark.parametrize(("key", "text"), [("signal", "compl*"), ("level", "*"), ("id", "send")])
def test_a_text_that_something_may_match_is_taken(key: str, text: str) -> None:
    """Words may be cut by a wildcard; ids and names may be anything."""
    assert text_problem(key, text) is None
