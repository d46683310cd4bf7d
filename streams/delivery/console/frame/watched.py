"""What pages look at beside alerts and actions: the monitor itself, rejects, and the whole log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import msgspec

from streams.actions.kafka_desk import sources_of
from streams.broker.client.connection import Connection
from streams.config.model import Config
from streams.delivery.console.log.whole_log import WholeLog
from streams.delivery.console.monitor.rejects_reader import LastRejects, RejectsReader
from streams.delivery.monitor.shared_look import SharedLook
from streams.delivery.shared_answer import SharedAnswer


class Watched(msgspec.Struct, frozen=True):
    """What is looked at when somebody asks.

    Attributes
    ----------
    look
        At processes and broker.
    rejects
        At the topic of rejects.
    whole_log
        At all actions, those that serve does not hold too.
    """

    look: SharedLook
    rejects: SharedAnswer[LastRejects]
    whole_log: WholeLog


def watched_of(
    config: Config,
    look: SharedLook,
    connection: Connection,
    now: Callable[[], dt.datetime],
) -> Watched:
    """Return what pages look at.

    Parameters
    ----------
    config
        The configuration.
    look
        Looks at processes and broker.
    connection
        The broker.
    now
        The clock.
    """
    rejects = RejectsReader(config, connection)
    log = WholeLog(connection, config.topic("actions"), sources_of(config))
    return Watched(look, SharedAnswer(rejects.read, now), log)
