"""What an alert on misuse rests on: what the registry says, what was found, how far a rule is.

Sentences and pages render it in the reader's language. Names are capped, with the number of all.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec

MOST_NAMES: Final = 5
"""Names that a list of a basis holds at most: an adversary may bring any number."""

Names = Annotated[list[str], msgspec.Meta(max_length=MOST_NAMES)]
Whole = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class NewCodeBasis(msgspec.Struct, frozen=True, tag="new_code", tag_field="of"):
    """A code that is used for the first time, or again.

    Attributes
    ----------
    entry
        The registered code that it falls under; None where nobody registered it.
    holder
        Who holds that.
    plan
        What the plan of access codes says of a code that nobody registered.
    silent_days
        Days since it was last used; None where it was never.
    """

    entry: str | None = None
    holder: str | None = None
    plan: str | None = None
    silent_days: Whole | None = None


class ScopeBasis(msgspec.Struct, frozen=True, tag="scope", tag_field="of"):
    """A use that the registry does not allow.

    Attributes
    ----------
    entry
        The row that says so, or that was broken; None where there is none.
    holder
        Who holds it.
    allowed
        What it names.
    found
        What was used in its place, and how many these are.
    plan
        What the plan of access codes says of a code that nobody registered.
    """

    found: Names
    found_number: Whole
    entry: str | None = None
    holder: str | None = None
    allowed: Names = []
    allowed_number: Whole = 0
    plan: str | None = None


class NamesBasis(msgspec.Struct, frozen=True, tag="names", tag_field="of"):
    """More new names than the history explains.

    Attributes
    ----------
    what
        What they name: ``signatures``, ``merchants`` or ``codes``.
    new, new_number
        The new ones, as far as they were counted by name, and how many they are.
    before
        How many were known before.
    days
        Days with a count that the new ones came in.
    estimated
        Whether the numbers are estimates: beyond what is counted one by one.
    registered
        How many the registry names.
    """

    what: str
    new: Names
    new_number: Whole
    before: Whole
    days: Whole
    estimated: bool = False
    registered: Whole | None = None


class ConsentBasis(msgspec.Struct, frozen=True, tag="consent", tag_field="of"):
    """Messages without an explicit consent.

    Attributes
    ----------
    default, none, explicit
        Messages by consent, since the onset.
    usual
        The share of the first two before.
    """

    default: Whole
    none: Whole
    explicit: Whole
    usual: float


class OptoutBasis(msgspec.Struct, frozen=True, tag="optout", tag_field="of"):
    """Messages to recipients who had opted out.

    Attributes
    ----------
    recipients
        How many of them were found.
    checked
        How many opt-outs they were looked for among.
    sampled
        The part of recipients that could be looked at; 1 is all.
    """

    recipients: Whole
    checked: Whole
    sampled: float = 1.0


class RuleBasis(msgspec.Struct, frozen=True, tag="rule", tag_field="of"):
    """How far a rule is.

    Attributes
    ----------
    pack
        The rule pack.
    have, need
        Of what the rule counts; a ratio may be a fraction.
    counts
        What that is: ``reporters``, ``messages``, ``ratio``, or ``night``, messages in quiet hours.
    day, of_days
        Day of the window.
    clause
        What the rule cites.
    met
        Whether the rule is met now.
    confirmed
        Whether its figures were read in the document that it cites.
    complaints, messages, per, at_least
        Of a ratio: what it is of, for how many messages it is, and what it is at least. Of
        reporters `at_least` is set where there may be more of them than were told apart.
    duty, due
        What is to be done, and until when (RFC 3339); None where the rule was not met.
    """

    pack: str
    counts: str
    have: int | float
    need: int | float
    day: Whole
    of_days: Whole
    clause: str
    met: bool = False
    confirmed: bool = True
    complaints: Whole | None = None
    messages: Whole | None = None
    per: Whole | None = None
    at_least: float | None = None
    duty: str | None = None
    due: str | None = None


class RelapseBasis(msgspec.Struct, frozen=True, tag="relapse", tag_field="of"):
    """That whom a case was about counts again as before, or that a successor does.

    Attributes
    ----------
    cases
        The cases that are looked back at.
    counts
        What is counted: ``sends`` or ``complaints``.
    part
        Of whom: ``own``; ``started``, codes like it that are new since; or ``others`` like it.
    days
        Day of the watch.
    mean_per_day
        Before the case; None where nobody knows.
    after_per_day, now_per_day
        After it was handled, and since the relapse, a usual day.
    successors, successors_number
        Codes that are new since, the busiest first.
    """

    cases: Names
    counts: str
    part: str
    days: Whole
    after_per_day: float
    now_per_day: float
    mean_per_day: float | None = None
    successors: Names = []
    successors_number: Whole = 0


class KeptBasis(msgspec.Struct, frozen=True, tag="kept", tag_field="of"):
    """What a watch saw that has ended without a relapse.

    Attributes
    ----------
    cases
        The case that was looked back at.
    counts
        What was counted: ``sends`` or ``complaints``.
    days
        How long the watch lasted.
    buckets, skipped
        Buckets that were judged, and those whose data were not complete.
    counted, of_successors
        What was counted of whom it was about, and of codes like it.
    mean_per_day
        Before the case; None where nobody knows.
    per_day, at_most_per_day
        The rate of a usual day, and its upper bound at 95 %; None where nothing was judged.
    """

    cases: Names
    counts: str
    days: Whole
    buckets: Whole
    skipped: Whole
    counted: Whole
    of_successors: Whole
    mean_per_day: float | None = None
    per_day: float | None = None
    at_most_per_day: float | None = None


Basis = (
    NewCodeBasis
    | ScopeBasis
    | NamesBasis
    | ConsentBasis
    | OptoutBasis
    | RuleBasis
    | RelapseBasis
    | KeptBasis
)


def capped(names: Any) -> list[str]:
    """The first names of a collection, in order.

    Examples
    --------
    >>> capped({"c", "a", "b"}), len(capped(map(str, range(99))))
    (['a', 'b', 'c'], 5)
    """
    return sorted(names)[:MOST_NAMES]
