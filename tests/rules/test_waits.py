"""The rule on waits finds what makes a test depend on a machine's speed."""

from __future__ import annotations

import pytest

from tests.rules.source import ROOT, Module
from tests.rules.waits import wall_clock_limits


@pytest.mark.parametrize(
    ("code", "is_refused"),
    [
        ("subprocess.run(command, timeout=60)", True),
        ("process.wait(30)", True),
        ("process.wait(timeout=30.0)", True),
        ("process.communicate(timeout=10)", True),
        ("assert time.monotonic() < deadline", True),
        ("assert time.monotonic() - began <= 5.0", True),
        ("subprocess.run(command)", False),
        ("process.wait()", False),
        ("stop.wait(0.1)", False),
        ("assert time.monotonic() - began >= 1.0", False),
        ("assert clock.elapsed_s() < 5.0", False),
    ],
)
def test_a_limit_by_the_wall_is_an_offence(code: str, is_refused: bool) -> None:
    """A lower bound is none, and neither is a pause."""
    module = Module(ROOT / "tests" / "integration" / "test_it.py", code.encode())
    assert bool(list(wall_clock_limits([module]))) is is_refused
