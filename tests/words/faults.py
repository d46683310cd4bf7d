"""What is wrong with a catalogue, each fault in a sentence that says what to do."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

from babel.messages.catalog import Message

from tests.words.texts import Key, Text

_PERCENT = re.compile(r"%\((\w+)\)[sd]|%%")
_RUN = "run python -m tests.words"


def faults(texts: dict[Key, Text], known: dict[Key, Message]) -> list[str]:
    """Find all faults: missing, obsolete and doubtful translations, and wrong placeholders.

    Parameters
    ----------
    texts
        Those of the program.
    known
        Those of the files.
    """
    found = [fault for key in sorted(texts) for fault in _of_text(key, texts[key], known.get(key))]
    obsolete = sorted(set(known) - set(texts))
    return found + [f"{key.message!r} is in no module any more: {_RUN}" for key in obsolete]


def placeholders(text: str) -> set[str]:
    """Return the placeholders of a text, each with its format.

    Examples
    --------
    >>> sorted(placeholders("{who}: {n:,} of %(total)s"))
    ['%(total)s', '{n:,}', '{who}']
    """
    fields = (
        f"{{{name}{f'!{conversion}' if conversion else ''}{f':{form}' if form else ''}}}"
        for _, name, form, conversion in string.Formatter().parse(text)
        if name is not None
    )
    return {*fields, *(match[0] for match in _PERCENT.finditer(text))}


def _of_text(key: Key, text: Text, known: Message | None) -> Iterator[str]:
    string_ = None if known is None else known.string
    said = string_ if isinstance(string_, tuple) else (string_,)
    where = f"{text.where}: {key.message!r}"
    if not all(said):
        yield f"{where} has no translation: {_RUN}, and write it in {text.part}.po"
        return
    if known is not None and "fuzzy" in known.flags:
        yield f"{where} has a translation that is marked as doubtful: check it, take the mark away"
    expected = placeholders(text.message if isinstance(text.message, str) else text.message[1])
    for form in said:
        try:
            found = placeholders(str(form))
        except ValueError as error:
            yield f"{where}: the translation {form!r} cannot be filled in: {error}"
            continue
        if "/templates/" in text.where and "%" in _PERCENT.sub("", str(form)):
            yield f"{where}: a sign % in a translation for a template must be %%; got {form!r}"
        if found != expected:
            yield (
                f"{where} has the placeholders {' '.join(sorted(expected)) or '(none)'},"
                f" its translation {' '.join(sorted(found)) or '(none)'}"
            )
