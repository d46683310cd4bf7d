"""An archive that is being written, by one process at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import msgspec

from streams.alerts.rendering import Published
from streams.archive.atomic_files import make_folder, remove_parts
from streams.archive.manifest import (
    FILE,
    ArchiveUnusable,
    Manifest,
    Origin,
    misfits,
    read_manifest,
)
from streams.archive.record.state import FOLDER
from streams.archive.record.writer import Writer, write_alerts
from streams.archive.tables import ShardGroup
from streams.config.model import Config
from streams.detection.bucket_result import BucketResult

_ORIGIN_NAMES = {"files": "files", "kafka": "Kafka"}
_LOCK_FILE = "lock"


def lock(root: Path) -> int:
    """Lock an archive's folder for this process.

    Returns
    -------
    int
        A descriptor: the lock ends when it is closed, or when the process ends.

    Raises
    ------
    ArchiveUnusable
        If another recorder holds the lock.
    OSError
        If the folder cannot be written.
    """
    folder = root / FOLDER
    make_folder(folder)
    descriptor = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(descriptor, 32, 0).decode(errors="replace") or "unknown"
        os.close(descriptor)
        raise ArchiveUnusable(
            f"{root}: must be recorded into by one process at a time; process {owner} is recording"
            " into it. Stop that process, or name another folder",
            in_use=True,
        ) from None
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


class Recording:
    """Takes closed buckets and alerts of a replay: hand it `on_bucket` and `on_alert`.

    Until it is closed, or its process ends, no other process can record into the folder.

    Parameters
    ----------
    root
        The archive's folder; it is made if it does not exist.
    config
        The configuration that the buckets are counted by.
    origin
        What is recorded.
    events
        Whether raw events are recorded, too.

    Raises
    ------
    ArchiveUnusable
        If the folder holds something else, an archive of another origin or counted by other
        settings, an archive of files that has begun, or one that another process records into.
    OSError
        If it cannot be written.
    """

    def __init__(
        self, root: Path, config: Config, origin: Origin = "files", *, events: bool = False
    ) -> None:
        self.root = root
        self.writers: dict[ShardGroup, Writer] = {}
        self.manifest = Manifest.from_config(config, origin, events=events)
        self._alerts: list[bytes] = []
        if not (root / FILE).exists():
            _require_empty(root)
        self._lock = lock(root)
        try:
            if (root / FILE).exists():
                self._require_same(config)
            else:
                self.manifest.write(root)
            remove_parts(root)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Unlock the folder; what is held and not written is lost."""
        os.close(self._lock)

    def _require_same(self, config: Config) -> None:
        was = read_manifest(self.root)
        if was.origin != self.manifest.origin:
            raise ArchiveUnusable(
                f"{self.root}: must be recorded from one origin only; it was recorded from"
                f" {_ORIGIN_NAMES[was.origin]}, and this would be from"
                f" {_ORIGIN_NAMES[self.manifest.origin]}. Name another folder"
            )
        if was.origin == "files" and (was.complete or self.begun):
            raise ArchiveUnusable(
                f"{self.root}: must be a new folder, since files are recorded from their beginning;"
                " it holds an archive. Name another folder, or remove this one"
            )
        if was.events != self.manifest.events:
            raise ArchiveUnusable(
                f"{self.root}: must be continued as it was begun,"
                f" {'with' if was.events else 'without'} --events. Do that, or name another folder"
            )
        problems = misfits(was, config, go_on=True)
        if problems:
            raise ArchiveUnusable(
                f"{self.root}: must have been recorded with the same settings;"
                f" {'; '.join(problems)}. Name another folder"
            )

    @property
    def begun(self) -> bool:
        """Whether it holds buckets already."""
        return any((self.root / "buckets").glob("day=*/*.parquet"))

    def on_bucket(self, result: BucketResult) -> None:
        """Take what became of a closed bucket."""
        self.writer(ShardGroup(result.shard, result.group)).add(result)

    def writer(self, shard_group: ShardGroup) -> Writer:
        """Give the writer of a group in a shard."""
        if shard_group not in self.writers:
            self.writers[shard_group] = Writer(self.root, shard_group, self.manifest)
        return self.writers[shard_group]

    def on_alert(self, alert: Published) -> None:
        """Take a revision."""
        self._alerts.append(alert.value)

    def finish(self, damage: Sequence[str] = ()) -> None:
        """Write what is held, and then mark the archive as complete.

        Parameters
        ----------
        damage
            The places where the files broke off.

        Raises
        ------
        OSError
            If the disk does not take it.
        """
        for writer in self.writers.values():
            writer.flush()
        write_alerts(self.root, "0.0", self._alerts)
        self._alerts = []
        self.manifest = msgspec.structs.replace(self.manifest, complete=True, damage=list(damage))
        self.manifest.write(self.root)


def _require_empty(root: Path) -> None:
    """Refuse a folder with other files; one in which a recorder has only begun is allowed."""
    if root.exists() and (
        not root.is_dir()
        or any(path.name not in (FOLDER, f"{FILE}.part") for path in root.iterdir())
    ):
        raise ArchiveUnusable(f"{root}: must be a new or an empty folder, or an archive")
