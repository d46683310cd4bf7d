"""Finds Java, and finds Apache Kafka's jars or fetches them once with Maven."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from streams.broker.errors import BrokerError

log = logging.getLogger(__name__)

POM = Path(__file__).with_name("pom.xml")
MIN_JAVA = 17

_ANSWER_S = 30.0
_FETCH_S = 900.0


def kafka_version() -> str:
    """Return the version of Apache Kafka that the pom names."""
    match = re.search(r"<kafka\.version>([^<]+)<", POM.read_text(encoding="utf-8"))
    assert match is not None, "pom.xml names kafka.version"
    return match[1]


def find_java() -> str:
    """Return the path of a Java that Apache Kafka runs on.

    Raises
    ------
    BrokerError
        Where there is none on PATH, it does not run, or it is too old.
    """
    rule = f"java: must be version {MIN_JAVA} or newer on PATH"
    path = shutil.which("java")
    if path is None:
        raise BrokerError(f"{rule}; found none; install a Java runtime {MIN_JAVA} or newer")
    output = _output_of([path, "-version"])
    if output is None:
        # macOS ships a `java` that only says where to get Java.
        raise BrokerError(f"{rule}; {path} does not run; install a Java runtime")
    major = java_major(output)
    if major is None:
        raise BrokerError(f"{rule}; {path} does not tell its version; found {output[:80]!r}")
    if major < MIN_JAVA:
        raise BrokerError(f"{rule}; {path} is version {major}; put a newer one first on PATH")
    return path


def java_major(output: str) -> int | None:
    """Return the major version in the output of ``java -version``, None where there is none.

    Examples
    --------
    >>> java_major('openjdk version "17.0.15" 2025-04-15')
    17
    >>> java_major('java version "1.8.0_392"')
    8
    >>> java_major('openjdk version "25-ea" 2025-09-16')
    25
    """
    match = re.search(r'version "(?:1\.)?(\d+)', output)
    return int(match[1]) if match else None


def find_maven() -> str:
    """Return the path of Maven.

    Raises
    ------
    BrokerError
        Where there is none on PATH, or it does not run.
    """
    rule = "mvn: Maven must be on PATH to fetch Apache Kafka"
    path = shutil.which("mvn")
    if path is None:
        raise BrokerError(f"{rule}; found none; install Maven")
    if _output_of([path, "-version"]) is None:
        raise BrokerError(f"{rule}; {path} does not run; `mvn -version` tells why")
    return path


def jars_dir() -> Path:
    """Return the directory for the jars, whether or not they are there yet.

    The name holds a digest of the pom, so that a changed pom never gets the jars of an older one.
    """
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification ignores a relative path.
    cache = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
    digest = hashlib.sha256(POM.read_bytes()).hexdigest()[:8]
    return cache / "weathervane" / f"kafka-{kafka_version()}-{digest}" / "libs"


def require_jars() -> Path:
    """Return the directory of Apache Kafka's jars; fetch them if they are missing.

    They are fetched to a temporary directory that is renamed at the end. So an interrupted fetch
    leaves nothing that looks complete, and two fetches at once are harmless.

    Raises
    ------
    BrokerError
        Where they are missing and cannot be fetched.
    """
    libs = jars_dir()
    if libs.is_dir():
        return libs
    maven = find_maven()
    log.info("fetching Apache Kafka %s with Maven, once, to %s", kafka_version(), libs)
    home = libs.parent
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".fetch-", dir=home.parent))
    except OSError as error:
        raise BrokerError(
            f"cache {home.parent}: must be a directory that this user may write; "
            f"{error.strerror}; set XDG_CACHE_HOME to one"
        ) from None
    try:
        _fetch(maven, draft)
        try:
            draft.rename(home)
        except OSError:
            # Another process was first; its jars are the same.
            if not libs.is_dir():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return libs


def _fetch(maven: str, draft: Path) -> None:
    pom = shutil.copy(POM, draft)
    goal = [maven, "-q", "-B", "--strict-checksums", "-f", str(pom), "dependency:copy-dependencies"]
    options = [f"-DoutputDirectory={draft / 'libs'}", "-DincludeScope=runtime"]
    remedy = "see that Maven can reach its repository (a proxy or mirror in its settings.xml?)"
    try:
        result = subprocess.run(
            [*goal, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_FETCH_S,
            text=True,
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        raise BrokerError(
            f"mvn: must fetch Apache Kafka within {_FETCH_S:.0f} s; it did not end; {remedy}"
        ) from None
    expected = draft / "libs" / f"kafka_2.13-{kafka_version()}.jar"
    if result.returncode != 0 or not expected.is_file():
        problems = [line for line in result.stdout.splitlines() if line.startswith("[ERROR]")]
        found = problems[0].removeprefix("[ERROR] ") if problems else f"exit {result.returncode}"
        raise BrokerError(f"mvn: must fetch Apache Kafka; it failed: {found}; {remedy}")


def _output_of(command: list[str]) -> str | None:
    """Return the output of a program, None where it fails."""
    try:
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_ANSWER_S,
            text=True,
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout if result.returncode == 0 else None
