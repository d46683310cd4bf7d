"""Secrets and passwords: random, kept as hashes, compared in a time that says nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import streams.access
from streams.access import passwords
from streams.access.passwords import NOBODYS, fits, password_hash, password_problem
from streams.access.secrets import TOKEN_PREFIX, csrf_token, hashed, new_session, new_token, same
from tests.access.known import HASH, PASSWORD


def test_secrets_are_random_and_long() -> None:
    """Each has 32 random bytes; a token begins as those who look for leaks know."""
    made = {new_token() for _ in range(100)}
    assert len(made) == 100
    assert all(token.startswith(TOKEN_PREFIX) and len(token) == 47 for token in made)
    assert len({new_session() for _ in range(100)}) == 100


def test_a_password_fits_its_own_hash_only() -> None:
    """Two hashes of one password differ by their salts, and both fit it."""
    other = password_hash(PASSWORD)
    assert other != HASH
    assert fits(PASSWORD, HASH)
    assert fits(PASSWORD, other)
    assert not fits(PASSWORD + " ", HASH)
    assert not fits("", HASH)


def test_a_user_that_does_not_exist_costs_as_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hash of nobody is verified with the same costs, and fits nothing."""
    asked = []
    real = passwords._hasher

    class Watched:
        def verify(self, known: str, password: str) -> bool:
            asked.append(known)
            return real.verify(known, password)

    monkeypatch.setattr(passwords, "_hasher", Watched())
    assert not fits(PASSWORD, None)
    assert asked == [NOBODYS]
    assert NOBODYS.split("$")[1:4] == HASH.split("$")[1:4]
    assert len(NOBODYS) == len(HASH)


@pytest.mark.parametrize("known", ["", "no hash", "$argon2id$", "$argon2id$v=19$m=8$x$y"])
def test_a_damaged_hash_fits_nothing(known: str) -> None:
    """A record that somebody spoilt lets nobody in, and raises nothing."""
    assert not fits(PASSWORD, known)
    assert not fits("\ud800" * 12, HASH)


def test_a_password_has_a_length() -> None:
    """Too short, too long and too simple ones are refused, by a sentence without the password."""
    assert password_problem(PASSWORD) is None
    assert password_problem("彩虹桥上的猫在等我回家吃饭") is None
    for bad in ("x" * 11, "ab" * 20, "密" * 400 + "abcd"):
        said = password_problem(bad)
        assert said is not None
        assert bad not in said
    assert not fits("x" * 2000, HASH)


def test_a_csrf_token_is_of_one_session() -> None:
    """It follows from the cookie, and does not give it away."""
    assert csrf_token("a") == csrf_token("a") != csrf_token("b")
    assert same(csrf_token("a"), csrf_token("a"))
    assert not same("a", "\ud800")
    assert hashed("a") != csrf_token("a")


def test_no_secret_is_compared_by_equality() -> None:
    """Hashes, marks and tokens are compared by `same` everywhere in the package."""
    secret = {"sha256", "mark", "password", "csrf", "digest"}
    for path in sorted(Path(streams.access.__path__[0]).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
                words = {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
                words |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
                assert not words & secret or path.name == "directory.py", (path.name, node.lineno)
