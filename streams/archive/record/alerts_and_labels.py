"""Writes the alerts and labels that come from Kafka into an archive, each of them once.

Labels stand on two topics: earlier versions wrote them to one of their own, and they are actions
now. A label's note is not recorded with the action, since it can be erased on Kafka alone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import pyarrow as pa

from streams.actions.action import GiveLabel, decode_action
from streams.actions.labels import label_of
from streams.alerts.cloudevent import decode_event
from streams.alerts.label import decode_label, encode_label
from streams.archive.record.state import Partition
from streams.archive.record.writer import remove_repeated, write_alerts, write_labels
from streams.archive.tables import ALERTS as ALERTS_TABLE
from streams.archive.tables import LABELS as LABELS_TABLE
from streams.archive.tables import read_table
from streams.config.model import Config

log = logging.getLogger(__name__)

ALERTS, LABELS = "alerts", "labels"
"""The archive's tables."""

_NO_TIME_S: Final = -0.001
"""The time of a record without a timestamp, as clients of Kafka give it."""

_OF_ACTIONS: Final = 1
"""Number in the names of files whose labels were actions; topics of labels have one partition."""


class AlertsAndLabels:
    """Takes ``alerts``, ``labels`` and ``actions``, and holds the records until they are written.

    Parameters
    ----------
    root, config
        The archive's folder, and the configuration, which names the topics.

    Attributes
    ----------
    tables
        The table of each topic.
    alerts, revisions, labels
        What it has taken since it was made.
    """

    def __init__(self, root: Path, config: Config) -> None:
        self._root = root
        self._labels, self._actions = config.topic("labels"), config.topic("actions")
        self.tables = {
            config.topic("alerts"): ALERTS,
            self._labels: LABELS,
            self._actions: LABELS,
        }
        self.alerts: set[str] = set()
        self.revisions = self.labels = 0
        self._known: dict[str, set[str]] = {ALERTS: set(), LABELS: set()}
        self._held: dict[Partition, list[tuple[int, bytes]]] = {}

    @property
    def held(self) -> int:
        """How many records are held and not written."""
        return sum(map(len, self._held.values()))

    def read_recorded(self) -> None:
        """Read which alerts and labels are recorded already, so that none is recorded twice.

        Raises
        ------
        streams.archive.manifest.ArchiveUnusable
            If a file is damaged.
        """
        alerts = self._rows(ALERTS, ALERTS_TABLE, "alert_id", "revision")
        self._known = {
            ALERTS: {f"{alert}.{revision}" for alert, revision in alerts},
            LABELS: {label for (label,) in self._rows(LABELS, LABELS_TABLE, "label_id")},
        }

    def _rows(self, table: str, schema: pa.Schema, *columns: str) -> Iterator[tuple[str, ...]]:
        for path in (self._root / table).glob("day=*/*.parquet"):
            rows = read_table(path, schema, columns)
            yield from zip(*(rows.column(name).to_pylist() for name in columns), strict=True)

    def remove_repeated(self, following: Mapping[Partition, int]) -> None:
        """Remove what was recorded after a state: it will come again."""
        for topic, table in self.tables.items():
            if table == ALERTS:
                remove_repeated(self._root / table, partial(Partition, topic), following)
        remove_repeated(self._root / LABELS, self._place_of_labels, following)

    def _place_of_labels(self, number: int) -> Partition:
        return Partition(self._actions if number == _OF_ACTIONS else self._labels, 0)

    def take(
        self, partition: Partition, offset: int, value: bytes | None, written_s: float | None
    ) -> None:
        """Take a record; provisional alerts, repeats and tombstones are ignored.

        Parameters
        ----------
        partition, offset, value
            Its place, and its bytes.
        written_s
            Its timestamp, epoch s; None where it has none.
        """
        if value is None:
            return
        table = self.tables[partition.topic]
        try:
            if table == ALERTS:
                alert = decode_event(value).alert
                name = f"{alert.alert_id}.{alert.revision}"
                if alert.revision == 0 or name in self._known[ALERTS]:
                    return
                self.alerts.add(alert.alert_id)
                self.revisions += 1
            else:
                if partition.topic == self._actions:
                    action = decode_action(value, _NO_TIME_S if written_s is None else written_s)
                    if not isinstance(action, GiveLabel):
                        return
                    value = encode_label(label_of(action, None))
                name = decode_label(value).label_id
                if name in self._known[LABELS]:
                    return
                self.labels += 1
        except ValueError as error:
            log.warning("%s, offset %d is skipped: %s", partition, offset, error)
            return
        self._known[table].add(name)
        self._held.setdefault(partition, []).append((offset, value))

    def write(self) -> None:
        """Write what is held.

        Raises
        ------
        OSError
            If the disk does not take it.
        """
        for (topic, number), held in sorted(self._held.items()):
            write = write_alerts if self.tables[topic] == ALERTS else write_labels
            number = _OF_ACTIONS if topic == self._actions else number
            write(self._root, f"{number}.{held[0][0]}", [value for _, value in held])
        self._held = {}
