"""What silences have hidden is counted once for all who ask, and again where something changed."""

from __future__ import annotations

import asyncio
import datetime as dt
from types import SimpleNamespace
from typing import Any, cast

import pytest

from streams.actions.action import MakeSilence
from streams.actions.book import Book
from streams.actions.matcher import Matcher
from streams.actions.state import ActionState
from streams.alerts.cloudevent import decode_event
from streams.delivery.api.board import Board
from streams.delivery.api.board_hiding import HiddenTally
from streams.delivery.api.hiding_counts import HidingCounts
from tests.alerts.examples import raw

NOW = dt.datetime(2026, 11, 30, 8, tzinfo=dt.UTC)


def silence(number: int) -> MakeSilence:
    return MakeSilence(
        v=1, id=f"{number:032x}", at=NOW, by="w", match=Matcher(level="sender"),
        until=NOW + dt.timedelta(days=1),
    )  # fmt: skip


def alert(board: Board, number: int) -> None:
    text = raw(alert_id=f"{number:016x}")
    board.take(decode_event(text), text, NOW.timestamp() + 60)


def test_many_who_ask_at_once_get_one_count(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []

    usual = HiddenTally.count

    def counted(*given: Any) -> Any:
        runs.append(1)
        return usual(*given)

    monkeypatch.setattr(HiddenTally, "count", counted)
    board, state = Board(100), ActionState()
    hidden = HidingCounts(board, cast("Book", SimpleNamespace(state=state)), {})
    state.take(silence(1))
    alert(board, 1)

    async def asked(times: int) -> list[Any]:
        return list(await asyncio.gather(*(hidden.now() for _ in range(times))))

    async def scene() -> None:
        found = await asked(50)
        assert [each[silence(1).id].alerts for each in found] == [1] * 50
        assert len(runs) == 1
        alert(board, 2)
        assert (await asked(3))[0][silence(1).id].alerts == 2
        state.take(silence(2))
        assert set((await asked(3))[0]) == {silence(1).id, silence(2).id}
        assert len(runs) == 3

    asyncio.run(scene())
