"""Who complained, in words: the part of an alert's sentence about distinct reporters."""

from __future__ import annotations

from streams.alerts.cloudevent import Alert, Reporters
from streams.detection.signals import counted
from streams.language.catalogue import Catalogue


def reporters_in_words(number: float, words: Catalogue) -> str:
    """Return a number of reporters.

    Parameters
    ----------
    number
        How many.
    words
        The catalogue of the reader.

    Examples
    --------
    >>> from streams.language.catalogue import catalogue
    >>> reporters_in_words(1, catalogue("en")), reporters_in_words(1200, catalogue("zh"))
    ('1 reporter', '1,200 名投诉人')
    """
    return words.ngettext("{n} reporter", "{n} reporters", number).format(n=f"{number:,.0f}")


def distinct_in_words(found: Reporters, words: Catalogue) -> str:
    """Return how many reporters there were; an estimate says that it is one.

    Parameters
    ----------
    found
        Who complained.
    words
        The catalogue of the reader.
    """
    who = reporters_in_words(found.distinct, words)
    return words.gettext("about {number}").format(number=who) if found.error else who


def of_complaints(found: Reporters, words: Catalogue) -> str:
    """Return the reporters of an alert with their complaints, as a line of its figures.

    Parameters
    ----------
    found
        Who complained.
    words
        The catalogue of the reader.

    Examples
    --------
    >>> from streams.language.catalogue import catalogue
    >>> of_complaints(Reporters(57, 3), catalogue("en"))
    '3 reporters, 57 complaints since the alert opened: far more than reporters'
    """
    if found.few:
        text = words.gettext(
            "{reporters}, {complaints} since the alert opened: far more than reporters"
        )
    else:
        text = words.gettext("{reporters}, {complaints} since the alert opened")
    complaints = counted(words, "complaints", found.complaints)
    return text.format(reporters=distinct_in_words(found, words), complaints=complaints)


def by_reporters(said: str, alert: Alert, found: Reporters, words: Catalogue) -> str:
    """Say what was counted, and by how many reporters.

    An alert may have begun before its first bucket, from which on reporters are known: then the
    complaints since are named too.

    Parameters
    ----------
    said
        What was counted, in words.
    alert, found
        The alert, and who complained.
    words
        The catalogue of the reader.
    """
    if not found.distinct:  # then complaints were judged
        said = counted(words, "complaints", alert.observed)
        return words.gettext("{counted} (no reporter is named)").format(counted=said)
    complaints = counted(words, "complaints", found.complaints)
    if alert.count_by is not None:
        return _judged(said, complaints, alert, found, words)
    who = distinct_in_words(found, words)
    if found.complaints != alert.observed:
        if found.few:
            text = words.gettext("{counted} (the last {n} by only {reporters})")
        else:
            text = words.gettext("{counted} (the last {n} by {reporters})")
    elif found.few:
        text = words.gettext("{counted} by only {reporters}")
    else:
        text = words.gettext("{counted} by {reporters}")
    return text.format(counted=said, reporters=who, n=f"{found.complaints:,}")


def _judged(said: str, complaints: str, alert: Alert, found: Reporters, words: Catalogue) -> str:
    """Add to reporters, as they were judged, how many they are and how often they complained.

    Over several buckets they are counted in each: then it is said how many different ones they are.
    """
    if found.distinct == alert.observed:
        if found.few:
            text = words.gettext("{counted} (with {complaints}, many each)")
        else:
            text = words.gettext("{counted} (with {complaints})")
        return text.format(counted=said, complaints=complaints)
    different = f"{found.distinct:,}"
    if found.error:
        different = words.gettext("about {number}").format(number=different)
    if found.few:
        text = words.gettext("{counted} ({n} different, with {complaints}, many each)")
    else:
        text = words.gettext("{counted} ({n} different, with {complaints})")
    return text.format(counted=said, n=different, complaints=complaints)
