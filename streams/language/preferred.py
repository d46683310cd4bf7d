"""The language that a reader prefers, of those that there are: a browser's, or a terminal's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from streams.language.catalogue import Language

_MOST_RANGES: Final = 30
_OURS: Final[dict[str, Language]] = {"en": "en", "zh": "zh", "*": "en"}


def preferred(header: str) -> Language:
    """Return the language of an ``Accept-Language`` header; English where it names none of ours.

    Parameters
    ----------
    header
        Its value; whatever cannot be read in it is passed over.

    Examples
    --------
    >>> preferred("zh-CN,zh;q=0.9,en;q=0.8"), preferred("fr, en;q=0.5, zh;q=0.4"), preferred("")
    ('zh', 'en', 'en')
    """
    best: Language = "en"
    most = 0.0
    for part in header.split(",")[:_MOST_RANGES]:
        tag, _, weight = part.partition(";")
        language = _of_tag(tag)
        wanted = _weight(weight)
        if language is not None and wanted > most:
            best, most = language, wanted
    return best


NAMED: Final = "WEATHERVANE_LANGUAGE"
"""The variable that names the language of a terminal's reader."""

_LOCALE: Final = ("LC_ALL", "LC_MESSAGES", "LANG")


def of_environment(environ: Mapping[str, str]) -> Language | None:
    """Return the language of a terminal's reader; None where `NAMED` holds none of ours.

    Parameters
    ----------
    environ
        The environment. The first variable that is set decides, as everywhere.

    Examples
    --------
    >>> of_environment({"LANG": "zh_CN.UTF-8"}), of_environment({"LANG": "de_DE"})
    ('zh', 'en')
    >>> of_environment({"LC_ALL": "C", "LANG": "zh_CN"}), of_environment({NAMED: "zh", "LANG": "C"})
    ('en', 'zh')
    >>> of_environment({NAMED: "fr"})
    """
    named = environ.get(NAMED)
    if named:
        return _of_tag(named)
    locale = next((environ[name] for name in _LOCALE if environ.get(name)), "")
    return _of_tag(locale) or "en"


def _of_tag(tag: str) -> Language | None:
    """Return the language of ``zh_CN.UTF-8``, ``zh-Hans`` or ``zh``."""
    return _OURS.get(re.split("[-_.@]", tag.strip().lower(), maxsplit=1)[0])


def _weight(text: str) -> float:
    name, equals, value = text.strip().partition("=")
    if not equals:
        return 1.0
    try:
        found = float(value) if name.strip().lower() == "q" else 0.0
    except ValueError:
        return 0.0
    return found if 0.0 <= found <= 1.0 else 0.0
