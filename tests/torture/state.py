"""Item 5: the monitor's state cannot be written, or is gone; all of it is found again in Kafka."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kafka.admin import ConfigResource, ConfigResourceType

from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from streams.broker.topics.admin import admin
from streams.broker.topics.plan import changelog_topic
from tests.torture.records import config, make
from tests.torture.run import COUNT, DETECT, Outcome, Run, timed
from tests.waiting.progress import Stalled

DISK = "16m"
"""RocksDB's own files and a few checkpoints."""


def torture(recipe: Recipe, data: Path, *, seed: int, rounds: int) -> Outcome:
    """Checkpoints refused by the broker, a full disk, a state directory deleted; in turns."""
    outcome = Outcome("state", {})
    state = data / "state"
    state.mkdir()
    with (
        timed(outcome),
        LocalBroker(recipe, data_dir=data / "broker", port=free_port()) as broker,
        _small_disk(state) as mounted,
    ):
        run = Run(data, broker.bootstrap, config("state"), make(seed))
        with run.fleet as fleet:
            fleet.start(COUNT, DETECT)
            run.go_on(2.0, share=0.1)
            run.wait(lambda: run.judges(DETECT), "detect judges")
            for number in range(rounds):
                upto = 0.1 + 0.8 * number / rounds
                step = 0.8 / rounds / 4
                with _refused(run):
                    _stops(run, outcome, "checkpoints refused", upto + step)
                run.go_on(3.0, share=upto + 2 * step)
                with _full(state, run, mounted=mounted):
                    kind = "disk full" if mounted else "file full (no tmpfs may be mounted here)"
                    _stops(run, outcome, kind, upto + 3 * step)
                run.go_on(3.0, share=upto + 3.5 * step)
                # Under its feet first, then with it.
                shutil.rmtree(fleet.state())
                run.go_on(1.5)
                fleet.kill(DETECT)
                shutil.rmtree(fleet.state(), ignore_errors=True)
                fleet.start(DETECT)
                outcome.disturbed["state deleted"] = outcome.disturbed.get("state deleted", 0) + 1
                run.go_on(4.0, share=upto + 4 * step)
            run.drain()
            run.compare(outcome)
    return outcome


def _stops(run: Run, outcome: Outcome, what: str, share: float) -> None:
    """Write on; detect must stop, and so must each that is started in its place."""
    before = len(run.fleet.exits)
    outcome.disturbed[what] = outcome.disturbed.get(what, 0) + 1
    run.go_on(1.0, share=share)
    try:
        run.wait(lambda: len(run.fleet.exits) > before, f"detect stops: {what}")
    except Stalled:
        outcome.differences.append(f"{what}: detect must stop; it went on")
    run.go_on(3.0)


@contextmanager
def _refused(run: Run) -> Iterator[None]:
    """Let the broker refuse every slot: each is larger than a record may be there."""
    _limit(run, 100)
    try:
        yield
    finally:
        _limit(run, 8_388_608)


def _limit(run: Run, largest: int) -> None:
    topic = changelog_topic(run.config)
    change = ConfigResource(
        ConfigResourceType.TOPIC, topic, configs={"max.message.bytes": str(largest)}
    )
    with admin(run.place) as client:
        client.alter_configs([change])


@contextmanager
def _small_disk(place: Path) -> Iterator[bool]:
    """Mount a small disk at `place`; false where this user may not mount."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(place)]
    mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(place)], check=True)


@contextmanager
def _full(state: Path, run: Run, *, mounted: bool) -> Iterator[None]:
    """Fill the disk to its last byte, and free it again.

    Where it could not be mounted, the running worker may not write behind the first block of
    a file: to RocksDB that is a disk that takes no more, too.
    """
    if not mounted:
        resource.prlimit(run.fleet.pid(DETECT), resource.RLIMIT_FSIZE, (4096, 4096))
        yield
        return
    filling = state / "filling"
    try:
        with suppress(OSError), filling.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        yield
    finally:
        filling.unlink()
