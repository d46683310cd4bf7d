"""The short forms of torture fork their processes; ``make torture`` starts them as users do."""

from __future__ import annotations

import pytest

from tests.launch.launch import start
from tests.torture import fleet


@pytest.fixture(autouse=True)
def _forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "begin", start)
