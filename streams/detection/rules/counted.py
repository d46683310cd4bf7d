"""What of a closed bucket a rule counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from detectors.distinct.bottom_k import Sketch
from streams.config.sources import Source
from streams.counts.bucket import Buckets
from streams.detection.merge import ClosedBucket
from streams.detection.rules.standing import CountedBucket
from streams.facts.bucket import SourceUse
from streams.facts.record import DistinctOf
from streams.items import Level
from streams.rule_packs.parameters import DistinctReportersRule, Parameters, QuietHoursRule

ALL_CATEGORIES: Final = ["*"]
"""The categories of a rule that is about all messages."""


def counted(
    closed: ClosedBucket, rule: Parameters, sources: Sequence[Source], buckets: Buckets
) -> CountedBucket:
    """Return a closed bucket as a rule sees it: of all sources of the group, at its level.

    Parameters
    ----------
    closed
        The bucket.
    rule
        The rule's parameters.
    sources
        The sources of the group.
    buckets
        How the group divides time.
    """
    level = rule.level
    complaints = [source.name for source in sources if source.kind == "complaint"]
    sends = [source.name for source in sources if source.kind == "send"]
    reporters: dict[str, tuple[int, ...]] = {}
    late: list[tuple[int, str, int, tuple[int, ...]]] = []
    said: dict[str, int] = {}
    messages: dict[str, int] = {}
    cut: dict[str, int] = {}
    today = buckets.day(closed.start)
    if isinstance(rule, DistinctReportersRule):
        what: DistinctOf = "reporters" if rule.valid_days is None else "valid_reporters"
        for name in complaints:
            for entity, sketches in closed.facts.distinct.get((name, level), {}).items():
                if what in sketches:
                    if _is_cut(sketches[what], rule):
                        cut[entity] = today
                    reporters[entity] = (*reporters.get(entity, ()), *sketches[what].hashes)
    elif isinstance(rule, QuietHoursRule) and rule.categories != ALL_CATEGORIES:
        messages = _of_categories(closed.facts.uses, rule, sends)
    else:
        said = _summed(closed, complaints, level)
        messages = _summed(closed, sends, level)
    for each in closed.facts.late:
        if each.level == level and each.source in complaints:
            valid = isinstance(rule, DistinctReportersRule) and rule.valid_days is not None
            who = each.valid_reporters if valid else each.reporters
            day = buckets.day(each.of_bucket)
            late.append((day, each.id, each.total, who.hashes))
            if isinstance(rule, DistinctReportersRule) and _is_cut(who, rule):
                cut[each.id] = max(day, cut.get(each.id, day))
    return CountedBucket(
        closed.start,
        closed.end,
        today,
        buckets.day(closed.end),
        messages,
        said,
        reporters,
        late,
        cut,
    )


def _is_cut(sketch: Sketch, rule: DistinctReportersRule) -> bool:
    """Whether there may be reporters that a sketch did not keep, though the rule needs them."""
    return len(sketch) == sketch.k < rule.need


def _summed(closed: ClosedBucket, sources: Iterable[str], level: Level) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in sources:
        for entity, count in closed.sums.get((name, level), {}).items():
            found[entity] = found.get(entity, 0) + count
    return found


def _of_categories(
    uses: Iterable[SourceUse], rule: QuietHoursRule, sends: Sequence[str]
) -> dict[str, int]:
    """Messages of the rule's categories, by what its level calls their sender."""
    found: dict[str, int] = {}
    for use in uses:
        if use.source not in sends or use.category not in rule.categories:
            continue
        entity = entity_of(use, rule.level)
        if entity is not None:
            found[entity] = found.get(entity, 0) + use.total
    return found


def entity_of(use: SourceUse, level: Level) -> str | None:
    """Return the entity of a level that events counted for; None where they named none.

    Examples
    --------
    >>> use = SourceUse("sends", "sender", "1069", signature="Mall", total=3)
    >>> entity_of(use, "sender"), entity_of(use, "signature"), entity_of(use, "all")
    ('1069', 'Mall', 'all')
    """
    if level == "all":
        return "all"
    if use.level == level:
        return use.id
    name: str | None = getattr(use, level, None)
    return name
