"""What a client says of its connections is told, and told once."""

from __future__ import annotations

import logging

import pytest

from streams.broker.client.client_log import AGAIN_AFTER_S, Trouble


class _Error:
    def __init__(self, code: int, text: str) -> None:
        self._code, self._text = code, text

    def code(self) -> int:
        return self._code

    def str(self) -> str:
        return self._text


def test_each_kind_is_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    """A broker that is away fills no log, and what else goes wrong meanwhile is seen."""
    now = [0.0]
    trouble = Trouble(logging.getLogger("streams.test"), lambda: now[0])
    for n in range(100):
        trouble(_Error(-195, f"refused (after {n} ms)"))
    trouble(_Error(-187, "all brokers are down"))
    now[0] = AGAIN_AFTER_S
    trouble(_Error(-195, "refused still"))
    assert caplog.messages == [
        "Kafka: refused (after 0 ms)",
        "Kafka: all brokers are down",
        "Kafka: refused still",
    ]
