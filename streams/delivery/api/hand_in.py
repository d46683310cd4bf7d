"""The one way of actions to the book over HTTP, from the API and from the forms of pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Literal

from streams.actions.action import Action, AlertAction, GiveLabel, MakeSilence, MakeSnooze
from streams.actions.book import Book, Submission
from streams.actions.event_log import EventUnanswered
from streams.actions.state import MOST_RUNNING, ActionOutcome
from streams.delivery.feed.problem import ProblemError

Refusal = Literal["unknown", "early"]
"""Why an action cannot be done to an alert: there is none, or it is not confirmed."""


class HandIn:
    """Refuses what cannot be done, and does the rest.

    Parameters
    ----------
    book
        What people have done.
    may_exist, is_early
        Whether there may be an alert with an id, and whether it is not confirmed.
    now
        The clock.
    """

    def __init__(
        self,
        book: Book,
        may_exist: Callable[[str], bool],
        is_early: Callable[[str], bool],
        now: Callable[[], dt.datetime],
    ) -> None:
        self._book, self._now = book, now
        self._may_exist, self._is_early = may_exist, is_early

    async def do(self, submissions: Sequence[Submission]) -> list[ActionOutcome]:
        """Do actions in order, each with its text, and return what became of each.

        Raises
        ------
        ProblemError
            Where one of them is about an alert that there is not, or labels one that is only
            early, or no reader would take it, or too many silences run: then nothing is done. Also
            where it is not known what was done.
        """
        for action, _ in submissions:
            if isinstance(action, AlertAction) and action.alert_id is not None:
                self._require(action, action.alert_id)
        if said := self._too_many([action for action, _ in submissions]):
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, said)
        try:
            return await self._book.submit_all(submissions)
        except ValueError as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None
        except EventUnanswered as error:
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from None

    def refusal(self, action: Action) -> Refusal | None:
        """Return why an action cannot be done to its alert; None where it can.

        Parameters
        ----------
        action
            The action.
        """
        if not isinstance(action, AlertAction) or action.alert_id is None:
            return None
        if not self._may_exist(action.alert_id):
            return "unknown"
        is_early = isinstance(action, GiveLabel) and self._is_early(action.alert_id)
        return "early" if is_early else None

    def _require(self, action: Action, alert_id: str) -> None:
        match self.refusal(action):
            case "unknown":
                raise ProblemError(
                    HTTPStatus.NOT_FOUND,
                    f"there is no alert {alert_id}; /api/v1/alerts lists those there are",
                )
            case "early":
                raise ProblemError(
                    HTTPStatus.UNPROCESSABLE_ENTITY,
                    f"alert {alert_id} must be confirmed before it is labelled; it is only an"
                    " early alert",
                )

    def _too_many(self, actions: Sequence[Action]) -> str | None:
        """Say why silences cannot be made; a repeat of one that was made can."""
        state, now = self._book.state, self._now()
        new = sum(
            isinstance(action, MakeSilence | MakeSnooze) and state.answer(action) is None
            for action in actions
        )
        if not new or len(state.silences(now)) + len(state.snoozes(now)) + new <= MOST_RUNNING:
            return None
        return f"at most {MOST_RUNNING:,} silences and snoozes may run; end some first"
