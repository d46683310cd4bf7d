"""The parameters of each kind of rule: what a pack sets, and ``[rules.PACK.RULE]`` may override."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from streams.config.fields import ClockTime, Table, Text, raise_problems
from streams.items import Level

MOST_REPORTERS = 128
"""A rule cannot ask for more distinct reporters: so many are told apart in a bucket."""

MOST_DAYS = 61
"""A rule cannot look back further: late complaints are counted by themselves for 62 days."""

AppliesToCodes = Literal["all", "unregistered", "registered"]
"""Senders that a rule is about: all, or those that the registry does not name, or does."""


class DistinctReportersRule(Table):
    """So many distinct reporters within so many days.

    Attributes
    ----------
    level
        Whose complaints are counted together.
    applies_to
        Senders that the rule is about, by the registry.
    need, days
        The rule: so many reporters in so many days, today among them.
    warn
        From how many on an alert warns.
    valid_days
        A complaint counts only within so many days of what it is about; None: always.
    """

    level: Level = "sender"
    applies_to: AppliesToCodes = "all"
    need: Annotated[int, Field(ge=1, le=MOST_REPORTERS)]
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)]
    warn: Annotated[int, Field(ge=1, le=MOST_REPORTERS)]
    valid_days: Annotated[int | None, Field(ge=1, le=366)] = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        raise_problems(_warns_first(self.warn, self.need))
        return self


class MonthlyRatioRule(Table):
    """Complaints for so many messages sent, over a calendar month.

    Attributes
    ----------
    level
        Whose complaints and messages are compared.
    applies_to
        Senders that the rule is about, by the registry.
    per
        The ratio is that of complaints to so many messages.
    warn, close
        The two ratios: from the first on an alert warns, at the second the rule is met.
    confidence
        How sure it must be in a month that goes on that the rate is at `close` or above.
    least_complaints
        Fewer complaints are no ratio.
    """

    level: Level = "sender"
    applies_to: AppliesToCodes = "all"
    per: Annotated[int, Field(ge=1, le=1_000_000_000)] = 1_000_000
    warn: Annotated[float, Field(gt=0, le=1e9)]
    close: Annotated[float, Field(gt=0, le=1e9)]
    confidence: Annotated[float, Field(ge=0.5, le=0.999999)] = 0.95
    least_complaints: Annotated[int, Field(ge=1, le=1_000_000)] = 2

    @model_validator(mode="after")
    def _fits(self) -> Self:
        raise_problems(_warns_first(self.warn, self.close, "close"))
        return self


class QuietHoursRule(Table):
    """Messages of some categories that are sent in hours in which they must not be.

    Attributes
    ----------
    level
        Whose messages are counted together.
    applies_to
        Senders that the rule is about, by the registry.
    from_, to
        The hours, by the clock of the source's time zone.
    categories
        The categories whose messages are meant; ``"*"`` means all messages.
    warn, need
        From how many messages of one stretch of hours an alert warns, and when the rule is met.
    """

    level: Level = "sender"
    applies_to: AppliesToCodes = "all"
    from_: Annotated[ClockTime, Field(alias="from")]
    to: ClockTime
    categories: Annotated[list[Text], Field(min_length=1, max_length=100)]
    warn: Annotated[int, Field(ge=1, le=1_000_000_000)] = 1
    need: Annotated[int, Field(ge=1, le=1_000_000_000)]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        problems = list(_warns_first(self.warn, self.need))
        if self.from_ == self.to:
            problems.append(f'must have `to` at another time than `from`; got "{self.to}" twice')
        raise_problems(problems)
        return self


class CapRule(Table):
    """So many messages at most in a day or a calendar month, whatever campaign they belong to.

    Attributes
    ----------
    level
        Whose messages are counted together: the level that stands for the brand.
    applies_to
        Senders that the rule is about, by the registry.
    period
        What is counted: a day or a calendar month of the source's time zone.
    most
        So many messages are allowed.
    warn_share
        From which part of them on an alert warns.
    """

    level: Level = "signature"
    applies_to: AppliesToCodes = "all"
    period: Literal["day", "month"]
    most: Annotated[int, Field(ge=1, le=1_000_000_000_000)]
    warn_share: Annotated[float, Field(ge=0.01, le=1)] = 0.8


def _warns_first(warn: float, need: float, key: str = "need") -> Iterator[str]:
    if warn > need:
        yield f"must have `warn` at or below `{key}`; got {warn:g} and {need:g}"


Parameters = DistinctReportersRule | MonthlyRatioRule | QuietHoursRule | CapRule

KINDS: dict[str, type[Parameters]] = {
    "distinct_reporters": DistinctReportersRule,
    "monthly_ratio": MonthlyRatioRule,
    "quiet_hours": QuietHoursRule,
    "cap": CapRule,
}
"""The kinds of rules, each with the table of its parameters."""
