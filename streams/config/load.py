"""A TOML file to a `Config`, or every problem in it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from streams.config.model import Config


class ConfigError(Exception):
    """The configuration cannot be used; `problems` holds a line for each reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load_config(
    path: Path | None, *, must_exist: bool = False, environ: Mapping[str, str] | None = None
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
    return parse_config(data, name)


def parse_config(data: dict[str, Any], name: str = "weathervane.toml") -> Config:
    """Check a configuration already read; `name` is what problems call it."""
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        raise ConfigError([f"{name}: {_problem(detail)}" for detail in error.errors()]) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            [f"{path}: must exist; found no such file (`weathervane init` writes one)"]
        ) from None
    except IsADirectoryError:
        raise ConfigError([f"{path}: must be a file; found a directory"]) from None
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: must be UTF-8; found another byte at {error.start}"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}: must be TOML; {error}"]) from None


def _problem(detail: ErrorDetails) -> str:
    """One line: key, rule, what was found."""
    key = ".".join(str(part) for part in detail["loc"] if part != "function-after")
    got = detail["input"]
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            return f"{key} is not a key; remove it (`weathervane init` shows every key)"
        case "missing":
            return f"{key} must be given; found nothing"
        case "value_error":
            message = str(context["error"])
            if isinstance(got, dict) or not isinstance(got, str | int | float | bool):
                return f"{key} {message}" if key else message
            return f"{key} {message}; got {_shown(got)}"
        case "literal_error":
            return f"{key} must be {context['expected']}; got {_shown(got)}"
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal":
            return f"{key} must be {_bound(context)}; got {_shown(got)}"
        case "string_pattern_mismatch" if key.endswith("url"):
            return f"{key} must be an http or https address; got {_shown(got)}"
        case _:
            rule = detail["msg"].removeprefix("Input should be ").removeprefix("a valid ")
            return f"{key} must be {rule}; got {_shown(got)}"


def _bound(context: Mapping[str, Any]) -> str:
    words = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    return " and ".join(f"{word} {context[k]:g}" for k, word in words.items() if k in context)


def _shown(value: object) -> str:
    text = repr(value).replace("'", '"') if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else text[:77] + "..."
