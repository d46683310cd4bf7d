"""The stream says that something has changed, and what is shown is rendered once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from streams.delivery.console.now import changes as module
from streams.delivery.console.now.changes import Pulse, changes
from streams.delivery.console.now.fragments import MOST, Fragments


def numbers_told(
    numbers: list[int], may_listen: Callable[[], bool] = lambda: True
) -> list[str | None]:
    """What a stream says while the number goes through these, one at each look."""
    left = list(numbers)

    async def listen() -> list[str | None]:
        stream = changes(lambda: left.pop(0), lambda: bool(left), may_listen)
        return [event.data async for event in stream]

    return asyncio.run(listen())


def test_each_change_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number at once, then whenever it is another; also a smaller one."""
    monkeypatch.setattr(module, "LOOK_S", 0.001)
    assert numbers_told([7, 7, 8, 8, 11, 3, 3]) == ["7", "8", "11", "3"]


def test_it_ends_with_the_right_to_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    """That is asked again and again."""
    monkeypatch.setattr(module, "LOOK_S", 0.001)
    monkeypatch.setattr(module, "ASK_S", 0.002)
    answers = iter([True, False])
    assert numbers_told(list(range(9)), lambda: next(answers)) == ["0", "1"]


def test_a_number_stands_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A change shows at the next moment, and none is lost."""
    numbers = [1]

    async def sent(moment_s: float) -> list[int]:
        monkeypatch.setattr(module, "PULSE_S", moment_s)
        pulse = Pulse(lambda: numbers[0])
        first = pulse()
        numbers[0] += 1
        return [first, pulse()]

    assert asyncio.run(sent(1000.0)) == [1, 1]
    assert asyncio.run(sent(0.0)) == [2, 3]


def test_a_view_is_rendered_once_for_each_number() -> None:
    """However many ask; a fresh one serves those who would do with an older one."""
    rendered: list[int] = []
    fragments = Fragments()

    def get(era: int, number: int, since: int, view: int = 1) -> str:
        def render() -> str:
            rendered.append(number)
            return f"{view}/{number // 2}"

        return fragments.get(view, era, number, since, render).tag

    first = get(1, 2, 2)
    assert get(1, 2, 2) == first
    assert get(1, 5, 2) == first  # the older one will do
    assert rendered == [2]
    assert get(1, 3, 3) == first  # another number, and the same text
    assert get(1, 4, 4) != first
    assert rendered == [2, 3, 4]
    assert get(1, 9, 1) == get(1, 4, 4)
    get(2, 0, 0)  # another era: whatever the number was
    assert rendered == [2, 3, 4, 0]


def test_views_that_nobody_asks_for_are_forgotten() -> None:
    """The one that was not asked for longest goes first."""
    fragments = Fragments()
    rendered: list[int] = []

    def get(view: int) -> None:
        def render() -> str:
            rendered.append(view)
            return ""

        fragments.get(view, 0, 0, 0, render)

    for view in range(MOST):
        get(view)
    get(0)
    get(MOST)
    rendered.clear()
    get(0)
    get(1)
    assert rendered == [1]
