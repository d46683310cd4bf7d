"""The figures of an alert, as rows of a page. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from streams.alerts.cloudevent import Alert
from streams.alerts.latest import has_evidence, is_exact
from streams.alerts.phrases import about
from streams.alerts.reporters import of_complaints
from streams.delivery.console.alert.basis_rows import basis_rows
from streams.language.catalogue import Catalogue


def counted(value: float) -> str:
    """Write a count.

    Parameters
    ----------
    value
        The count.
    """
    return f"{value:,.0f}"


def figures_of(alert: Alert, words: Catalogue) -> Iterator[tuple[str, str]]:
    """Yield the figures of a revision, each with its name.

    Parameters
    ----------
    alert
        The revision.
    words
        In which language.
    """
    yield words.gettext("Observed"), counted(alert.observed)
    if not is_exact(alert):
        yield words.gettext("Expected"), about(alert.expected)
        yield words.gettext("Times as many"), about(alert.ratio)
    if alert.exposure is not None:
        yield words.gettext("Messages sent"), counted(alert.exposure)
    if alert.reporters is not None:
        yield words.gettext("Who complained"), of_complaints(alert.reporters, words)
    if alert.newcomers is not None:
        yield words.gettext("New ids"), f"{alert.newcomers.ids:,}"
    if alert.basis is not None:
        yield from basis_rows(alert.basis, alert.kind, words)
    if is_exact(alert):
        exact = words.gettext("exact, and no part of the budget of false alerts")
        yield words.gettext("How sure"), exact
    elif has_evidence(alert):
        text = words.gettext("{evidence} nats; an alert needs {threshold}")
        evidence, threshold = about(alert.evidence_nats), about(alert.threshold_nats)
        yield words.gettext("Evidence"), text.format(evidence=evidence, threshold=threshold)
