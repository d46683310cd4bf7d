"""Everything that is tortured, by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from streams.kafka.recipe import Recipe
from tests.torture import kills
from tests.torture.run import Outcome

Item = Callable[[Recipe, Path, int, int], Outcome]
"""Recipe of the broker, a directory of its own, seed, kills."""

ITEMS: dict[str, Item] = {
    "kills": lambda recipe, data, seed, number: kills.torture(
        recipe, data, seed=seed, kills=number
    ),
}
