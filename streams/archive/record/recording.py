"""An archive being written: what closes tell and what is alerted, to files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import msgspec

from streams.alerts.rendering import Published
from streams.archive.atomic_files import remove_parts
from streams.archive.lock import FOLDER, lock
from streams.archive.manifest import (
    FILE,
    ArchiveUnusable,
    Manifest,
    Origin,
    misfits,
    read_manifest,
)
from streams.archive.record.writer import Writer, write_alerts
from streams.archive.schema import Place
from streams.config.model import Config
from streams.detection.bucket_result import Findings
from streams.detection.merge import ClosedBucket

_FROM = {"files": "files", "kafka": "Kafka"}


class Recording:
    """Takes closed buckets and alerts; `on_close` and `on_alert` are to be handed to a replay.

    A folder is one recording's alone until it is closed, or its process ends.

    Parameters
    ----------
    root
        The archive's folder; made where it is not there.
    config
        What the buckets are counted by.
    origin
        What is recorded.
    events
        Whether raw events are, too.

    Raises
    ------
    ArchiveUnusable
        Where the folder holds something else, an archive that was counted otherwise or is
        of another origin, one of files, or one that another process records into.
    OSError
        Where it cannot be written.
    """

    def __init__(
        self, root: Path, config: Config, origin: Origin = "files", *, events: bool = False
    ) -> None:
        self.root = root
        self.writers: dict[Place, Writer] = {}
        self.manifest = Manifest.of(config, origin, events=events)
        self._alerts: list[bytes] = []
        if not (root / FILE).exists():
            _require_empty(root)
        self._lock = lock(root)
        try:
            if (root / FILE).exists():
                self._require_like(config)
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
        """Leave the folder to others; what is held and not written is lost."""
        os.close(self._lock)

    def _require_like(self, config: Config) -> None:
        was = read_manifest(self.root)
        if was.origin != self.manifest.origin:
            raise ArchiveUnusable(
                f"{self.root}: must go on as it was begun; it was recorded from"
                f" {_FROM[was.origin]}, this would be from {_FROM[self.manifest.origin]}."
                " Name another folder"
            )
        if was.origin == "files" and (was.complete or self.begun):
            raise ArchiveUnusable(
                f"{self.root}: must be new: files are recorded from their beginning. Name another"
                " folder, or remove this one"
            )
        if was.events != self.manifest.events:
            raise ArchiveUnusable(
                f"{self.root}: must go on as it was begun,"
                f" {'with' if was.events else 'without'} --events. Do so, or name another folder"
            )
        problems = misfits(was, config)
        if problems:
            raise ArchiveUnusable(
                f"{self.root}: must have been recorded with these settings: {'; '.join(problems)}."
                " Name another folder"
            )

    @property
    def begun(self) -> bool:
        """Whether there are buckets already."""
        return any((self.root / "buckets").glob("day=*/*.parquet"))

    def on_close(self, shard: int, group: str, bucket: ClosedBucket, findings: Findings) -> None:
        """Take a closed bucket."""
        self.writer(Place(shard, group)).add(bucket, findings)

    def writer(self, place: Place) -> Writer:
        """Writer of a group in a shard."""
        if place not in self.writers:
            self.writers[place] = Writer(self.root, place, self.manifest)
        return self.writers[place]

    def on_alert(self, alert: Published) -> None:
        """Take a revision."""
        self._alerts.append(alert.value)

    def finish(self, damage: Sequence[str] = ()) -> None:
        """Write what is held, and then that all is there.

        Parameters
        ----------
        damage
            Where the files broke off.

        Raises
        ------
        OSError
            Where the disk does not take it.
        """
        for writer in self.writers.values():
            writer.flush()
        write_alerts(self.root, "0.0", self._alerts)
        self._alerts = []
        self.manifest = msgspec.structs.replace(self.manifest, complete=True, damage=list(damage))
        self.manifest.write(self.root)


def _require_empty(root: Path) -> None:
    """Refuse a folder of somebody else's; one that a recorder has only begun with is its own."""
    if root.exists() and (
        not root.is_dir()
        or any(path.name not in (FOLDER, f"{FILE}.part") for path in root.iterdir())
    ):
        raise ArchiveUnusable(f"{root}: must be a new or an empty folder, or an archive")
