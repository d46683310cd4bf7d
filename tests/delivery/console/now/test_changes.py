"""The stream says that something has changed, and what is shown is rendered once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from streams.delivery.console.now import changes as module
from streams.delivery.console.now.changes import changes
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


def test_a_view_is_rendered_once_for_each_version() -> None:
    """However many ask; and the views that were not asked for longest are forgotten."""
    version, rendered = [0], []
    fragments = Fragments(lambda: version[0])

    def get(view: int) -> str:
        def render() -> str:
            rendered.append(view)
            return f"{view}/{version[0] // 2}"

        return fragments.get(view, render).tag

    first = get(1)
    assert get(1) == first
    assert rendered == [1]
    version[0] = 1
    assert get(1) == first  # another version of the same text
    assert rendered == [1, 1]
    version[0] = 2
    assert get(1) != first
    for view in range(2, MOST + 1):
        get(view)
    get(1)
    get(MOST + 1)
    rendered.clear()
    get(1)
    get(2)
    assert rendered == [2]
