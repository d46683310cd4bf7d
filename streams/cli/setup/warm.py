"""``weathervane warm``: detect's first state, made of recorded weeks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from streams.analysis.new_epoch import (
    StillRuns,
    ends_of,
    publish,
    require_stopped,
    store,
    stored_epochs,
)
from streams.analysis.shards import Shards
from streams.broker.client.writer import WriteFailed
from streams.broker.errors import KafkaEdgeError
from streams.broker.topics.contents import begins
from streams.broker.topics.ensure import create_missing
from streams.broker.topics.plan import topic_plan
from streams.cli.analysis.warming import WarmUntilOption, warm_shards
from streams.cli.arguments import BootstrapOption, ConfigOption, connection, read_config
from streams.cli.console import err, fail
from streams.cli.language import reader


def warm(
    archive: Annotated[Path, typer.Argument(metavar="ARCHIVE", help="What `record` wrote.")],
    until: WarmUntilOption = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
) -> None:
    """Make detect's first state from recorded weeks, and raise no alert for them.

    Run it before the first start, or after the state was deleted, while
    count and detect are stopped. Then the monitor knows its senders. What is
    in progress at the archive's end is the first of the feeds. If it is
    ended, run it again.

    Example: weathervane warm archive
    """
    settings = read_config(config, bootstrap, judges=True)
    broker = connection(settings)
    try:
        create_missing(broker, topic_plan(settings))
        require_stopped(broker, settings)
        if stored_epochs(broker, settings):
            fail(
                "detect must have no state; one is stored. `weathervane reshape` makes another of"
                " recorded weeks; operations/README.md (Reset detect) says how to delete it"
            )
        ends = ends_of(broker, settings)
        shards = Shards(settings)
        era = warm_shards(shards, settings, archive, until, epoch=ends.next_epoch, quiet=False)
        number = publish(broker, settings, ends, shards.all, era)
        store(broker, settings, shards.all, begins(broker, settings.topic("counts")))
    except (KafkaEdgeError, StillRuns, WriteFailed) as error:
        fail(str(error))
    text = reader().ngettext(
        "epoch {epoch} begins, with {n} open alert; start count and detect",
        "epoch {epoch} begins, with {n} open alerts; start count and detect",
        number,
    )
    err.print(text.format(epoch=era.epoch, n=number), highlight=False, soft_wrap=True)
