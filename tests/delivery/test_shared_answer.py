"""Many ask how the monitor is; it is looked at once for all of them, and holds nobody up."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading

import pytest

from streams.config.load import parse_config
from streams.delivery.monitor.shared_look import shared_look
from streams.health.status import BrokerState, Health, health_of
from tests.access.known import NOW

CONFIG = parse_config({})


class Looks:
    """A look that waits until it may end, and how often it was taken."""

    def __init__(self) -> None:
        self.may_end, self.number = threading.Event(), 0
        self.now, self.fails = NOW, False
        self.shared = shared_look(CONFIG, self.look, lambda: self.now)

    def look(self) -> Health:
        self.number += 1
        self.may_end.wait()
        if self.fails:
            raise ZeroDivisionError
        refused = BrokerState(error="not allowed", refused=True)
        return health_of(CONFIG, [], refused, 0.0)


def test_fifty_that_ask_at_once_share_one_look() -> None:
    """Also who comes while it is under way; who comes later gets it as long as it is recent."""
    looks = Looks()

    async def ask() -> None:
        waiting = [asyncio.create_task(looks.shared.recent(5.0, 60.0)) for _ in range(50)]
        assert looks.shared.glance(5.0) is None, "nobody who only glances waits"
        await asyncio.sleep(0)
        looks.may_end.set()
        found = await asyncio.gather(*waiting)
        assert len({id(seen) for seen in found}) == looks.number == 1
        looks.now += dt.timedelta(seconds=5)
        assert await looks.shared.recent(5.0, 60.0) is found[0]
        looks.now += dt.timedelta(seconds=1)
        assert looks.shared.glance(5.0) is found[0]
        fresh = await looks.shared.fresh()
        assert (fresh.at, looks.number) == (looks.now, 2), "the glance had begun a second look"

    asyncio.run(ask())


def test_who_asks_never_waits_longer_than_he_wants() -> None:
    """A process that does not answer makes a look long; the last one is shown meanwhile."""
    looks = Looks()

    async def ask() -> None:
        assert await looks.shared.recent(5.0, 0.001) is None
        looks.may_end.set()
        assert (await looks.shared.fresh()).at == NOW
        assert looks.number == 1, "who gave up waiting has not ended the look"

    asyncio.run(ask())


def test_a_look_that_fails_leaves_the_last_one() -> None:
    """It is raised only for who asked for a fresh one."""
    looks = Looks()
    looks.may_end.set()

    async def ask() -> None:
        seen = await looks.shared.fresh()
        looks.fails, looks.now = True, NOW + dt.timedelta(minutes=1)
        assert await looks.shared.recent(5.0, 60.0) is seen
        with pytest.raises(ZeroDivisionError):
            await looks.shared.fresh()
        assert looks.shared.last is seen

    asyncio.run(ask())


def test_what_this_user_may_not_ask_is_no_symptom() -> None:
    """The look says it; nothing is wrong with the broker."""
    looks = Looks()
    looks.may_end.set()
    seen = asyncio.run(looks.shared.fresh())
    assert seen.health.broker_refused
    assert "broker_away" not in {one.symptom for one in seen.wrong}
