"""``weathervane backup``: what a monitor keeps on Kafka, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from streams.backup.backup import backup as make
from streams.backup.contents import BackupUnusable, StoredPartition
from streams.broker.errors import KafkaEdgeError
from streams.cli.arguments import BootstrapOption, ConfigOption, connection, read_config
from streams.cli.console import err, fail, out
from streams.cli.language import reader
from streams.delivery.channels.table import group_id


def backup(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A folder for it: new, or empty.")
    ],
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
) -> None:
    """Store all that the monitor keeps on Kafka as files in a folder.

    That is the state, alerts, labels, what was given up, rejects, counts,
    the positions of count and of the webhooks, and the events that no
    restart may miss. The monitor may run meanwhile. `weathervane restore`
    brings it back, also on another cluster. The configuration and the file
    of hash_key_file are yours to keep.

    Example: weathervane backup /backups/2026-03-02
    """
    settings = read_config(config, bootstrap)
    queues = [group_id(settings.name, receiver) for receiver in settings.programs]
    try:
        contents = make(connection(settings), settings, queues, folder, say)
    except (BackupUnusable, KafkaEdgeError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or folder}: must be writable; {error.strerror}")
    text = reader().gettext(
        "{records:,} records of {partitions} partitions and {positions} positions are in {folder}"
    )
    line = text.format(
        records=sum(one.records for one in contents.partitions),
        partitions=len(contents.partitions),
        positions=len(contents.positions),
        folder=folder,
    )
    out.print(line, soft_wrap=True, highlight=False)


def say(one: StoredPartition) -> None:
    """Tell of a partition that is done."""
    err.print(f"{one.topic}, partition {one.number}: {one.records:,} records", highlight=False)
