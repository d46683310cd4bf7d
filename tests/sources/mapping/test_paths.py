"""Paths are parsed as they are written, and followed into documents of any shape."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.mapping.paths import ALL, follow, parse_path, path_problem

NAMES = st.text(min_size=1, max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=8,
)


def quoted(name: str) -> str:
    """A step of any name."""
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


@given(st.lists(NAMES | st.integers(0, 999_999), min_size=1, max_size=5))
def test_every_name_can_be_written(steps: list[str | int]) -> None:
    """In quotes, a name may hold dots, brackets, quotes, blanks and backslashes."""
    text = "$" + "".join(quoted(s) if isinstance(s, str) else f"[{s}]" for s in steps)
    assert parse_path(text) == tuple(steps)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("$.a.b", ("a", "b")),
        ("a.b", ("a", "b")),
        ("a", ("a",)),
        ("发件人.号码", ("发件人", "号码")),
        ("[0][1].x", (0, 1, "x")),
        ("$[*].x", (ALL, "x")),
        ("$.data[*]", ("data", ALL)),
        ("$.tags['ses:from-domain'][0]", ("tags", "ses:from-domain", 0)),
        ('$["a.b"].c', ("a.b", "c")),
        ("['it''s']", None),
        ("$", None),
        ("", None),
        ("$.", None),
        ("a..b", None),
        ("a.", None),
        (".a[", None),
        ("a[b]", None),
        ("a['b'", None),
        ("a[-1]", None),
        ("a[1:2]", None),
        ("$..a", None),
        ("$.a[?(@.b)]", None),
        ("a" * 2000, None),
    ],
)
def test_what_is_a_path(text: str, steps: Any) -> None:
    """Anything else is refused with examples."""
    if steps is None:
        assert (path_problem(text) or "").startswith("must be a path such as $.from.addr")
    else:
        assert (parse_path(text), path_problem(text)) == (steps, None)


@given(JSON, st.lists(st.sampled_from(["", "a", 0, 1, ALL]), min_size=1, max_size=4))
def test_no_document_is_an_error(document: Any, steps: list[Any]) -> None:
    """Where a path leads nowhere there is nothing; ``[*]`` gives a flat list without nulls."""
    found = follow(document, tuple(steps))
    if ALL in steps and found is not None:
        assert isinstance(found, list)
        assert None not in found
