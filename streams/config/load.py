"""Reads a TOML file as a `Config`, or reports every problem in it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from streams.config.addresses.hosts import brokers_problem
from streams.config.detect import DetectorCheck
from streams.config.model import Config
from streams.config.problems import lines, shown
from streams.printable import printable


class ConfigError(Exception):
    """The configuration cannot be used; `problems` has a line for each problem."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = [printable(problem) for problem in problems]
        super().__init__("\n".join(self.problems))


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
    problem = brokers_problem(bootstrap) if bootstrap else None
    if problem is not None:
        raise ConfigError([f"WEATHERVANE_KAFKA_BOOTSTRAP {problem}; got {shown(bootstrap)}"])
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
    raise ConfigError([f"{name}: {line}" for detail in found for line in lines(detail)])


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
            if top == "detect":
                remaining.pop("rules", None)  # which packs there are stands there
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
