"""The table of signals of misuse: what is judged by facts, shares and the registry, not by counts.

A new signal needs judges (`streams.detection.misuse.judge`), one line here, and one of what lanes
count for it (`streams.facts.wanted`). Configuration, alerts, labels, sentences and documents read
the table. It imports nothing but the standard library and what marks texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from streams.language.catalogue import Term, mark_in

Wanted = Literal["uses", "consents", "optouts"]
"""What the lanes may have to count beside totals."""


class MisuseFacts(NamedTuple):
    """The facts about one signal of misuse.

    Attributes
    ----------
    name
        As configuration, alerts and labels have it.
    judges
        Module and function that make its judges, ``"module:function"``.
    detector
        What its alerts name as their detector.
    method
        What that does, in a few words.
    wants
        What the lanes must count for it.
    share
        Part of the budget of false alerts that it takes; 0 where it is exact, or has a key.
    kinds
        What it may find, each with the words for it; empty where its alerts have no kind, or where
        others say which there are (rules).
    words
        Its name for people.
    parents
        Signals of misuse whose alert on something wider may be its parent, the first choice first.
    """

    name: str
    judges: str
    detector: str
    method: str
    wants: tuple[Wanted, ...]
    share: float
    kinds: dict[str, Term]
    words: Term
    parents: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether it follows from what was counted and registered alone."""
        return self.share == 0.0


_HERE = "streams.detection.misuse"

RULE = "rule"
"""The signal of rules: ``detect.rules`` asks for it, and each rule is a kind."""

RELAPSE = "relapse"
"""The signal of look-backs: ``detect.look_back`` has its share of the budget."""

MISUSE_TABLE: tuple[MisuseFacts, ...] = (
    MisuseFacts(
        name="new_code",
        judges=f"{_HERE}.new_code:judges",
        detector="first-use",
        method="first use of a code, or the first after a stated silence",
        wants=("uses",),
        share=0.0,
        kinds={"first": mark_in("misuse", "first use"), "again": mark_in("misuse", "used again")},
        words=mark_in("signal", "new code"),
        parents=("snowshoe",),
    ),
    MisuseFacts(
        name="scope",
        judges=f"{_HERE}.scope:judges",
        detector="registry",
        method="uses that the registry does not allow",
        wants=("uses",),
        share=0.0,
        kinds={
            "code": mark_in("misuse", "unregistered code"),
            "signature": mark_in("misuse", "unregistered signature"),
            "pair": mark_in("misuse", "unregistered pair"),
            "account": mark_in("misuse", "other account"),
            "category": mark_in("misuse", "other category"),
            "region": mark_in("misuse", "other region"),
            "purpose": mark_in("misuse", "other purpose"),
            "platform": mark_in("misuse", "other platform"),
        },
        words=mark_in("signal", "scope"),
        parents=("scope", "snowshoe"),
    ),
    MisuseFacts(
        name="sublet",
        judges=f"{_HERE}.names:code_judges",
        detector="new-names",
        method="new names a day, against the history of the code and of its peers",
        wants=("uses",),
        share=0.02,
        kinds={},
        words=mark_in("signal", "sub-letting"),
    ),
    MisuseFacts(
        name="snowshoe",
        judges=f"{_HERE}.names:signature_judges",
        detector="new-codes",
        method="new codes a day, against the history of the signature and of its peers",
        wants=("uses",),
        share=0.02,
        kinds={},
        words=mark_in("signal", "snowshoeing"),
    ),
    MisuseFacts(
        name="consent",
        judges=f"{_HERE}.consent:judges",
        detector="consent-share",
        method="e-process on the share of default or no consent; sends after an opt-out",
        wants=("consents", "optouts"),
        share=0.02,
        kinds={
            "share": mark_in("misuse", "share without consent"),
            "optout": mark_in("misuse", "sends after an opt-out"),
        },
        words=mark_in("signal", "consent"),
    ),
    MisuseFacts(
        name=RULE,
        judges="streams.detection.rules.judge:judges",
        detector="rule",
        method="what a rule pack counts, exactly and outside the budget",
        wants=(),
        share=0.0,
        kinds={},
        words=mark_in("signal", "rule"),
    ),
    MisuseFacts(
        name=RELAPSE,
        judges="streams.detection.look_back.judge:judges",
        detector="look-back",
        method="e-processes on who was handled: above the level before the case, or after it",
        wants=(),
        share=0.0,
        kinds={
            "return": mark_in("misuse", "relapse"),
            "successor": mark_in("misuse", "successor"),
            "kept": mark_in("misuse", "no relapse"),
        },
        words=mark_in("signal", "relapse"),
    ),
)

ASKED_BY_NAME: tuple[str, ...] = tuple(
    facts.name for facts in MISUSE_TABLE if facts.name not in (RULE, RELAPSE)
)
"""Signals that ``detect.misuse.signals`` may name."""

if TYPE_CHECKING:
    MisuseSignal = str
else:
    # What `[detect.misuse]` may ask for.
    MisuseSignal = Literal[ASKED_BY_NAME]

MISUSE_SIGNALS: tuple[str, ...] = tuple(facts.name for facts in MISUSE_TABLE)
"""All signals of misuse, in the order in which a close goes through them."""

FACTS_OF_MISUSE: dict[str, MisuseFacts] = {facts.name: facts for facts in MISUSE_TABLE}
"""The table, by name."""

MISUSE_KINDS: dict[str, Term] = {
    kind: words for facts in MISUSE_TABLE for kind, words in facts.kinds.items()
}
"""The words for what is found, by kind."""
