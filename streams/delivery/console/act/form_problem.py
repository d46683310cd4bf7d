"""Why a form cannot be done, in words for whoever has sent it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from streams.language.catalogue import mark

NOT_OURS: Final = mark("This form cannot be read. Load its page again, and try once more.")
NO_ALERT: Final = mark("Choose at least one alert.")
UNKNOWN_ALERT: Final = mark("One of the alerts is not held here any more. Load the page again.")
NO_END: Final = mark("Say until when.")
BAD_END: Final = mark("It must end after now, and at most 366 days from now.")
NO_TEXT: Final = mark("Write why. The text can be erased later.")
BAD_TEXT: Final = mark("A text may have at most 1,000 characters.")
BAD_NAME: Final = mark("This cannot be a person's name.")
NO_MATCH: Final = mark("Say what is silenced: a silence of everything would hide every alert.")
BAD_MATCH: Final = mark("No alert can be like this.")

TOO_MANY: Final = mark("Too many silences and snoozes run. End some first.")
UNANSWERED: Final = mark("It is not known whether this was done. Load the page again, and look.")


class FormProblem(Exception):
    """A form that cannot be done.

    Parameters
    ----------
    text
        Why, one of the texts above.
    detail
        What exactly is wrong, in English; empty where the text says it.
    status
        The status of the answer.
    """

    def __init__(
        self, text: str, detail: str = "", status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY
    ) -> None:
        super().__init__(text)
        self.text, self.detail, self.status = text, detail, status
