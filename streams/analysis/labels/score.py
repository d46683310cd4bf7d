"""How good alerts are against labelled windows: what was found, how late, what was false. Pure.

Rules, each chosen against a way to look better than one is:

* An alert is in a window of the same entity and signal if it opened in it: from a quarter of the
  window's length before it, a day at most but at least a bucket, until its first alarmed bucket
  begins a bucket after it. People's labels and other configurations' alerts begin a little late; an
  alert that comes when the burst has just ended is late, not false. An alert that opened earlier
  and is still open does not report this burst: the window does not make it right, and it does not
  detect the window. So it brings no gain to hold alerts open.
* A window is detected once, whatever the number of alerts in it; further ones are neither
  detections nor false. Nothing is counted by the bucket: a long window weighs no more than a
  short one, and one alarmed bucket does not make all the others of its window right.
* An alert detects one window: of those it is in, the first that no alert has detected yet.
* Delay is from the window's start to the end of the bucket that opened the alert, and never
  negative. A missed window has no delay: it is censored at the window's end.
* A true window comes before a false one, a false one before an expected one. A false window calls
  whatever touches it false, and nothing beside it.
* An alert that no label speaks of is unjudged. Nobody has looked at it, so that it is not false.
* An alert on a roll-up does not detect a sender's window. Where it is the parent (or a
  parent's parent) of an alert in a true or expected window, or that alert is its parent, it is
  explained: neither a detection nor unjudged. So is one that opens on a roll-up of another level
  in an expected window of kind ``campaign``: a campaign lifts whatever holds its senders.
* Only these parents say which roll-up the sender of a window belongs to.
* Alerts on data (level source) detect windows of ``source/NAME``. Elsewhere they are not unjudged,
  since they say that the data are at fault and no sender. They are counted separately.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from streams.alerts.history import Life
from streams.alerts.label import Verdict
from streams.analysis.labels.outcome import DAY_S, Fate, Outcome, Score, Verdicted
from streams.analysis.labels.windows import Window
from streams.items import LEVELS

__all__ = ["Fate", "Outcome", "Score", "Verdicted", "score"]

CAMPAIGN = "campaign"

EARLY = 0.25
"""Part of a window's length by which an alert may be before it; a day at most."""

ROLL_UPS = frozenset(LEVELS) - {"sender"}

_FROM: dict[Verdict, Fate] = {"true": "further", "false": "false", "expected": "expected"}


def score(
    lives: Sequence[Life],
    windows: Sequence[Window],
    *,
    since_s: float,
    until_s: float,
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

    Raises
    ------
    ValueError
        Where the period cannot be.
    """
    if not since_s < until_s:
        raise ValueError(f"until_s must be after since_s {since_s:.0f}; got {until_s:.0f}")
    known = sorted((life for life in lives if life.opened_s <= until_s), key=_opening)
    matched = _Matched(windows)
    first = [matched.take(life) for life in known]
    explained = _explained(known, first) | set(_lifted(known, windows))
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
        return Verdicted(life, fate)
    if life.level == "source":
        return Verdicted(life, "source_fault")
    return Verdicted(life, "explained" if explained else "unjudged")


class _Matched:
    """Windows, and the alerts that were in them; alerts come in order of opening."""

    def __init__(self, windows: Iterable[Window]) -> None:
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
        # In a window itself it is neither a late one of another window nor an early one.
        inside = [n for n in true if self._within(life, n)]
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

    def _within(self, life: Life, n: int) -> bool:
        return self._windows[n].start_s < life.opened_s <= self._windows[n].end_s

    def _in(self, life: Life, n: int) -> bool:
        window = self._windows[n]
        if not window.concerns(life.level, life.entity, life.signal):
            return False
        if window.verdict == "false":
            return window.touches(life.first_s, life.last_s)
        return _opened_in(life, window)


def _opened_in(life: Life, window: Window) -> bool:
    early_s = max(min(EARLY * (window.end_s - window.start_s), DAY_S), life.bucket_s)
    touches = window.touches(life.first_s, life.last_s, life.bucket_s)
    return touches and life.opened_s >= window.start_s - early_s


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


def _lifted(lives: Sequence[Life], windows: Iterable[Window]) -> Iterator[int]:
    """Places of alerts on other roll-ups that opened in campaigns that were expected."""
    campaigns = [w for w in windows if w.verdict == "expected" and w.kind == CAMPAIGN]
    for n, life in enumerate(lives):
        if life.level in ROLL_UPS and any(
            w.level != life.level and _opened_in(life, w) for w in campaigns
        ):
            yield n


def _parent(life: Life) -> tuple[str, str | None]:
    return life.group, life.parent


def _above(n: int, up: dict[int, int]) -> list[int]:
    out: list[int] = []
    while n in up and up[n] not in out:  # what is read could name each other for parents
        n = up[n]
        out.append(n)
    return out
