"""How good alerts are against labelled windows: what was found, how late, what was false. Pure.

Rules, each chosen against a way to look better than one is:

* An alert is in a window of the same entity and signal if it touches it, or the grace after it:
  an alert that comes when the burst has just ended is late, not false.
* A window is detected once, whatever the number of alerts in it; further ones are neither
  detections nor false. Nothing is counted by the bucket: a long window weighs no more than a
  short one, and one alarmed bucket does not make all the others of its window right.
* An alert detects one window: of those it is in, the first that no alert has detected yet. One
  that is held open for weeks does not detect what happens meanwhile: nobody was told again.
* Delay is from the window's start to the end of the bucket that opened the alert; an alert that
  was open before has none. A missed window has no delay: it is censored at the window's end.
* A true window comes before a false one, a false one before an expected one.
* An alert on a roll-up does not detect a sender's window. Where it is the parent (or a
  parent's parent) of an alert in a true or expected window, or that alert is its parent, it is
  explained: neither a detection nor false.
* Alerts on data (level source) detect windows of ``source/NAME``. Elsewhere they are no false
  alerts, since they say that the data are at fault and no sender: they are counted apart.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from streams.alerts.life import Life
from streams.labels.label import Verdict
from streams.labels.windows import Window

DAY_S = 86400.0

Fate = Literal["detection", "further", "expected", "explained", "false", "feed"]
"""What an alert was; `further` is one more in a window that had its detection."""

_FROM: dict[Verdict, Fate] = {"true": "further", "false": "false", "expected": "expected"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a true window.

    Attributes
    ----------
    window
        The window.
    alert_id
        Of the alert that detected it; None where it was missed.
    delay_s
        From its start until it was detected or, where it was missed, until it ended.
    alerts
        How many alerts were in it, those that had detected another window with them.
    """

    window: Window
    alert_id: str | None
    delay_s: float
    alerts: int

    @property
    def detected(self) -> bool:
        """Whether an alert was right about it."""
        return self.alert_id is not None


@dataclass(frozen=True, slots=True)
class Verdicted:
    """An alert and what it was; `known` where a label says so, not the lack of one."""

    life: Life
    fate: Fate
    known: bool


@dataclass(frozen=True, slots=True)
class Score:
    """Alerts of a period against its windows.

    Attributes
    ----------
    outcomes
        Of the true windows that begin in the period, in order of time.
    verdicts
        Of the alerts that opened in it, in order of opening.
    days
        How long it is.
    """

    outcomes: tuple[Outcome, ...]
    verdicts: tuple[Verdicted, ...]
    days: float

    @property
    def episodes(self) -> int:
        """How many true windows there are."""
        return len(self.outcomes)

    @property
    def detected(self) -> int:
        """How many of them were detected."""
        return sum(outcome.detected for outcome in self.outcomes)

    @property
    def detected_share(self) -> float | None:
        """Share of them that was detected; None where there are none."""
        return self.detected / self.episodes if self.outcomes else None

    @property
    def delays_s(self) -> list[float]:
        """Delays of those that were detected."""
        return [outcome.delay_s for outcome in self.outcomes if outcome.detected]

    @property
    def median_delay_s(self) -> float | None:
        """Median of all windows' delays, a missed one's being longer than any.

        None where half or more are missed. The median of the detected alone would improve when
        late detections become misses.
        """
        missed = [float("inf")] * (self.episodes - self.detected)
        if not self.outcomes:
            return None
        median = statistics.median([*self.delays_s, *missed])
        return None if median == float("inf") else median

    @property
    def false_alerts(self) -> int:
        """How many were false: in no true or expected window, and explained by none."""
        return self.count("false")

    @property
    def known_false(self) -> int:
        """How many of the false ones a label calls so; of the others nobody has said anything."""
        return sum(verdict.fate == "false" and verdict.known for verdict in self.verdicts)

    @property
    def expected_alerts(self) -> int:
        """How many were in expected windows."""
        return self.count("expected")

    @property
    def false_per_day(self) -> float:
        """False alerts a day."""
        return self.false_alerts / self.days

    def count(self, fate: Fate) -> int:
        """How many alerts had a fate."""
        return sum(verdict.fate == fate for verdict in self.verdicts)


