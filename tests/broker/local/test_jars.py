"""Java and Maven are checked for what they are, and the jars are fetched once and whole."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from streams.broker.errors import BrokerError
from streams.broker.local.jars import find_java, find_maven, jars_dir, kafka_version, require_jars

MAVEN = """\
case "$1" in -version) exit 0;; esac
echo run >> "{runs}"
for option; do case "$option" in -DoutputDirectory=*) libs="${{option#*=}}";; esac; done
sleep 0.2
mkdir -p "$libs" && touch "$libs/kafka_2.13-{version}.jar"
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of programs that stands first on PATH; the cache is in `tmp_path` too."""
    directory = tmp_path / "programs"
    directory.mkdir()
    monkeypatch.setenv("PATH", f"{directory}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return directory


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}")
    path.chmod(0o755)


def no_programs(monkeypatch: pytest.MonkeyPatch, programs: Path) -> None:
    monkeypatch.setenv("PATH", str(programs))


def test_no_java(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Java: the version wanted, and what to install."""
    no_programs(monkeypatch, programs)
    with pytest.raises(BrokerError, match="must be version 17 or newer on PATH; found none"):
        find_java()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'openjdk version \"11.0.2\"' >&2", "is version 11; put a newer one first"),
        ("echo 'java version \"1.8.0_392\"' >&2", "is version 8;"),
        ("echo gibberish", "does not tell its version; found 'gibberish"),
        ("exit 1", "does not run"),
    ],
)
def test_a_java_that_will_not_do(programs: Path, script: str, said: str) -> None:
    """A Java that is too old, or only a stub, is refused for what it is."""
    program(programs / "java", script)
    with pytest.raises(BrokerError, match="java: must be version 17 or newer") as caught:
        find_java()
    assert said in str(caught.value)


def test_a_java_that_will(programs: Path) -> None:
    """A newer Java, an early-access one too, is taken."""
    program(programs / "java", "echo 'openjdk version \"25-ea\" 2025-09-16' >&2")
    assert find_java() == str(programs / "java")


def test_no_maven(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Maven: what it would be needed for."""
    no_programs(monkeypatch, programs)
    with pytest.raises(BrokerError, match="mvn: Maven must be on PATH to fetch Apache Kafka"):
        find_maven()


def test_fetched_once_then_offline(programs: Path, tmp_path: Path) -> None:
    """The first call fetches; later ones need no Maven at all."""
    runs = tmp_path / "runs"
    program(programs / "mvn", MAVEN.format(runs=runs, version=kafka_version()))
    libs = require_jars()
    assert libs == jars_dir()
    assert list(libs.iterdir()) == [libs / f"kafka_2.13-{kafka_version()}.jar"]
    (programs / "mvn").unlink()
    assert require_jars() == libs
    assert runs.read_text() == "run\n"


def test_two_fetches_at_once(programs: Path, tmp_path: Path) -> None:
    """Two that fetch at the same time both succeed, and leave no draft behind."""
    program(programs / "mvn", MAVEN.format(runs=tmp_path / "runs", version=kafka_version()))
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(require_jars())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [jars_dir()] * 2
    assert list(jars_dir().parent.parent.iterdir()) == [jars_dir().parent]


def test_a_fetch_that_fails(programs: Path) -> None:
    """A failed fetch says what Maven said, and leaves nothing that looks complete."""
    program(
        programs / "mvn",
        'case "$1" in -version) exit 0;; esac\n'
        "echo '[ERROR] Unknown host'\necho '[ERROR] more'\nexit 1",
    )
    with pytest.raises(BrokerError, match="it failed: Unknown host; see that Maven can reach"):
        require_jars()
    assert list(jars_dir().parent.parent.iterdir()) == []
