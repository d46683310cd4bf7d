"""The topic ``labels``: what was said of alerts and when, kept for audit and for tuning."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from streams.analysis.labels.label import Label, decode_label, encode_label
from streams.broker.client.connection import Connection
from streams.broker.client.writer import RecordWriter
from streams.broker.topics.offsets import partition_count

TOPIC: Final = "labels"


def write_labels(broker: Connection, labels: Iterable[Label]) -> None:
    """Write labels, and wait until the broker has them all.

    A failure midway leaves some there; written again they replace themselves.

    Raises
    ------
    KafkaEdgeError
        Where there is no such topic, or no broker answers.
    WriteFailed
        Where the broker does not take them.
    """
    # A broker may make topics by itself where a producer asks: with a week's retention.
    partition_count(broker, TOPIC)
    writer = RecordWriter(broker, compression="none")
    for label in labels:
        about = label.alert_id if label.window is None else label.window.entity
        writer.write(TOPIC, encode_label(label), (about or "").encode(), None)
    writer.flush()


def kept_labels(records: Iterable[bytes | None]) -> tuple[list[Label], list[str]]:
    """Read the topic's records: labels in their order, repeats once; and what is no label."""
    labels: dict[str, Label] = {}
    problems = []
    for raw in records:
        if raw is None:
            continue
        try:
            label = decode_label(raw)
        except ValueError as error:
            problems.append(f"a record of {TOPIC!r} is no label: {error}")
        else:
            labels.setdefault(label.label_id, label)
    return list(labels.values()), problems
