"""``weathervane reshape``: other shards, levels or buckets, without forgetting."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated

import typer

from streams.analysis.new_epoch import (
    StillRuns,
    ends_of,
    finish_old,
    has_state,
    publish,
    require_stopped,
    store,
)
from streams.analysis.new_epoch import count_again as count_open_buckets_again
from streams.analysis.shards import Shards
from streams.archive.local import current_part
from streams.archive.manifest import ArchiveUnusable
from streams.archive.record.process import RecordFailed, RecordProcess
from streams.archive.record.recorder import Recorder, RecordsLost
from streams.broker.client.connection import Connection
from streams.broker.client.writer import WriteFailed
from streams.broker.errors import KafkaEdgeError
from streams.broker.topics.contents import make_anew, set_positions
from streams.broker.topics.ensure import create_missing
from streams.broker.topics.plan import changelog_topic, detect_group, topic_plan
from streams.cli.analysis.warming import warm_shards
from streams.cli.arguments import BootstrapOption, ConfigOption, connection, read_config
from streams.cli.console import err, fail, start_logging
from streams.config.model import Config


def reshape(
    new: Annotated[
        Path,
        typer.Argument(
            metavar="NEW", help="The configuration to go on with; --config is the one so far."
        ),
    ],
    archive: Annotated[
        Path | None,
        typer.Option(
            "--archive",
            metavar="ARCHIVE",
            help="Recorded weeks to begin from. Default: the local archive, which is completed.",
            show_default=False,
        ),
    ] = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
) -> None:
    """Change shards, levels or bucket: begin a new epoch from recorded weeks.

    Stop `up` first, or count, detect and record. What count had written last
    is judged as before. Then the feeds end, each with an item that names its
    successors; open alerts go on in these. Start again with NEW. If it is
    ended, run it again.

    Example: weathervane reshape two-shards.toml --config weathervane.toml
    """
    old = read_config(config, bootstrap, judges=True)
    settings = read_config(new, old.kafka.bootstrap, judges=True)
    if settings.name != old.name:
        fail(f"{new}: name must stay {old.name}; got {settings.name}", 2)
    start_logging("reshape")
    broker = connection(old)
    try:
        require_stopped(broker, old)
        create_missing(broker, topic_plan(old))
        if has_state(broker, old):  # else an earlier attempt has come so far that all is recorded
            finish_old(broker, old)
            if archive is None:
                _complete(broker, old, old.archive_dir)
        archive = archive or old.archive_dir
        ends = ends_of(broker, old)
        shards = Shards(settings)
        era = warm_shards(shards, settings, archive, None, epoch=ends.next_epoch, quiet=False)
        number = publish(broker, settings, ends, shards.all, era)
        count_open_buckets_again(broker, settings, shards.all)
        counts = settings.topic("counts")
        plan = {spec.name: spec for spec in topic_plan(settings)}
        make_anew(broker, [plan[counts], plan[changelog_topic(settings)]])
        places = {(counts, shard.number): 0 for shard in shards.all}
        set_positions(broker, detect_group(settings), places)
        store(broker, settings, shards.all, {})
    except (KafkaEdgeError, StillRuns, WriteFailed, RecordFailed, RecordsLost) as error:
        fail(str(error))
    except ArchiveUnusable as error:
        fail(str(error), 2)
    err.print(
        f"epoch {era.epoch} begins, with {number} open alerts; start again with {new}",
        highlight=False,
        soft_wrap=True,
    )


def _complete(broker: Connection, old: Config, root: Path) -> None:
    """Record what count has written since the recorder was stopped."""
    with Recorder(current_part(root, old), old) as recorder:
        RecordProcess(old, broker, recorder).run(threading.Event(), until_end=True)
