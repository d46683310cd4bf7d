"""An archive being written: what closes tell and what is alerted, to files."""

from __future__ import annotations

from pathlib import Path

from streams.alerts.dress import Published
from streams.archive.manifest import FILE, ArchiveUnusable, Manifest, misfits, read_manifest
from streams.archive.schema import Place
from streams.archive.writer import Writer, write_alerts
from streams.config.model import Config
from streams.monitor.findings import Findings
from streams.monitor.merge import ClosedBucket


class Recording:
    """Takes closed buckets and alerts; `on_close` and `on_alert` are to be handed to a replay.

    Parameters
    ----------
    root
        The archive's folder; made where it is not there.
    config
        What the buckets are counted by.

    Raises
    ------
    ArchiveUnusable
        Where the folder holds something else, or an archive that was counted otherwise.
    OSError
        Where it cannot be written.
    """

    def __init__(self, root: Path, config: Config) -> None:
        self.root = root
        self.writers: dict[Place, Writer] = {}
        self.manifest = Manifest.of(config)
        if (root / FILE).exists():
            problems = misfits(read_manifest(root), config)
            if problems:
                raise ArchiveUnusable(
                    f"{root}: must have been recorded with these settings: {'; '.join(problems)}."
                    " Name another folder"
                )
        elif root.exists() and (not root.is_dir() or any(root.iterdir())):
            raise ArchiveUnusable(f"{root}: must be a new or an empty folder, or an archive")
        else:
            root.mkdir(parents=True, exist_ok=True)
            self.manifest.write(root)
        self._alerts: list[bytes] = []

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

    def flush(self, name: str) -> None:
        """Write what is held.

        Parameters
        ----------
        name
            Of the files of alerts: another one each time.
        """
        for writer in self.writers.values():
            writer.flush()
        write_alerts(self.root, name, self._alerts)
        self._alerts = []
