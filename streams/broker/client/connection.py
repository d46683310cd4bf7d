"""A broker's address and client settings, as configured and as they take effect.

Each setting may come from the configuration or from the environment, and a secret may come from
a file:

=========================================  =========================================
``"sasl.password" = "..."``                in the table `kafka.client`
``"sasl.password_file" = "/run/..."``      in a file that the table names
``WEATHERVANE_KAFKA_SASL_PASSWORD``        in the environment, which wins
``WEATHERVANE_KAFKA_SASL_PASSWORD_FILE``   in a file that the environment names
=========================================  =========================================
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from streams.broker.client.setting_rules import ALIASES, NAMES, SECRETS, problems_of
from streams.broker.errors import SettingsError

_DEFAULT_CLIENT_ID = "weathervane"


@dataclass(frozen=True)
class Connection:
    """A broker's address and the client settings for it.

    Attributes
    ----------
    bootstrap
        ``host:port``, several of them separated by commas.
    client
        librdkafka's names to values. The repr leaves them out, since some are secrets.
    """

    bootstrap: str
    client: Mapping[str, str] = field(default_factory=dict, repr=False)


class Secret(str):
    """A text whose repr does not show it: clients log the repr of their settings.

    Examples
    --------
    >>> {"sasl.password": Secret("hunter2")}
    {'sasl.password': '***'}
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class _Setting(NamedTuple):
    """A setting's value, or its file's path, and how the user names the place of it."""

    origin: str
    value: str
    is_file: bool


def variable_of(name: str) -> str:
    """Return the environment variable that overrides a setting.

    Examples
    --------
    >>> variable_of("sasl.password_file")
    'WEATHERVANE_KAFKA_SASL_PASSWORD_FILE'
    """
    return "WEATHERVANE_KAFKA_" + name.upper().replace(".", "_")


def resolve(connection: Connection, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Merge configuration and environment, read files, and check every setting.

    Returns
    -------
    dict
        librdkafka's names to values. Secrets are of type `Secret`; ``client.id`` is always set.

    Raises
    ------
    SettingsError
        Where settings cannot be used; one line for each of them.
    """
    environ = os.environ if environ is None else environ
    problems: list[str] = []
    table = {f'kafka.client."{name}"': (name, value) for name, value in connection.client.items()}
    variables = {variable_of(name): name for name in NAMES}
    overrides = {key: (variables[key], environ[key]) for key in variables if key in environ}
    merged = _settings(table, problems) | _settings(overrides, problems)
    values = {
        name: _read(setting, problems) if setting.is_file else setting.value
        for name, setting in merged.items()
    }
    problems += problems_of(values, {name: setting.origin for name, setting in merged.items()})
    if problems:
        raise SettingsError(problems)
    if "security.protocol" in values:
        values["security.protocol"] = values["security.protocol"].upper()
    values.setdefault("client.id", _DEFAULT_CLIENT_ID)
    return {name: Secret(value) if name in SECRETS else value for name, value in values.items()}


def _settings(
    values_by_origin: Mapping[str, tuple[str, str]], problems: list[str]
) -> dict[str, _Setting]:
    """Return the table's or the environment's settings; one that is given twice is a problem."""
    settings: dict[str, _Setting] = {}
    for origin, (name, value) in values_by_origin.items():
        if name not in NAMES:
            problems.append(
                f"{origin} must be a setting that every client understands; remove it; accepted "
                f"are {', '.join(NAMES)}"
            )
            continue
        plain = ALIASES.get(name, name).removesuffix("_file")
        if plain in settings:
            problems.append(
                f"{origin} must not be given beside {settings[plain].origin}; remove one"
            )
        settings[plain] = _Setting(origin, value, is_file=name.endswith("_file"))
    return settings


def _read(setting: _Setting, problems: list[str]) -> str:
    """Return a secret from its file, without the line end that editors leave there."""
    try:
        text = Path(setting.value).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        problems.append(
            # Not the path: people write the secret itself there.
            f"{setting.origin} must be the path of a text file that this user may read; {cause}"
        )
        return "unread"
    if not text:
        problems.append(f"{setting.origin} must be a file with a secret in it; the file is empty")
        return "unread"
    return text
