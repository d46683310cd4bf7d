"""Which rules can run on which groups of sources, and what keeps others from it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from streams.config.duration import format_duration
from streams.config.model import Config
from streams.config.sources import Source
from streams.counts.bucket import DAY_S
from streams.detection.rules.quiet_hours import can_tell
from streams.items import Level
from streams.language.catalogue import ENGLISH, Catalogue
from streams.rule_packs.book import CountedRule
from streams.rule_packs.parameters import (
    DistinctReportersRule,
    MonthlyRatioRule,
    QuietHoursRule,
)

REGISTERED: Final = ("sender", "access_code", "signature", "merchant", "platform")
"""Levels whose entities the registry may name."""


def needs(rule: CountedRule, words: Catalogue) -> str:
    """Say what data a rule needs.

    Parameters
    ----------
    rule
        The rule.
    words
        The catalogue of the reader.
    """
    parameters = rule.parameters
    parts = {"level": parameters.level}
    if isinstance(parameters, DistinctReportersRule):
        text = words.gettext("complaints with `reporter`; the level `{level}`")
        if parameters.valid_days is not None:
            text = words.gettext(
                "complaints with `reporter` and `occurred_at` (without the second a complaint"
                " counts as valid); the level `{level}`"
            )
    elif isinstance(parameters, MonthlyRatioRule):
        text = words.gettext("messages and complaints in one group; the level `{level}`")
    elif isinstance(parameters, QuietHoursRule):
        parts |= {"begin": parameters.from_, "end": parameters.to}
        text = words.gettext(
            "messages with `category`, in buckets that lie in {begin} to {end} as a whole; the"
            " level `{level}`"
        )
        if parameters.categories == ["*"]:
            text = words.gettext(
                "messages, in buckets that lie in {begin} to {end} as a whole; the level `{level}`"
            )
    else:
        text = words.gettext("messages; the level `{level}`")
    return text.format(**parts)


def lacks(
    rule: CountedRule, sources: Sequence[Source], levels: Collection[Level], words: Catalogue
) -> list[str]:
    """Say what a group of sources lacks for a rule; nothing where it can run there.

    Parameters
    ----------
    rule
        The rule.
    sources
        The sources of the group.
    levels
        The levels that are counted.
    words
        The catalogue of the reader.
    """
    parameters = rule.parameters
    found = []
    if parameters.applies_to != "all" and parameters.level not in REGISTERED:
        text = words.gettext('the registry names no {level}: set applies_to = "all"')
        found.append(text.format(level=parameters.level))
    if parameters.level not in levels:
        text = words.gettext("count.levels has no {level}")
        found.append(text.format(level=parameters.level))
    complaints = [source for source in sources if source.kind == "complaint"]
    sends = [source for source in sources if source.kind == "send"]
    if isinstance(parameters, DistinctReportersRule | MonthlyRatioRule) and not complaints:
        found.append(words.gettext("it has no source of complaints"))
    if not isinstance(parameters, DistinctReportersRule) and not sends:
        found.append(words.gettext("it has no source of messages"))
    if isinstance(parameters, QuietHoursRule) and sends:
        found += _lacks_hours(parameters, sends, words)
    return found


def _lacks_hours(rule: QuietHoursRule, sends: Sequence[Source], words: Catalogue) -> Iterator[str]:
    if not any(can_tell(rule, source.bucket_s, source.timezone) for source in sends):
        text = words.gettext(
            "no bucket of {size} lies in {begin} to {end} as a whole, so that it cannot be told"
            " when its messages were sent"
        )
        size = format_duration(sends[0].bucket_s)
        yield text.format(size=size, begin=rule.from_, end=rule.to)
    if rule.categories != ["*"] and not any(source.may_have("category") for source in sends):
        yield words.gettext(
            'no source of it names a category; set categories = ["*"] if all messages are meant'
        )


def _what_complaints_lack(
    rule: DistinctReportersRule, source: Source, words: Catalogue
) -> str | None:
    if source.kind != "complaint":
        return None
    if not source.may_have("reporter"):
        return words.gettext(
            "it names no reporter: each complaint counts as that of another person"
        )
    if rule.valid_days is not None and not source.may_have("occurred_at"):
        return words.gettext("it has no `occurred_at`: each complaint counts as valid")
    return None


def exactness(rule: CountedRule, source: Source, words: Catalogue) -> str | None:
    """Say what the records of a source cannot say of a rule; None where they say all.

    Parameters
    ----------
    rule
        The rule.
    source
        The source.
    words
        The catalogue of the reader.
    """
    parameters = rule.parameters
    if isinstance(parameters, DistinctReportersRule):
        return _what_complaints_lack(parameters, source, words)
    if not isinstance(parameters, QuietHoursRule) or source.bucket_s == DAY_S:
        return None
    if source.kind != "send":
        return None
    for clock in (parameters.from_, parameters.to):
        hour, minute = map(int, clock.split(":"))
        if (hour * 60 + minute) * 60 % source.bucket_s:
            text = words.gettext(
                "messages in a bucket of {size} that reaches over {clock} are not counted"
            )
            return text.format(size=format_duration(source.bucket_s), clock=clock)
    return None


def standing_still(config: Config) -> Iterator[str]:
    """Yield a sentence for each rule that no group of sources can run, with the reasons."""
    for rule in config.rule_book:
        groups = {
            group: lacks(rule, sources, config.count.levels, ENGLISH)
            for group, sources in config.groups.items()
        }
        if all(groups.values()):
            reasons = [f"group {group}: {' and '.join(why)}" for group, why in groups.items()]
            yield f"rules.{rule.pack}.{rule.entry.id}: it cannot run here; {'; '.join(reasons)}"
