"""What the demo plays is shipped, and its configuration is accepted."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

from streams.config.load import parse_config
from streams.demo.playback import RECORDINGS, configuration


def test_the_configuration_has_a_source_for_each_recording() -> None:
    """Each recording is in the package, and the configuration says how it is read."""
    ports = (8001, 8002, 8003)
    text = configuration(Path("demo"), bootstrap="127.0.0.1:9", http_port=8000, metrics_ports=ports)
    config = parse_config(tomllib.loads(text))
    folder = resources.files("streams.demo").joinpath("data")
    for source, file in RECORDINGS.items():
        assert source in config.sources
        assert folder.joinpath(file).is_file()
    assert config.data_dir == Path("demo/state")
    assert config.kafka.bootstrap == "127.0.0.1:9"
    assert config.serve.port == 8000
    metrics = config.metrics
    assert (metrics.count_port, metrics.detect_port, metrics.serve_port) == ports
