"""What differs between the brokers that can run here."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Recipe(Protocol):
    """How one kind of broker is started on a port and a data directory."""

    @property
    def kind(self) -> str:
        """What it is, for people: ``"Apache Kafka 4.1.1"``."""

    @property
    def grace_s(self) -> float:
        """How long it may take to stop."""

    def prepare(self, home: Path, port: int) -> list[str]:
        """Make `home` ready, formatting it on first use only; return the command to run."""

    def log_file(self, home: Path) -> Path:
        """Return the file in which it says why it failed."""
