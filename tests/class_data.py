"""Kafka's classes as Java lays them out in memory, kept in a file: brokers of tests start from it.

Each of some 45 brokers would parse and check the same classes anew, a third of its processor time.
Java ignores a file that is missing, or is of another Java or of other jars.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from streams.broker.errors import BrokerError
from streams.broker.local.apache import ApacheKafka
from streams.broker.local.broker import LocalBroker
from streams.broker.local.jars import jars_dir
from streams.broker.local.port_and_folder import free_port

# Brokers of tests live for seconds: a second compiler and a parallel collector cost more than
# they save, half of a broker's processor time.
_BRIEF = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

_VARIABLE = "JAVA_TOOL_OPTIONS"


def use_brief_java() -> None:
    """Let every Java that this process or its children start be one for seconds."""
    given = os.environ.get(_VARIABLE, "")
    if _BRIEF not in given:  # workers inherit it
        # Programs other than Kafka have other classes; that is nothing to be warned of.
        shared = f'-Xshare:auto -XX:SharedArchiveFile="{_file()}" -Xlog:cds*=off'
        os.environ[_VARIABLE] = f"{given} {_BRIEF} {shared}".strip()


def keep_class_data() -> None:
    """Make the file where that is possible and no other process makes it; jars must be there."""
    file = _file()
    if file.exists() or not os.access(file.parent, os.W_OK):
        return
    with file.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return
        if not file.exists():
            with tempfile.TemporaryDirectory(dir=file.parent) as folder:
                _make(file, Path(folder))


def _make(file: Path, folder: Path) -> None:
    draft = folder / file.name
    recipe = ApacheKafka()
    recipe.grace_s = 300.0  # it writes the file when it stops
    usual = os.environ[_VARIABLE]
    os.environ[_VARIABLE] = f'{_BRIEF} -XX:ArchiveClassesAtExit="{draft}" -Xlog:cds*=off'
    try:
        # Without it brokers start all the same: why this one does not is for their tests to say.
        with (
            contextlib.suppress(BrokerError),
            LocalBroker(recipe, data_dir=folder, port=free_port()),
        ):
            pass
    finally:
        os.environ[_VARIABLE] = usual
    if draft.exists():
        draft.rename(file)


def _file() -> Path:
    """Return its place: beside the jars, one for each Java."""
    java = Path(shutil.which("java") or "java").resolve()
    built_ns = java.stat().st_mtime_ns if java.exists() else 0
    digest = hashlib.sha256(f"{java} {built_ns} {_BRIEF}".encode()).hexdigest()[:8]
    return jars_dir().parent / f"tests-{digest}.jsa"
