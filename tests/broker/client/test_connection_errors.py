"""What a client says of its connections is told, and told once."""

from __future__ import annotations

import logging

import pytest

from streams.broker.client.connection_errors import REPEAT_AFTER_S, ConnectionErrorLog


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
    log = ConnectionErrorLog(logging.getLogger("streams.test"), lambda: now[0])
    for n in range(100):
        log(_Error(-195, f"refused (after {n} ms)"))
    log(_Error(-187, "all brokers are down"))
    now[0] = REPEAT_AFTER_S
    log(_Error(-195, "refused still"))
    assert caplog.messages == [
        "Kafka: refused (after 0 ms)",
        "Kafka: all brokers are down",
        "Kafka: refused still",
    ]
