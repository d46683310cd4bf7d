"""What an alert of a look-back says: how a relapse looks, and what a watch saw that saw none."""

from __future__ import annotations

from typing import Final

from streams.alerts.misuse.basis import KeptBasis, RelapseBasis
from streams.alerts.phrases import about, listed
from streams.language.catalogue import Catalogue, mark
from streams.printable import printable

SHOWN: Final = 3
"""Names that a sentence says at most."""

_RELAPSE: Final = {
    "own": mark(
        "counts {now} a day again since {time}, after {after} a day since its case was handled"
        " (case {cases})"
    ),
    "started": mark(
        "new codes like it count {now} a day since {time}, after {after} a day since its case was"
        " handled (case {cases})"
    ),
    "others": mark(
        "other codes like it count {now} a day since {time}, after {after} a day since its case"
        " was handled (case {cases})"
    ),
}
"""By part of what is counted."""


def relapse_said(basis: RelapseBasis, words: Catalogue, since: str) -> str:
    """Return what a relapse looks like, as a part of a sentence.

    Parameters
    ----------
    basis
        What it rests on.
    words
        The catalogue of the reader.
    since
        When it began.

    Examples
    --------
    >>> from streams.language.catalogue import catalogue
    >>> basis = RelapseBasis(cases=["c1"], counts="complaints", part="own", days=12,
    ...                      after_per_day=1.9, now_per_day=38.0, mean_per_day=20.0)
    >>> relapse_said(basis, catalogue("en"), "2026-03-30")  # doctest: +NORMALIZE_WHITESPACE
    'counts 38 a day again since 2026-03-30, after 1.9 a day since its case was handled (case c1);
    before the case it was 20 a day'
    """
    said = _RELAPSE.get(basis.part, _RELAPSE["own"])
    text = words.gettext(said)
    parts = [
        text.format(
            now=about(basis.now_per_day), time=since, after=about(basis.after_per_day),
            cases=listed(words, [printable(each) for each in basis.cases]),
        )
    ]  # fmt: skip
    if basis.mean_per_day is not None:
        text = words.gettext("before the case it was {n} a day")
        parts.append(text.format(n=about(basis.mean_per_day)))
    if basis.successors:
        names = listed(words, [printable(name) for name in basis.successors[:SHOWN]])
        parts.append(words.gettext("codes: {names}").format(names=names))
    return words.pgettext("between parts", "; ").join(parts)


def kept_said(basis: KeptBasis, words: Catalogue) -> str:
    """Return what a watch saw that saw no relapse, as a part of a sentence.

    Parameters
    ----------
    basis
        What it rests on.
    words
        The catalogue of the reader.

    Examples
    --------
    >>> from streams.language.catalogue import catalogue
    >>> basis = KeptBasis(cases=["c1"], counts="complaints", days=30, buckets=30, skipped=0,
    ...                   counted=5, of_successors=0, at_most_per_day=0.35)
    >>> kept_said(basis, catalogue("en"))  # doctest: +NORMALIZE_WHITESPACE
    'no relapse in 30 days since its case was handled (case c1): 5 counted in 30 buckets; at
    95 % confidence at most 0.35 a day'
    """
    text = words.gettext(
        "no relapse in {days} days since its case was handled (case {cases}): {n} counted in"
        " {buckets} buckets"
    )
    said = text.format(
        days=basis.days, n=f"{basis.counted:,}", buckets=f"{basis.buckets:,}",
        cases=listed(words, [printable(each) for each in basis.cases]),
    )  # fmt: skip
    if basis.at_most_per_day is None:
        return said
    text = words.gettext("at 95 % confidence at most {n} a day")
    most = text.format(n=about(basis.at_most_per_day))
    return said + words.pgettext("between parts", "; ") + most
