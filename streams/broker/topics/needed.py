"""The topics that a process needs: it waits for those that do not exist yet, and says so.

A client that begins without a topic goes on without it, for minutes or for ever: Faust ignores the
topic at its assignment, and librdkafka only logs a warning.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence

from kafka.admin import KafkaAdminClient
from kafka.errors import UnknownTopicOrPartitionError, for_code

from streams.broker.client.connection import Connection
from streams.broker.topics.admin import admin
from streams.broker.topics.rights import Rights
from streams.config.model import Config

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
SAY_AGAIN_AFTER = 60
"""Looks after which the log says again what is waited for."""


def topics_of(rights: Rights, config: Config) -> list[str]:
    """Return the topics that a process with these rights cannot do without.

    A source's topic is none of them: the others are counted meanwhile, and the client looks for it.
    """
    sources = {source.topic for source in config.sources.values()}
    return sorted(name for kind, name in rights if kind == "topic" and name not in sources)


def missing_topics(connection: Connection, names: Sequence[str]) -> list[str]:
    """Return those of the topics that do not exist; one that this user may not see is not missing.

    Raises
    ------
    TopicsError
        Where no broker answers.
    """
    with admin(connection) as client:
        return list(missing_of(client, names))


def await_topics(
    connection: Connection,
    names: Sequence[str],
    stop: threading.Event,
    on_missing: Callable[[Sequence[str]], None],
) -> bool:
    """Wait until the topics exist; return whether they do, False where `stop` came before.

    Parameters
    ----------
    connection
        The broker.
    names
        The topics.
    stop
        Ends the wait.
    on_missing
        Gets the topics that are still missing, at every look; at last none.

    Raises
    ------
    TopicsError
        Where no broker answers, at the start or later.
    """
    looks, before = 0, list[str]()
    with admin(connection) as client:
        while not stop.is_set():
            missing = list(missing_of(client, names))
            on_missing(missing)
            if not missing:
                if before:
                    log.info("the topics that were waited for exist now: this goes on")
                return True
            if missing != before or looks % SAY_AGAIN_AFTER == 0:
                log.warning("not working yet: waits for %s", sentence(missing, connection))
            looks, before = looks + 1, missing
            stop.wait(LOOK_EVERY_S)
    return False


def sentence(missing: Sequence[str], connection: Connection) -> str:
    """Return which topics must exist, and the command that makes them.

    Examples
    --------
    >>> sentence(["counts", "alerts"], Connection("kafka-1:9092"))
    'topics counts, alerts, which must exist on kafka-1:9092; `weathervane topics` creates them'
    """
    one = len(missing) == 1
    return (
        f"topic{'' if one else 's'} {', '.join(missing)}, which must exist on"
        f" {connection.bootstrap}; `weathervane topics` creates {'it' if one else 'them'}"
    )


def missing_of(client: KafkaAdminClient, names: Sequence[str]) -> Iterator[str]:
    """Yield those of the topics that do not exist."""
    if not names:
        return
    for topic in client.describe_topics(list(names)):
        if for_code(topic["error_code"]) is UnknownTopicOrPartitionError:
            yield topic["name"]
