"""What a source counts beside totals, in the words of a manifest."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from streams.facts.wanted import FactsWanted

CELLS_WORD = "cells"
"""Cells are counted for bulletins: no alert depends on them, so a replay does without."""


def wanted_words(wanted: FactsWanted) -> list[str]:
    """Return what a source counts beside totals, as a manifest names it: a table first.

    Examples
    --------
    >>> wanted_words(FactsWanted(distinct=(("sender", "reporters"),), uses=True))
    ['distinct/sender/reporters', 'uses']
    """
    words = [f"distinct/{level}/{what}" for level, what in wanted.distinct]
    words += [f"consents/{level}" for level in wanted.consents]
    words += ["uses"] if wanted.uses else []
    words += [f"late/{level}" for level in wanted.late]
    words += [CELLS_WORD] if wanted.cells else []
    if wanted.late or any(what == "valid_reporters" for _, what in wanted.distinct):
        words.append(f"valid within {wanted.valid_within_s:g} s")
    return words


def facts_missing(name: str, counted: Collection[str], wanted: Collection[str]) -> Iterator[str]:
    """Say what a source must have counted beside totals, and did not.

    Parameters
    ----------
    name
        The source's name.
    counted, wanted
        What was counted, and what is asked for now, as `wanted_words` names it.
    """
    missing = [word for word in wanted if word not in counted and word != CELLS_WORD]
    if missing:
        yield (
            f"sources.{name} must have counted {', '.join(missing)} when the archive was recorded;"
            " it did not. Record again, or remove what asks for it (count_by, detect.misuse, rules)"
        )
