"""Where a demo keeps its data, and whether one is running."""

from __future__ import annotations

from pathlib import Path

from streams.config.load import ConfigError, load_config
from streams.health.presence import running

DEFAULT_DATA = Path(".weathervane/demo")


def demo_configuration(data: Path) -> Path:
    """Return the file of the demo's configuration."""
    return data / "demo.toml"


def demo_that_runs(data: Path) -> Path | None:
    """Return the configuration of a demo that is running on this host; None without one."""
    path = demo_configuration(data)
    try:
        config = load_config(path, must_exist=True, environ={})
    except ConfigError:
        return None
    return path if running(config.state_dir) else None
