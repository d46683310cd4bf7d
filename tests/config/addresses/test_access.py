"""What a table of serve that cannot be used is told, when the configuration is checked."""

from __future__ import annotations

import tomllib

import pytest

from streams.config.load import ConfigError, parse_config

PROBLEMS = {
    '[serve]\nhosts = ["a b"]': (
        "serve.hosts.0 must be an IP address or a DNS name, without a port, brackets or blanks;"
        ' got "a b"'
    ),
    '[serve]\ntls = { certificate = "a.pem" }': "serve.tls.key must be given; found nothing",
    "[serve.series]\nmost_gb = 0": "serve.series.most_gb must be at least 1; got 0",
    '[serve.series]\nkeep = "1h"': 'serve.series.keep must be at least "1d"; got "1h"',
    '[serve]\nproxy = { peers = ["10.0.0.1/8"] }': (
        'serve.proxy.peers.0 must be an IP address or a network, such as "10.0.0.5" or'
        ' "10.1.0.0/16"; got "10.0.0.1/8"'
    ),
    '[serve]\nproxy = { peers = ["0.0.0.0/0"] }': (
        'serve.proxy.peers.0 must not be every address there is; got "0.0.0.0/0"'
    ),
    '[serve]\nproxy = { peers = ["10.0.0.5"], user_header = "Cookie" }': (
        "serve.proxy.user_header must be the name of a header of its own, such as"
        ' "X-Forwarded-User"; got "Cookie"'
    ),
}


@pytest.mark.parametrize(("text", "problem"), PROBLEMS.items())
def test_a_table_that_cannot_be_used_is_one_clear_line(text: str, problem: str) -> None:
    """Each is told with its key."""
    with pytest.raises(ConfigError) as caught:
        parse_config(tomllib.loads(text))
    assert caught.value.problems == [f"weathervane.toml: {problem}"]
