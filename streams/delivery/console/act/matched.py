"""What a form says that a silence is about, and what an alert would make of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from streams.actions.matcher import Matcher, matcher_problems
from streams.actions.pattern import MATCHER_KEYS, literal
from streams.alerts.cloudevent import Alert
from streams.delivery.console.act.form_problem import BAD_MATCH, NO_MATCH, FormProblem
from streams.delivery.console.frame.forms import SentForm


def texts_of(form: SentForm) -> dict[str, list[str]]:
    """Return the texts of each key of a matcher that a form names: one a line, each once.

    Parameters
    ----------
    form
        The form. A key may be repeated.
    """
    found = {}
    for key in MATCHER_KEYS:
        lines = [line.strip() for value in form.all(key) for line in value.splitlines()]
        if texts := list(dict.fromkeys(line for line in lines if line)):
            found[key] = texts
    return found


def matcher_of(texts: Mapping[str, Sequence[str]]) -> Matcher:
    """Return what a silence is about.

    Parameters
    ----------
    texts
        The texts of each key.

    Raises
    ------
    FormProblem
        Where it is about everything, or no alert could be like it.
    """
    match = Matcher(**{key: tuple(found) for key, found in texts.items()})
    if not match.texts:
        raise FormProblem(NO_MATCH)
    for problem in matcher_problems(match):
        raise FormProblem(BAD_MATCH, problem)
    return match


def texts_about(alerts: Iterable[Alert]) -> dict[str, list[str]]:
    """Return the texts that match alerts of the same entities and signals, and as few others.

    Parameters
    ----------
    alerts
        The alerts.
    """
    found: dict[str, dict[str, None]] = {"level": {}, "id": {}, "signal": {}}
    for alert in alerts:
        found["level"][alert.entity.level] = None
        found["id"][literal(alert.entity.in_form)] = None
        found["signal"][alert.signal] = None
    return {key: list(texts) for key, texts in found.items() if texts}
