"""The kinds of values in the configuration, and their rules."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
)

from streams.config.addresses.hosts import brokers_problem, host_problem, process_problem
from streams.config.addresses.web import address_problem
from streams.config.duration import format_duration, parse_duration
from streams.items import LEVELS, Level
from streams.names.canonical import canonical
from streams.printable import printable

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MONITOR_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
LONGEST_S = 3650 * 86400.0  # beyond it sums of times would leave the calendar


def _bounded(seconds: float) -> float:
    if seconds > LONGEST_S:
        raise ValueError(f'must be at most "{format_duration(LONGEST_S)}"')
    return seconds


def _positive(seconds: float) -> float:
    if seconds <= 0:
        raise ValueError("must be longer than 0s")
    return seconds


def _days(seconds: float) -> float:
    if seconds < 86400:
        raise ValueError('must be at least "1d"')
    return seconds


def _whole_days(seconds: float) -> float:
    if seconds < 86400 or seconds % 86400:
        raise ValueError('must be whole days, such as "90d"')
    return seconds


def _bucket(seconds: float) -> float:
    if seconds < 1 or seconds > 86400 or 86400 % seconds or seconds != int(seconds):
        raise ValueError('must be whole seconds that divide a day, such as "60s", "15m" or "1d"')
    return seconds


def _zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError('must be an IANA time zone such as "Asia/Shanghai"') from None
    return name


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(
            "must be 1 to 100 letters, digits, '.', '_' or '-', a letter or digit first"
        )
    return text


def _host(text: str) -> str:
    return _without(host_problem(text), text)


def _path(path: Path) -> Path:
    if "\0" in str(path):
        raise ValueError("must be a path without a zero byte")
    return path


def _brokers(text: str) -> str:
    return ",".join(map(str.strip, _without(brokers_problem(text), text).split(",")))


def _process(text: str) -> str:
    return _without(process_problem(text), text)


def _public_address(text: str) -> str:
    if problem := address_problem(text):
        raise ValueError(problem)
    if "?" in text or "#" in text:
        raise ValueError("must have nothing after its path, since paths are added to it")
    return text.rstrip("/")


def _without(problem: str | None, text: str) -> str:
    if problem is not None:
        raise ValueError(problem)
    return text


def _monitor_name(text: str) -> str:
    if not _MONITOR_NAME.fullmatch(text):
        raise ValueError("must be 1 to 100 letters, digits, '_' or '-', a letter or digit first")
    return text


def _topic(text: str) -> str:
    if not _TOPIC.fullmatch(text) or text in (".", ".."):
        raise ValueError(
            "must be a topic's name: 1 to 249 letters, digits, '.', '_' or '-'; not '.' or '..'"
        )
    return text


def _clock(text: str) -> str:
    if not _CLOCK.fullmatch(text):
        raise ValueError('must be a time of day such as "22:00"')
    return text


def _applies(text: str) -> str:
    level, slash, entity = text.partition("/")
    if text != "all" and not (level in LEVELS and level != "all" and slash and entity):
        raise ValueError(
            'must be "all", or a level and an id or *, such as "platform/*" or'
            ' "sender/106900012345"'
        )
    return f"{level}/{canonical(entity)}" if slash else text


def _once(levels: list[Level]) -> list[Level]:
    if len(set(levels)) != len(levels):
        raise ValueError("must name each level once")
    return levels


def _signals_once(signals: list[str]) -> list[str]:
    if len(set(signals)) != len(signals):
        raise ValueError("must name each signal once")
    return signals


_as_text = PlainSerializer(format_duration, return_type=str)
Duration = Annotated[float, BeforeValidator(parse_duration), AfterValidator(_bounded), _as_text]
WholeDays = Annotated[
    float,
    BeforeValidator(parse_duration),
    AfterValidator(_whole_days),
    AfterValidator(_bounded),
    _as_text,
]
PositiveDuration = Annotated[
    float,
    BeforeValidator(parse_duration),
    AfterValidator(_positive),
    AfterValidator(_bounded),
    _as_text,
]
KeptDays = Annotated[
    float,
    BeforeValidator(parse_duration),
    AfterValidator(_days),
    AfterValidator(_bounded),
    _as_text,
]
BucketSize = Annotated[float, BeforeValidator(parse_duration), AfterValidator(_bucket), _as_text]
Zone = Annotated[str, AfterValidator(_zone)]
Name = Annotated[str, AfterValidator(_name)]
MonitorName = Annotated[str, AfterValidator(_monitor_name)]
TopicName = Annotated[str, AfterValidator(_topic)]
Port = Annotated[int, Field(ge=1, le=65535)]
Text = Annotated[str, Field(min_length=1)]
FilePath = Annotated[Path, Field(strict=False), AfterValidator(_path)]
Host = Annotated[str, AfterValidator(_host)]
Brokers = Annotated[str, AfterValidator(_brokers)]
PublicAddress = Annotated[str, AfterValidator(_public_address)]
ProcessAddress = Annotated[str, AfterValidator(_process)]
ClockTime = Annotated[str, AfterValidator(_clock)]
AppliesTo = Annotated[str, AfterValidator(_applies)]
Signals = Annotated[
    list[Literal["sends", "complaints"]], Field(min_length=1), AfterValidator(_signals_once)
]
Levels = Annotated[list[Level], Field(min_length=1), AfterValidator(_once)]


class Table(BaseModel):
    """A table of the file: unknown keys are refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True
    )


def raise_problems(problems: Iterable[str]) -> None:
    """Raise one error with a line for each problem; do nothing where there is none."""
    lines = [printable(problem) for problem in problems]
    if lines:
        raise ValueError("\n".join(lines))
