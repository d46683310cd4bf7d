"""No secret of a configuration stands in an error, a log line or a repr.

Each key that can hold a secret gets a marker, and every kind of error is provoked.
"""

from __future__ import annotations

import pytest

from streams.config.load import ConfigError, parse_config


def test_a_password_is_not_shown() -> None:
    """A problem with a secret says which, and keeps it."""
    with pytest.raises(ConfigError) as caught:
        parse_config({"kafka": {"client": {"sasl.password": 12345, "client.id": 678}}})
    assert caught.value.problems == [
        "weathervane.toml: kafka.client.sasl.password must be a string;"
        " got a value that is not shown",
        "weathervane.toml: kafka.client.client.id must be a string; got a value that is not shown",
    ]
