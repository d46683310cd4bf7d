"""The language of a page: the one that a browser prefers, of those that there are."""

from __future__ import annotations

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
        language = _OURS.get(tag.strip().lower().partition("-")[0])
        wanted = _weight(weight)
        if language is not None and wanted > most:
            best, most = language, wanted
    return best


def _weight(text: str) -> float:
    name, equals, value = text.strip().partition("=")
    if not equals:
        return 1.0
    try:
        found = float(value) if name.strip().lower() == "q" else 0.0
    except ValueError:
        return 0.0
    return found if 0.0 <= found <= 1.0 else 0.0
