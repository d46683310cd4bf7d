"""What peers need beyond the lock file: fetched once, kept outside the checkout."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from streams.broker.errors import BrokerError
from streams.broker.local.jars import find_java, find_maven, jars_dir

_FETCH_S = 900.0


class Missing(Exception):
    """A peer cannot be had here; the text says why."""


def default_cache() -> Path:
    """Beside the broker's jars."""
    return jars_dir().parents[1] / "peers"


def python_with(cache: Path, pins: Sequence[str]) -> str:
    """Return a Python that has these packages, in a virtual environment of its own.

    Raises
    ------
    Missing
        Where pip cannot install them.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    home = cache / f"{pins[0].replace('==', '-')}-{_digest(version, *pins)}"
    python = home / "bin" / "python"
    # The mark is made last: an installation cut short is begun again.
    mark = home / "complete"
    if not mark.exists():
        shutil.rmtree(home, ignore_errors=True)
        home.parent.mkdir(parents=True, exist_ok=True)
        _run([sys.executable, "-m", "venv", str(home)])
        _run([str(python), "-m", "pip", "install", "-q", *pins])
        mark.touch()
    return str(python)


def java_of(cache: Path, project: Path) -> list[str]:
    """Return the command of a Maven project's class ``Count``, compiled with its jars.

    Raises
    ------
    Missing
        Where there is no Java or Maven, or the project cannot be built.
    """
    try:
        java, maven = find_java(), find_maven()
    except BrokerError as error:
        raise Missing(str(error)) from None
    sources = [project / "pom.xml", *sorted(project.rglob("*.java"))]
    home = cache / f"{project.name}-{_digest(*(file.read_text() for file in sources))}"
    mark = home / "complete"
    if not mark.exists():
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(project, home)
        goals = ["compile", "dependency:copy-dependencies"]
        options = ["-DoutputDirectory=libs", "-DincludeScope=runtime"]
        _run([maven, "-q", "-B", "--strict-checksums", *goals, *options], cwd=home)
        mark.touch()
    classes = f"{home / 'target' / 'classes'}:{home / 'libs' / '*'}"
    quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
    return [java, "-Xmx2g", quiet, "-cp", classes, "Count"]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]


def _run(command: list[str], cwd: Path | None = None) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_FETCH_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"{command[0]}: {error}") from None
    if done.returncode:
        said = [line for line in done.stdout.splitlines() if line.strip()] or ["nothing"]
        wrong = [line for line in said if "ERROR" in line] or said[-1:]
        raise Missing(f"{' '.join(command[:4])} failed: {wrong[0]}")
