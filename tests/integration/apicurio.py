"""A real schema registry: Apicurio, fetched once with Maven into the cache that Kafka is in."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from streams.broker.local.jars import jars_dir
from streams.broker.local.port_and_folder import free_port
from tests.needs import lack, require
from tests.waiting.programs import run
from tests.waiting.progress import sizes, until

VERSION = "2.6.13.Final"
ARTIFACT = f"io.apicurio:apicurio-registry-app:{VERSION}:tar.gz:all"
JAR = f"apicurio-registry-app-{VERSION}-runner.jar"
OPTIONS = ("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")


def require_apicurio() -> Path:
    """Return the folder of the registry; skip the test where it cannot be had."""
    require("java")
    home = jars_dir().parent.parent / f"apicurio-{VERSION}"
    if (home / JAR).is_file():
        return home
    require("mvn")
    home.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".fetch-", dir=home.parent))
    try:
        goal = ["mvn", "-q", "-B", "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"]
        done = run([*goal, f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={draft}"])
        archives = list(draft.glob("*.tar.gz"))
        if done.returncode or not archives:
            lack("mvn", f"Apicurio could not be fetched: {done.stdout[:300]}")
        with tarfile.open(archives[0]) as packed:
            packed.extractall(draft, filter="data")
        archives[0].unlink()
        if not home.exists():
            draft.rename(home)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return home


class Apicurio:
    """A registry in memory, which may be stopped and started again; it forgets everything then.

    Attributes
    ----------
    url
        The address of its Confluent API.
    """

    def __init__(self, home: Path, log: Path) -> None:
        self._home, self._log = home, log
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}/apis/ccompat/v7"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        where = [f"-Dquarkus.http.port={self._port}", "-Dquarkus.http.host=127.0.0.1"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                ["java", *OPTIONS, *where, "-jar", JAR],
                cwd=self._home,
                env={"PATH": os.environ["PATH"]},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until(
            self._answers,
            "the registry answers",
            seen=lambda: sizes(self._log),
            logs=lambda: [self._log],
            every_s=0.2,
        )

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def register(self, subject: str, schema: str, kind: str = "AVRO", *references: object) -> int:
        """Register a schema; return its id."""
        answer = httpx.post(
            f"{self.url}/subjects/{subject}/versions",
            json={"schema": schema, "schemaType": kind, "references": list(references)},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        return int(answer.json()["id"])

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()[-2000:]
        try:
            return httpx.get(f"{self.url}/subjects", timeout=30).status_code == 200
        except httpx.HTTPError:
            return False


@contextmanager
def apicurio(folder: Path) -> Iterator[Apicurio]:
    """Run a registry."""
    registry = Apicurio(require_apicurio(), folder / "apicurio.log")
    try:
        registry.start()
        yield registry
    finally:
        registry.stop()
