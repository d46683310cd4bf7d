"""Where requests on cases are handed in, whether on Kafka or at a serve process."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from streams.cases.listing import CaseFilter
from streams.cases.request import OpenRequest, StepRequest


class CaseAnswer(NamedTuple):
    """What became of a request.

    Attributes
    ----------
    case_id, result, version, state
        Of the case; the result is done, repeat or refused.
    why
        A sentence on why it was refused: somebody has done something before.
    """

    case_id: str
    result: str
    version: int
    state: str | None
    why: str | None = None


class CaseRows(NamedTuple):
    """Rows of cases, the newest first, and how many more are only shown by their ids."""

    rows: list[dict[str, Any]]
    filed: int


class CaseDesk(Protocol):
    """Takes requests on cases, and shows them. Every method may raise `DeskError`."""

    @property
    def place(self) -> str:
        """Where requests go, for people: a topic and its broker, or an address."""

    def open(self, request: OpenRequest) -> CaseAnswer:
        """Open a case."""

    def step(self, case_id: str, request: StepRequest) -> CaseAnswer:
        """Do something about a case."""

    def show(self, case_id: str) -> dict[str, Any] | None:
        """Return a case with all that was done about it; None where there is none."""

    def rows(self, wanted: CaseFilter) -> CaseRows:
        """Return cases as rows."""
