"""Settings as configured to settings as they hold: files read, environment merged, checked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from streams.broker.client.connection import Connection, Secret
from streams.broker.client.errors import SettingsError
from streams.broker.client.rules import ALIASES, NAMES, SECRETS, problems_of

_DEFAULT_CLIENT_ID = "weathervane"


class _Given(NamedTuple):
    where: str
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
    """Return the settings under librdkafka's names.

    Secrets in it are `Secret`; ``client.id`` is always there.

    Raises
    ------
    SettingsError
        With one line for each setting that cannot be used.
    """
    environ = os.environ if environ is None else environ
    problems: list[str] = []
    table = {f'kafka.client."{name}"': (name, value) for name, value in connection.client.items()}
    variables = {variable_of(name): name for name in NAMES}
    overrides = {key: (variables[key], environ[key]) for key in variables if key in environ}
    given = _layer(table, problems) | _layer(overrides, problems)
    values = {
        name: _read(one, problems) if one.is_file else one.value for name, one in given.items()
    }
    problems += problems_of(values, {name: one.where for name, one in given.items()})
    if problems:
        raise SettingsError(problems)
    if "security.protocol" in values:
        values["security.protocol"] = values["security.protocol"].upper()
    values.setdefault("client.id", _DEFAULT_CLIENT_ID)
    return {name: Secret(value) if name in SECRETS else value for name, value in values.items()}


def _layer(settings: Mapping[str, tuple[str, str]], problems: list[str]) -> dict[str, _Given]:
    """Return one place's settings by their one name; a setting given twice is a problem."""
    given: dict[str, _Given] = {}
    for where, (name, value) in settings.items():
        if name not in NAMES:
            problems.append(
                f"{where} must be a setting that every client understands; remove it; accepted "
                f"are {', '.join(NAMES)}"
            )
            continue
        plain = ALIASES.get(name, name).removesuffix("_file")
        if plain in given:
            problems.append(f"{where} must not be given beside {given[plain].where}; remove one")
        given[plain] = _Given(where, value, is_file=name.endswith("_file"))
    return given


def _read(given: _Given, problems: list[str]) -> str:
    """Return a secret from its file, without the line end that editors leave there."""
    try:
        text = Path(given.value).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        problems.append(
            f'{given.where} must be a text file that this user may read; got "{given.value}": '
            f"{reason}"
        )
        return "unread"
    if not text:
        problems.append(
            f'{given.where} must be a file with a secret in it; "{given.value}" is empty'
        )
        return "unread"
    return text
