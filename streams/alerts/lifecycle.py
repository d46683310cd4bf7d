"""The life of an alert: opened, updated, resolved.

A state machine over closed buckets, with separate rules to enter and to leave, so
that an alert does not flap. It knows nothing of banks, Kafka or clocks.

* *Enter*: evidence reaches the threshold, the bucket counted, and what was observed
  since the onset is at least ``min_count``.
* *Update*: the severity rises, the total has doubled since the last revision, a bucket
  counts half as much again as any before it in this life, or it goes on, or bursts again
  within its hold, a day or more after the last revision.
* *Leave*: the counts fitted the baseline from before the alert for ``exit_after``
  buckets in a row, and the alert is older than ``min_hold`` buckets.
* *Level shift*: an alert that outlives ``longest_life`` is resolved as the new level.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from streams.counts.bucket import DAY_S

Step = Literal["opened", "updated", "resolved"]
Severity = Literal["warning", "critical"]

CRITICAL_MARGIN_NATS = 6.9
"""A thousand times the evidence that an alert needs."""

CRITICAL_RATIO = 20.0
"""Or twenty times the expectation, where at least as many were counted."""


NEW_HIGH = 1.5
"""A count this many times the highest so far is news."""


@dataclass(frozen=True, slots=True)
class Rules:
    """When an alert begins to matter and when it ends; counts are of buckets."""

    min_count: int
    exit_after: int
    min_hold: int
    longest_life_s: float


class Episode(msgspec.Struct):
    """An alert in progress, and what its next revision will say.

    ``observed`` and ``expected`` are sums since the onset, ``alarmed`` and ``exposure``
    since the first bucket, which may be later; ``highest`` is the largest single count,
    ``told`` the end of the bucket of the last revision.
    """

    alert_id: str
    detector: str
    revision: int
    onset: int
    first_bucket: int
    last_bucket: int
    observed: float
    expected: float
    exposure: float
    evidence_nats: float
    threshold_nats: float
    severity: Severity
    shown: float
    alarmed: float
    highest: float
    told: int
    held: int = 1
    quiet: int = 0
    reason: str | None = None

    @property
    def ratio(self) -> float:
        """Observed over expected."""
        return self.observed / self.expected if self.expected > 0 else self.observed

    @property
    def rate(self) -> float:
        """Count a unit of exposure while it lasted: what a level shift takes for the new level."""
        return self.alarmed / self.exposure if self.exposure > 0 else 0.0

    def _grade(self) -> Severity:
        strong = self.evidence_nats >= self.threshold_nats + CRITICAL_MARGIN_NATS
        many = self.ratio >= CRITICAL_RATIO and self.observed >= CRITICAL_RATIO
        return "critical" if strong or many else "warning"

    def grade(self) -> None:
        """Set the severity; it never falls within a life."""
        if self.severity == "warning":
            self.severity = self._grade()


def enters(
    rules: Rules, *, count: float, observed: float, evidence: float, threshold: float
) -> bool:
    """Whether a bucket opens an alert.

    Examples
    --------
    >>> rules = Rules(min_count=3, exit_after=3, min_hold=1, longest_life_s=1e6)
    >>> enters(rules, count=1, observed=4, evidence=9.0, threshold=8.0)
    True
    >>> enters(rules, count=1, observed=2, evidence=9.0, threshold=8.0)
    False
    """
    return count > 0 and evidence >= threshold and observed >= rules.min_count


def follow(
    episode: Episode,
    rules: Rules,
    *,
    bucket: int,
    end: int,
    count: float,
    expected: float,
    exposure: float,
    fits: bool,
) -> Step | None:
    """Take an open alert through one closed bucket; it changes `episode`.

    Parameters
    ----------
    bucket, end
        Start and end of the closed bucket, epoch s.
    count, expected
        What was counted in it, and what the baseline from before expected.
    exposure
        The bucket's exposure, from which a level shift learns the new rate.
    fits
        Whether the count fits that baseline.

    Returns
    -------
    Step or None
        What readers must be told, if anything.
    """
    episode.held += 1
    episode.quiet = episode.quiet + 1 if fits else 0
    if not fits:
        episode.last_bucket = bucket
    episode.observed += count
    episode.alarmed += count
    episode.expected += expected
    episode.exposure += exposure
    if episode.quiet >= rules.exit_after and episode.held > rules.min_hold:
        episode.revision += 1
        return "resolved"
    if end - episode.first_bucket >= rules.longest_life_s:
        episode.revision += 1
        episode.reason = "level_shift"
        return "resolved"
    before = episode.severity
    episode.grade()
    doubled = not fits and episode.observed >= 2 * episode.shown
    higher = not fits and count > NEW_HIGH * episode.highest
    episode.highest = max(episode.highest, count)
    still = not fits and end - episode.told >= DAY_S
    if episode.severity != before or doubled or higher or still:
        episode.shown, episode.told = episode.observed, end
        episode.revision += 1
        return "updated"
    return None
