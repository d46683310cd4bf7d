"""`make lint` and the hook before each commit run the same."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
HOOKS = ROOT / ".pre-commit-config.yaml"


def test_the_hooks_run_what_make_lint_runs() -> None:
    """The same commands in the same order, over all files, with the tools of .venv."""
    makefile = (ROOT / "Makefile").read_text("utf-8").replace("$(BIN)", ".venv/bin")
    (recipe,) = re.findall(r"^lint: .*\n((?:\t.+\n)+)", makefile, re.MULTILINE)
    commands = [line.strip().removesuffix(" .") for line in recipe.splitlines()]
    (repository,) = yaml.safe_load(HOOKS.read_text("utf-8"))["repos"]
    assert repository["repo"] == "local", "nothing is fetched"
    assert [hook["entry"].removesuffix(" .") for hook in repository["hooks"]] == commands
    for hook in repository["hooks"]:
        assert (hook["language"], hook["pass_filenames"], hook["always_run"]) == (
            "system", False, True
        )  # fmt: skip


def test_the_hooks_are_well_formed() -> None:
    """pre-commit accepts the file."""
    command = [sys.executable, "-m", "pre_commit", "validate-config", str(HOOKS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