def score(
    lives: Sequence[Life],
    windows: Sequence[Window],
    *,
    since_s: float,
    until_s: float,
    grace_s: float,
) -> Score:
    """Hold alerts against windows.

    A window belongs to the period in which it begins, an alert to that in which the bucket that
    opened it ended: periods that follow each other share nothing and lose nothing. What opened
    after the period is not known yet, and detects nothing.

    Parameters
    ----------
    lives
        Alerts, also from before the period.
    windows
        Windows, also outside it.
    since_s, until_s
        The period, epoch s.
    grace_s
        How long after a window's end an alert still counts as in it; not for false windows.

    Raises
    ------
    ValueError
        Where the period or the grace cannot be.
    """
    if not since_s < until_s:
        raise ValueError(f"until_s must be after since_s {since_s:.0f}; got {until_s:.0f}")
    if grace_s < 0:
        raise ValueError(f"grace_s must not be negative; got {grace_s:g}")
    known = sorted((life for life in lives if life.opened_s <= until_s), key=_opening)
    matched = _Matched(windows, grace_s)
    first = [matched.take(life) for life in known]
    explained = _explained(known, first)
    verdicts = (
        _verdict(life, fate, explained=n in explained)
        for n, (life, fate) in enumerate(zip(known, first, strict=True))
    )
    return Score(
        outcomes=tuple(matched.outcomes(since_s, until_s)),
        verdicts=tuple(v for v in verdicts if v.life.opened_s > since_s),
        days=(until_s - since_s) / DAY_S,
    )


def _opening(life: Life) -> tuple[float, str, str, str]:
    return life.opened_s, life.level, life.entity, life.alert_id


def _verdict(life: Life, fate: Fate | None, *, explained: bool) -> Verdicted:
    if fate is not None:
        return Verdicted(life, fate, known=True)
    if life.level == "source":
        return Verdicted(life, "feed", known=False)
    return Verdicted(life, "explained" if explained else "false", known=False)


class _Matched:
    """Windows, and the alerts that were in them; alerts come in order of opening."""

    def __init__(self, windows: Iterable[Window], grace_s: float) -> None:
        self._grace_s = grace_s
        self._windows = sorted(windows, key=lambda w: (w.start_s, w.end_s, w.level, w.entity))
        self._of: dict[tuple[str, str], list[int]] = defaultdict(list)
        for n, window in enumerate(self._windows):
            self._of[window.level, window.entity].append(n)
        self._alerts = [0] * len(self._windows)
        self._detected: dict[int, Life] = {}

    def take(self, life: Life) -> Fate | None:
        """What windows say of an alert; None where it is in none."""
        places = [n for n in self._of[life.level, life.entity] if self._in(life, n)]
        true = [n for n in places if self._windows[n].verdict == "true"]
        for n in true:
            self._alerts[n] += 1
        # Where it is in a window itself it is not taken for a late one of the window before.
        inside = [n for n in true if self._within(life, n, 0.0)]
        for n in inside or true:
            if n not in self._detected:
                self._detected[n] = life
                return "detection"
        said = {self._windows[n].verdict for n in places}
        for verdict, fate in _FROM.items():
            if verdict in said:
                return fate
        return None

    def outcomes(self, since_s: float, until_s: float) -> Iterable[Outcome]:
        """What became of the true windows that begin in a period."""
        for n, window in enumerate(self._windows):
            if window.verdict != "true" or not since_s <= window.start_s < until_s:
                continue
            life = self._detected.get(n)
            found_s = min(window.end_s, until_s) if life is None else life.opened_s
            yield Outcome(
                window,
                None if life is None else life.alert_id,
                max(found_s - window.start_s, 0.0),
                self._alerts[n],
            )

    def _in(self, life: Life, n: int) -> bool:
        window = self._windows[n]
        # Grace is for an alert that may be right, not for one that is to be called false.
        grace_s = 0.0 if window.verdict == "false" else self._grace_s
        return window.concerns(life.level, life.entity, life.signal) and self._within(
            life, n, grace_s
        )

    def _within(self, life: Life, n: int, grace_s: float) -> bool:
        window = self._windows[n]
        return life.first_s < window.end_s + grace_s and window.start_s < life.last_s


def _explained(lives: Sequence[Life], fates: Sequence[Fate | None]) -> set[int]:
    """Places of alerts that are a parent, or a child, of one that is right or expected."""
    places = {(life.group, life.alert_id): n for n, life in enumerate(lives)}
    up = {n: places[key] for n, life in enumerate(lives) if (key := _parent(life)) in places}
    right = {n for n, fate in enumerate(fates) if fate in ("detection", "further", "expected")}
    out: set[int] = set()
    for n in range(len(lives)):
        above = _above(n, up)
        if n in right:
            out.update(above)
        elif right.intersection(above):
            out.add(n)
    return out


def _parent(life: Life) -> tuple[str, str | None]:
    return life.group, life.parent


def _above(n: int, up: dict[int, int]) -> list[int]:
    out: list[int] = []
    while n in up and up[n] not in out:  # what is read could name each other for parents
        n = up[n]
        out.append(n)
    return out
