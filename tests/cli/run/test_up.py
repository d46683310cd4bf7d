"""The addresses that `up` and `demo` print."""

from __future__ import annotations

from typing import Any

import pytest

from streams.cli.run.up import console_url, feed_url
from streams.config.load import parse_config


@pytest.mark.parametrize(
    ("serve", "url"),
    [
        ({}, "http://127.0.0.1:8780/"),
        ({"host": "0.0.0.0", "port": 8080}, "http://127.0.0.1:8080/"),
        ({"host": "::"}, "http://[::1]:8780/"),
        ({"host": "monitor.example"}, "http://monitor.example:8780/"),
        ({"url": "https://monitor.example"}, "https://monitor.example/"),
        ({"tls": {"certificate": "a.pem", "key": "a.key"}}, "https://127.0.0.1:8780/"),
    ],
)
def test_the_console_is_where_a_browser_reaches_it(serve: dict[str, Any], url: str) -> None:
    """By serve's own address for others, or where it listens."""
    config = parse_config({"serve": serve})
    assert console_url(config) == url
    assert feed_url(config) == f"{url}feeds"
