"""Runs the product's command line in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.pinned.product import ENTRY

ROOT = Path(__file__).parents[2]
"""The checkout."""


def run(place: Path, *arguments: str, module: str = ENTRY, status: int = 0) -> bytes:
    """Run a module in a folder; return what it printed.

    Parameters
    ----------
    place
        The folder: files in it are named without it, so that no output depends on where it is.
    arguments, module
        What, and of which module.
    status
        Exit status that it must have.
    """
    kept = {name: of for name, of in os.environ.items() if not name.startswith("WEATHERVANE_")}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=place,
        env={**kept, "PYTHONPATH": str(ROOT), "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode != status:
        errors = done.stderr.decode(errors="replace")
        raise RuntimeError(f"{' '.join(arguments)}: status {done.returncode}\n{errors}")
    return done.stdout
