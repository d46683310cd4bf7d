"""Which alerts a silence or a route is about. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

import msgspec

from streams.actions.pattern import MATCHER_KEYS, MOST_TEXTS, Pattern, parse_pattern, text_problem
from streams.alerts.cloudevent import Alert, BelongsTo
from streams.items import Level
from streams.names.canonical import canonical

Texts = tuple[str, ...] | str

_BESIDE = "xx"
"""Stands for what a wildcard takes, so that the rest gets the form that it has in a whole name."""


class Matcher(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    r"""What an alert must be: all keys match, and of a key's texts any one.

    A text may begin or end with ``*``, which stands for anything; ``\*`` there is the star itself.
    A key without texts is of every alert. A key with texts is of no alert that has no such value.
    After it is made, each key holds a tuple.

    Attributes
    ----------
    level, id
        The alert's entity.
    signature, platform, category
        What the entity is or belongs to; where it belongs to several, any of them.
    signal, kind, severity
        The alert's own words.
    source
        The source that an alert is about; of other alerts, any source of the alert's group.
    """

    level: Texts = ()
    id: Texts = ()
    signature: Texts = ()
    platform: Texts = ()
    category: Texts = ()
    signal: Texts = ()
    kind: Texts = ()
    source: Texts = ()
    severity: Texts = ()

    def __post_init__(self) -> None:
        """Make a tuple of a text that stands alone."""
        for key in MATCHER_KEYS:
            value = getattr(self, key)
            if isinstance(value, str):
                msgspec.structs.force_setattr(self, key, (value,))

    @property
    def texts(self) -> dict[str, tuple[str, ...]]:
        """The texts of each key that has some."""
        return {key: texts for key in MATCHER_KEYS if (texts := getattr(self, key))}

    def matches(
        self, alert: Alert, names: Mapping[Level, Collection[str]], sources: Collection[str] = ()
    ) -> bool:
        """Whether an alert is what it must be.

        Parameters
        ----------
        alert
            The alert.
        names
            What its entity is and belongs to, by level: `names_of`.
        sources
            The sources of the alert's group.
        """
        return fits_texts(self.texts, alert, names, sources)


def fits_texts(
    texts_of: Mapping[str, Texts],
    alert: Alert,
    names: Mapping[Level, Collection[str]],
    sources: Collection[str],
) -> bool:
    """Whether an alert is what a matcher says: for who holds one against thousands.

    Parameters
    ----------
    texts_of
        `Matcher.texts`.
    alert, names, sources
        As `Matcher.matches` has them.
    """
    for key, texts in texts_of.items():
        values = _values(key, alert, names, sources)
        if not any(_matches(text, value) for text in texts for value in values):
            return False
    return True


def names_of(alert: Alert) -> BelongsTo:
    """Return what an alert's entity is and belongs to, by level.

    Examples
    --------
    >>> from tests.alerts.examples import OPENED
    >>> names_of(OPENED)
    {'sender': ['106900012345']}
    """
    names = dict(alert.belongs_to or {})
    if alert.entity.level != "source":
        names[alert.entity.level] = [alert.entity.id]
    return names


def whole_values(texts: Texts) -> set[str] | None:
    """Return the only values that a key's texts match; None where these are not so few.

    Examples
    --------
    >>> whole_values(("1069",)), whole_values(("1069*",)), whole_values(())
    ({'1069'}, None, None)
    """
    patterns = [pattern for text in texts for pattern in _patterns(text)]
    if not patterns or any(pattern.before or pattern.after for pattern in patterns):
        return None
    return {pattern.body for pattern in patterns}


def matcher_problems(matcher: Matcher) -> Iterator[str]:
    """Say what is wrong with a matcher, each problem with its key.

    Examples
    --------
    >>> list(matcher_problems(Matcher(level="planet")))[0][:26]
    'level must be all | catego'
    >>> list(matcher_problems(Matcher(id="1069*")))
    []
    """
    for key, texts in matcher.texts.items():
        if len(texts) > MOST_TEXTS:
            yield f"{key} must have at most {MOST_TEXTS} texts; got {len(texts)}"
        for text in texts[:MOST_TEXTS]:
            if problem := text_problem(key, text):
                yield f"{key} {problem}"


def _values(
    key: str, alert: Alert, names: Mapping[Level, Collection[str]], sources: Collection[str]
) -> Collection[str]:
    match key:
        case "level":
            return (alert.entity.level,)
        case "id":
            return (alert.entity.id,)
        case "signature" | "platform" | "category":
            return names.get(key, ())
        case "source":
            return (alert.entity.id,) if alert.entity.level == "source" else sources
    value = getattr(alert, key)
    return () if value is None else (value,)


def _matches(text: str, value: str) -> bool:
    return any(pattern.matches(value) for pattern in _patterns(text))


@lru_cache(maxsize=4096)
def _patterns(text: str) -> tuple[Pattern, ...]:
    """A text as it is written, and in the form in which names are counted."""
    written = parse_pattern(text)
    before, after = _BESIDE * written.before, _BESIDE * written.after
    form = canonical(before + written.body + after)
    if not (form.startswith(before) and form.endswith(after)):
        return (written,)
    counted = written._replace(body=form[len(before) : len(form) - len(after)])
    if counted == written or not counted.body:
        return (written,)
    return (written, counted)
