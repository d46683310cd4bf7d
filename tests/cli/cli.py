"""Runs the command line inside the tests' process, away from the checkout's files."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner, Result

from streams.cli.commands import app


class Cli:
    """``weathervane`` in a directory of its own, with no variable of ours set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in (
            *("WEATHERVANE_KAFKA_BOOTSTRAP", "WEATHERVANE_HASH_KEY"),
            *("WEATHERVANE_URL", "WEATHERVANE_TOKEN"),
        ):
            monkeypatch.delenv(name, raising=False)
        self._runner = CliRunner()

    def __call__(self, *arguments: object) -> Result:
        """Run it; a traceback in it fails the test with its own."""
        result = self._runner.invoke(app, [str(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result
