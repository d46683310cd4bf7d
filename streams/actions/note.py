"""The texts that were written with actions, apart from them, since a text may name a person. Pure.

A text stands on the topic ``notes`` under its action's id; one of a case under ``case/`` and the
id of its event. The topic is compacted: a record without a value erases the text, and leaves the
action.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec

from streams.alerts.label import note_problem
from streams.ready_form import ready

FORM: Final = 1
"""The form of texts that is written and read."""

OF_CASES: Final = "case/"
"""With this the keys of texts begin that were written with an event of a case."""

MOST_CHARACTERS: Final = 8_000_000
"""Characters of texts that a process which runs for long holds: the newest ones."""

MOST_UNREAD: Final = 10_000
"""Ids of records that are no texts of this version: the last ones."""


class NoteText(msgspec.Struct, frozen=True, kw_only=True):
    """A text, of at most 1,000 characters."""

    v: Annotated[int, msgspec.Meta(ge=1, le=FORM)]
    text: str


_document = msgspec.json.Decoder(dict[str, Any])
_NOTE_TEXT: Final = ready(NoteText)


def encode_note(text: str) -> bytes:
    """Write a text as JSON."""
    return msgspec.json.encode(NoteText(v=FORM, text=text))


def decode_note(raw: bytes) -> str:
    """Read a text.

    Raises
    ------
    ValueError
        Where `raw` is none; the message says what is wrong.
    """
    try:
        document = _document.decode(raw)
    except RecursionError:
        raise ValueError("JSON must not be nested so deeply") from None
    form = document.get("v")
    if type(form) is int and form > FORM:
        raise ValueError(
            f"v must be at most {FORM}; found {form}: a later version of Weathervane wrote it"
        )
    text = msgspec.convert(document, _NOTE_TEXT).text
    if problem := note_problem(text):
        raise ValueError(f"text {problem}")
    return text


class NoteTexts:
    """The texts by the ids of their actions; of too many, the oldest are left out.

    Parameters
    ----------
    most
        Characters that are held; None means all.
    """

    def __init__(self, most: int | None = MOST_CHARACTERS) -> None:
        self._most = most
        self._texts: dict[str, str] = {}
        self._unread: dict[str, None] = {}
        self._characters = 0

    def take(self, action_id: str, raw: bytes | None) -> None:
        """Take the next record of the topic; without a value it erases.

        Raises
        ------
        ValueError
            Where it is no text; the one before is gone, as it is on the topic once compacted.
        """
        self._characters -= len(self._texts.pop(action_id, ""))
        self._unread.pop(action_id, None)
        if raw is None:
            return
        try:
            text = decode_note(raw)
        except ValueError:
            self._unread[action_id] = None
            if len(self._unread) > MOST_UNREAD:
                del self._unread[next(iter(self._unread))]
            raise
        self._texts[action_id] = text
        self._characters += len(text)
        while self._most is not None and self._characters > self._most:
            oldest = next(iter(self._texts))
            self._characters -= len(self._texts.pop(oldest))

    def text(self, action_id: str) -> str | None:
        """Return a text; None where there is none, where it was erased, or is not held."""
        return self._texts.get(action_id)

    def ids(self) -> list[str]:
        """Return the ids of all that stands, also of what this version cannot read."""
        return [*self._texts, *self._unread]
