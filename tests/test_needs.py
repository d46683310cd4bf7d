"""CI gets what full tests need, and lets no test be skipped in silence."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import MAY_LACK, PROGRAMS
from tests.rules.source import modules
from tests.waiting.programs import run

ROOT = Path(__file__).parents[1]
CI = ROOT / ".ci" / "run"
SKIPPED = """
import pytest
from tests.needs import lack

def test_one():
    lack("moon", "it is not up")
"""


@pytest.mark.parametrize(
    ("may_lack", "status", "said"),
    [
        (None, 0, "needs moon: it is not up"),
        ("mvn moon", 0, "needs moon: it is not up"),
        ("mvn", 1, "skipped, where every test must run"),
        ("", 1, "skipped, where every test must run"),
    ],
)
def test_a_skipped_test_fails_unless_its_need_may_lack(
    tmp_path: Path, may_lack: str | None, status: int, said: str
) -> None:
    """Without the mode it is skipped and named."""
    (tmp_path / "test_it.py").write_text(SKIPPED)
    kept = {name: value for name, value in os.environ.items() if name != MAY_LACK}
    environ = {
        **kept,
        "PYTHONPATH": str(ROOT),
        **({} if may_lack is None else {MAY_LACK: may_lack}),
    }
    command = [sys.executable, "-m", "pytest", "-ra", "-p", "tests.needs", "-p", "no:cacheprovider"]
    done = run([*command, "test_it.py"], cwd=tmp_path, env=environ)
    assert done.returncode == status, done.stdout
    assert said in done.stdout


def test_ci_installs_what_tests_need() -> None:
    """Each program with its package; and the script is one that a shell reads."""
    text = CI.read_text("utf-8")
    assert dict(re.findall(r"^  (\w+):(\S+)$", text, re.MULTILINE)) == PROGRAMS
    assert MAY_LACK in text
    assert subprocess.run(["bash", "-n", str(CI)], check=False).returncode == 0


def test_every_skip_names_what_it_needs() -> None:
    """Tests say `lack` or `require`: a bare skip could not be told from one that may be."""
    bare = re.compile(r"pytest\.skip\(|importorskip")
    tests = [m for m in modules() if m.where.startswith("tests/") and m.path.stem != "needs"]
    found = [m.where for m in tests if bare.search(m.path.read_text("utf-8"))]
    assert found == []


def test_ci_says_last_what_could_not_be_had(tmp_path: Path) -> None:
    """With no way to install anything it runs the tests all the same, then names what it lacked."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "dirname", "tr"):
        (programs / name).symlink_to(f"/usr/bin/{name}")
    (programs / "make").write_text(f'#!/bin/bash\necho "make $* without: ${MAY_LACK}"\n')
    (programs / "make").chmod(0o755)
    done = run([CI], env={"PATH": str(programs)})
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert f"make test without: {' '.join(PROGRAMS)}" in lines
    assert lines[-1].startswith("not tested, for it could not be had: java mvn openssl chromium")
