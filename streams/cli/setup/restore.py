"""``weathervane restore``: a backup is brought back to Kafka."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from streams.backup.contents import BackupUnusable
from streams.backup.restore import restore as bring_back
from streams.broker.errors import KafkaEdgeError
from streams.cli.arguments import BootstrapOption, ConfigOption, connection, read_config
from streams.cli.console import fail, out
from streams.cli.language import reader
from streams.cli.setup.backup import say


def restore(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="What `weathervane backup` wrote.")
    ],
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
) -> None:
    """Bring a backup back to Kafka, where the monitor's topics are gone.

    It makes the topics, writes every record at the offset that it had, and
    commits the positions. Run it before the monitor and whatever writes to
    the sources' topics are started. If it is ended, run it again: it goes
    on.

    Example: weathervane restore /backups/2026-03-02
    """
    settings = read_config(config, bootstrap)
    try:
        contents = bring_back(connection(settings), settings, folder, say)
    except (BackupUnusable, KafkaEdgeError) as error:
        fail(str(error))
    text = reader().gettext(
        "{records:,} records of {partitions} partitions and {positions} positions are back"
    )
    line = text.format(
        records=sum(one.records for one in contents.partitions),
        partitions=len(contents.partitions),
        positions=len(contents.positions),
    )
    out.print(line, soft_wrap=True, highlight=False)
