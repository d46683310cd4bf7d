"""Which signals of misuse have nothing to judge, since no source says what they need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from streams.config.model import Config
from streams.config.sources import Source
from streams.sources.event_facts import OPTOUT


def misuse_standing_still(config: Config) -> Iterator[str]:
    """Yield a sentence for each signal, or part of one, that no group of sources can have."""
    asked = config.detect.misuse.signals
    groups = list(config.groups.values())
    if "consent" in asked and not any(_says(each, "send", "consent") for each in groups):
        yield (
            "detect.misuse.signals: consent: no source of messages names `consent`, so the share"
            " of default or no consent is not judged. Map `consent` in their table"
        )
    if "consent" in asked and not any(_may_match(each) for each in groups):
        yield (
            "detect.misuse.signals: consent: messages after an opt-out cannot be found: that needs"
            " messages with `recipient`, and in the same group complaints with `reporter` that"
            f' have the kind "{OPTOUT}"'
        )
    if "fan_out" in asked and not any(_says(each, "send", "recipient") for each in groups):
        yield (
            "detect.misuse.signals: fan_out: no source of messages names `recipient`, so nobody is"
            " counted. Map `recipient` in their table"
        )


def _says(sources: Sequence[Source], kind: str, field: str) -> bool:
    return any(source.kind == kind and source.may_have(field) for source in sources)


def _may_match(sources: Sequence[Source]) -> bool:
    return _says(sources, "send", "recipient") and any(
        source.kind == "complaint" and source.may_have("reporter") and _tells_optouts(source)
        for source in sources
    )


def _tells_optouts(source: Source) -> bool:
    """Whether a complaint of a source may be about a message after an opt-out."""
    if source.own_events or source.table.default_kind == OPTOUT:
        return True
    words = source.columns.words
    return words is not None and OPTOUT in words.values()
