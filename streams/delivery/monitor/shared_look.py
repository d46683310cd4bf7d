"""One look at the monitor for all who ask: pages of many people, and what tells receivers."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence

import msgspec

from streams.config.model import Config
from streams.delivery.shared_answer import SharedAnswer
from streams.health.status import Health
from streams.health.symptoms import Symptom, symptoms


class MonitorLook(msgspec.Struct, frozen=True):
    """What a look has found.

    Attributes
    ----------
    health
        The state of the whole monitor.
    wrong
        What is wrong. That this user may not ask the broker is not: `health` says it.
    at
        When the look ended.
    """

    health: Health
    wrong: Sequence[Symptom]
    at: dt.datetime


SharedLook = SharedAnswer[MonitorLook]


def shared_look(
    config: Config, look: Callable[[], Health], now: Callable[[], dt.datetime]
) -> SharedLook:
    """Return what looks at the monitor in a thread, and never twice at a time.

    Parameters
    ----------
    config
        The configuration.
    look
        Looks at the whole monitor; it may take long.
    now
        The clock.
    """

    async def look_once() -> MonitorLook:
        health = await asyncio.to_thread(look)
        wrong = symptoms(config, health)
        if health.broker_refused:
            wrong = [one for one in wrong if one.symptom != "broker_away"]
        return MonitorLook(health, wrong, now())

    return SharedAnswer(look_once, now)
