"""``weathervane carry-over``: copies alerts and labels of an earlier version to our topics."""

from __future__ import annotations

import orjson

from streams.broker.errors import KafkaEdgeError
from streams.broker.topics.carry_over import carry_over as copy
from streams.cli.arguments import BootstrapOption, ConfigOption, JsonOption, connection, read_config
from streams.cli.console import err, fail, out
from streams.cli.language import reader
from streams.config.names import CARRIED_OVER
from streams.delivery.channels.table import group_id


def carry_over(
    config: ConfigOption = None, bootstrap: BootstrapOption = None, as_json: JsonOption = False
) -> None:
    """Copy the topics alerts and labels of an earlier version to this monitor's.

    Earlier versions called them so, without the configuration's name. Run
    it once after `weathervane topics`, before the first start. If it is
    ended, run it again: it goes on, and copies nothing twice. A webhook's
    queue keeps its place.

    Example: weathervane carry-over --bootstrap kafka-1:9092
    """
    settings = read_config(config, bootstrap)
    targets: dict[str, str] = {what: settings.topic(what) for what in CARRIED_OVER}
    queues = {
        f"weathervane-{receiver.kind}-{settings.name}-{receiver.name}": group_id(
            settings.name, receiver
        )
        for receiver in settings.programs
    }
    try:
        carried = copy(connection(settings), targets, queues)
    except KafkaEdgeError as error:
        fail(str(error))
    if as_json:
        rows = [one._asdict() for one in carried]
        out.print(orjson.dumps(rows).decode(), soft_wrap=True, highlight=False, markup=False)
        return
    for one in carried:
        text = reader().gettext(
            "{n:,} records of {source} copied to {target}; {before:,} were copied before"
        )
        line = text.format(n=one.copied, source=one.source, target=one.target, before=one.before)
        out.print(line, soft_wrap=True, highlight=False)
    for topic in targets.keys() - {one.source for one in carried}:
        err.print(f"there is no topic {topic}: nothing to carry over", highlight=False)
