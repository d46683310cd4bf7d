"""``weathervane reshape``: other shards, levels or buckets, without forgetting."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace

from streams.analysis.attempt import Attempt, AttemptNote, UnreadableNote
from streams.analysis.new_epoch import (
    StillRuns,
    ends_of,
    finish_old,
    publish,
    require_stopped,
    store,
    stored_epochs,
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
from streams.cli.language import reader
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
        note = AttemptNote(old.state_dir)
        unfinished = note.read()
        epochs = stored_epochs(broker, old)
        if unfinished is not None and _is_done(unfinished, settings, epochs):
            note.write(replace(unfinished, done=True))
            _say_done(unfinished.epoch, new)
            return
        if unfinished is not None and unfinished.done:
            unfinished = None  # of an earlier change
        if epochs and not (unfinished and unfinished.stores):  # else all is recorded already
            finish_old(broker, old)
            if archive is None:
                _complete(broker, old, old.archive_dir)
        archive = archive or old.archive_dir
        ends = ends_of(broker, old)
        attempt = Attempt(ends.next_epoch, settings.hash)
        if unfinished is not None and unfinished.config == settings.hash:
            attempt = unfinished
        note.write(attempt)
        shards = Shards(settings)
        era = warm_shards(shards, settings, archive, None, epoch=attempt.epoch, quiet=False)
        publish(broker, settings, ends, shards.all, era)
        note.write(replace(attempt, stores=True))
        count_open_buckets_again(broker, settings, shards.all)
        counts = settings.topic("counts")
        plan = {spec.name: spec for spec in topic_plan(settings)}
        make_anew(broker, [plan[counts], plan[changelog_topic(settings)]])
        places = {(counts, shard.number): 0 for shard in shards.all}
        set_positions(broker, detect_group(settings), places)
        store(broker, settings, shards.all, {})
        note.write(replace(attempt, stores=True, done=True))
    except (
        KafkaEdgeError,
        StillRuns,
        WriteFailed,
        RecordFailed,
        RecordsLost,
        UnreadableNote,
    ) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or old.data_dir}: must be writable; {error.strerror or error}")
    except ArchiveUnusable as error:
        fail(str(error), 2)
    _say_done(era.epoch, new)


def _is_done(attempt: Attempt, settings: Config, epochs: Mapping[int, int]) -> bool:
    """Whether an earlier attempt has stored the state of every shard: this would change nothing."""
    wanted = dict.fromkeys(range(settings.detect.shards), attempt.epoch)
    return attempt.stores and attempt.config == settings.hash and epochs == wanted


def _say_done(epoch: int, new: Path) -> None:
    text = reader().gettext("epoch {epoch} begins; start again with {path}")
    err.print(text.format(epoch=epoch, path=new), highlight=False, soft_wrap=True)


def _complete(broker: Connection, old: Config, root: Path) -> None:
    """Record what count has written since the recorder was stopped."""
    with Recorder(current_part(root, old), old) as recorder:
        RecordProcess(old, broker, recorder).run(threading.Event(), until_end=True)
