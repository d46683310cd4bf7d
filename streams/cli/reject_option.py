"""The option ``--max-rejects``, and what commands say about rejects."""

from __future__ import annotations

from typing import Annotated

import typer

from streams.cli.console import err, fail
from streams.sources.reject_tally import DEFAULT_LIMIT, RejectLimit, RejectTally

MaxRejectsOption = Annotated[
    str | None,
    typer.Option(
        "--max-rejects",
        metavar="N",
        help="Exit status 1 if there are more than N rejects, or with N% more than that share of"
        f" the items. Default: {DEFAULT_LIMIT.text}.",
        show_default=False,
    ),
]


def reject_limit(text: str | None) -> RejectLimit:
    """Read ``--max-rejects``, or end with status 2."""
    if text is None:
        return DEFAULT_LIMIT
    try:
        return RejectLimit.parse(text)
    except ValueError as error:
        fail(f"--max-rejects {error}", 2)


def say_rejects(tally: RejectTally, items: int) -> None:
    """Write to standard error how many rejects there are, and why."""
    for line in tally.lines(items):
        err.print(line, markup=False, highlight=False, soft_wrap=True)


def require_few(limit: RejectLimit, rejects: int, items: int, place: str) -> None:
    """End with status 1 where there are too many rejects; `place` says where they are."""
    if limit.exceeded(rejects, items):
        fail(f"{limit.problem(rejects, items)}; {place}")
