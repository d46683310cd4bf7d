"""Reads a TOML file as a `Config`, or reports every problem in it."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from streams.config.detect import DetectorCheck
from streams.config.model import Config


class ConfigError(Exception):
    """The configuration cannot be used; `problems` has a line for each problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load_config(
    path: Path | None,
    *,
    must_exist: bool = False,
    environ: Mapping[str, str] | None = None,
    detector_check: DetectorCheck | None = None,
) -> Config:
    """Read and check a configuration file.

    Parameters
    ----------
    path
        The TOML file; None, or a file that does not exist, gives the defaults.
    must_exist
        Whether a missing file is a problem (it is where a user named it).
    environ
        The environment; ``WEATHERVANE_KAFKA_BOOTSTRAP`` overrides ``kafka.bootstrap``.
    detector_check
        Tries the detectors of ``[[detect.beside]]``; None accepts them untried.

    Raises
    ------
    ConfigError
        With one line for each problem: where, the rule, what was found.
    """
    environ = os.environ if environ is None else environ
    data: dict[str, Any] = {}
    name = str(path) if path is not None else "built-in defaults"
    if path is not None and (must_exist or path.exists()):
        data = _read(path)
    bootstrap = environ.get("WEATHERVANE_KAFKA_BOOTSTRAP")
    if bootstrap and isinstance(data.get("kafka", {}), dict):
        data = {**data, "kafka": {**data.get("kafka", {}), "bootstrap": bootstrap}}
    return parse_config(data, name, detector_check)


def parse_config(
    data: dict[str, Any],
    name: str = "weathervane.toml",
    detector_check: DetectorCheck | None = None,
) -> Config:
    """Check a configuration that has been read; problems call it `name`."""
    try:
        return Config.model_validate(data, context=detector_check)
    except ValidationError as error:
        found = error.errors()
    # Rules between sources are only checked where each table is valid by itself: check them on the
    # valid tables, so that one run reports those problems too.
    valid = _without(data, found)
    if valid is not None:
        try:
            Config.model_validate(valid, context=detector_check)
        except ValidationError as error:
            found += error.errors()
    raise ConfigError([f"{name}: {line}" for detail in found for line in _lines(detail)])


def _without(data: dict[str, Any], found: list[ErrorDetails]) -> dict[str, Any] | None:
    """Return the data without tables that have problems; None if sources cannot be checked."""
    remaining = {**data, "sources": dict(data.get("sources", {}))} if _sources_known(data) else None
    for detail in found:
        top, *below = detail["loc"] or ("",)
        if remaining is None or top in ("", "count", "timezone"):  # sources inherit from these
            return None
        if top == "sources" and below:
            remaining["sources"].pop(below[0], None)
        else:
            remaining.pop(str(top), None)
    return remaining


def _sources_known(data: dict[str, Any]) -> bool:
    return isinstance(data.get("sources", {}), dict)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            [f"{path}: must exist; found no such file (`weathervane init` writes one)"]
        ) from None
    except IsADirectoryError:
        raise ConfigError([f"{path}: must be a file; found a directory"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: must be readable; {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: must be UTF-8; found another byte at {error.start}"]) from None
    except ValueError as error:  # for a number of 5,000 digits it is not a TOMLDecodeError
        raise ConfigError([f"{path}: must be TOML; {error}"]) from None
    except RecursionError:
        raise ConfigError([f"{path}: must be TOML; found values nested too deeply"]) from None


_TYPES = {
    "string_type": "a string",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "path_type": "a path",
    "date_type": "a date without quotes such as 2026-11-11",
}


def _lines(detail: ErrorDetails) -> list[str]:
    """Return the lines of one error: key, rule, what was found; a validator may find several."""
    key = ".".join(str(part) for part in detail["loc"] if part != "[key]")
    secret = any(str(part).removesuffix("_file").endswith("password") for part in detail["loc"])
    got = f"; got {'a value that is not shown' if secret else _shown(detail['input'])}"
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            return [f"{key} is not a key; remove it (`weathervane init` shows every key)"]
        case "missing":
            return [f"{key} must be given; found nothing"]
        case "value_error":
            found = str(context["error"]).splitlines()
            if isinstance(detail["input"], dict):  # about a whole table
                # A line that begins with a dot is about one key of the table.
                return [f"{key}{'' if line[0] == '.' else ' '}{line}".lstrip() for line in found]
            return [f"{key} {line}{got}" for line in found]
        case "literal_error":
            return [f"{key} must be {context['expected'].replace(chr(39), chr(34))}{got}"]
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal":
            return [f"{key} must be {_bound(context)}{got}"]
        case "string_too_short" | "too_short":
            return [f"{key} must not be empty{got}"]
        case "string_too_long":
            return [f"{key} must have at most {context['max_length']} characters{got}"]
        case kind:
            return [f"{key} must be {_TYPES.get(kind, detail['msg'])}{got}"]


def _bound(context: Mapping[str, Any]) -> str:
    words = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    return " and ".join(f"{word} {context[k]:.15g}" for k, word in words.items() if k in context)


def _shown(value: object) -> str:
    """Write a value about as TOML does, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:77] + "..."
