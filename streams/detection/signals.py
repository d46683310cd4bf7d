"""The table of signals, by which entities are judged, and the table of our own detectors.

A new signal needs a judge (`streams.detection.judges`) and one line here; a new detector of ours
one line here. The module imports nothing but the standard library and what marks texts, so that
configuration, sentences and documents can read it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Literal, NamedTuple

from streams.detection.misuse.table import MISUSE_TABLE
from streams.language.catalogue import Catalogue, Forms, Term, mark_forms, mark_in


class SignalFacts(NamedTuple):
    """The facts about one signal.

    Attributes
    ----------
    name
        As configuration, alerts and labels have it.
    judges
        Module and function that make its judges, ``"module:function"``.
    kind
        Kind of source whose events it counts; None where it counts none of its own.
    events
        The signal whose events it is about: its own name, or another signal's.
    enters_by
        The signal by whose events an entity gets a row.
    needs
        Signals that a group must count for it.
    share
        Part of the budget of `events` that it takes, or of all where it has events of its own
        that no source sends; 0 where it has a budget of its own.
    counted
        What is counted, with its number, in a sentence.
    plural
        The same without a number.
    narrowest
        Whether it also judges the narrowest level that is counted.
    distinct
        What it counts different ones of, in place of events; empty of other signals. Then it is
        judged only where ``[detect.misuse]`` names it, by a part of the share of what it needs.
    """

    name: str
    judges: str
    kind: str | None
    events: str
    enters_by: str
    needs: tuple[str, ...]
    share: float
    counted: Forms
    plural: Term
    narrowest: bool = True
    distinct: str = ""

    @property
    def of_its_own(self) -> bool:
        """Whether its events are those of no other signal."""
        return self.events == self.name


_JUDGES = "streams.detection.judges"

NEWCOMERS = "newcomers"
"""The signal that counts new ids: the first in a close, since a flood explains its newcomers."""

FAN_OUT = "fan_out"
"""The signal that counts distinct recipients of messages."""

SIGNAL_TABLE: tuple[SignalFacts, ...] = (
    SignalFacts(
        name=NEWCOMERS,
        judges=f"{_JUDGES}.newcomers:newcomers_judges",
        kind=None,
        events=NEWCOMERS,
        enters_by=NEWCOMERS,
        needs=(),
        share=0.02,
        counted=mark_forms("{n} new sender", "{n} new senders"),
        plural=mark_in("counted", "new senders"),
        narrowest=False,
    ),
    SignalFacts(
        name="sends",
        judges=f"{_JUDGES}.volume:volume_judges",
        kind="send",
        events="sends",
        enters_by="sends",
        needs=("sends",),
        share=0.0,
        counted=mark_forms("{n} message", "{n} messages"),
        plural=mark_in("counted", "messages"),
    ),
    SignalFacts(
        name=FAN_OUT,
        judges=f"{_JUDGES}.volume:volume_judges",
        kind=None,
        events=FAN_OUT,
        enters_by=FAN_OUT,
        needs=("sends",),
        share=0.25,
        counted=mark_forms("{n} recipient", "{n} recipients"),
        plural=mark_in("counted", "recipients"),
        distinct="recipients",
    ),
    SignalFacts(
        name="complaints",
        judges=f"{_JUDGES}.volume:volume_judges",
        kind="complaint",
        events="complaints",
        enters_by="complaints",
        needs=("complaints",),
        share=0.0,
        counted=mark_forms("{n} complaint", "{n} complaints"),
        plural=mark_in("counted", "complaints"),
    ),
    SignalFacts(
        name="complaint_rate",
        judges=f"{_JUDGES}.complaint_rate:rate_judges",
        kind=None,
        events="complaints",
        enters_by="sends",
        needs=("sends", "complaints"),
        share=0.5,
        counted=mark_forms("{n} complaint", "{n} complaints"),
        plural=mark_in("counted", "complaints"),
    ),
)

if TYPE_CHECKING:
    Signal = str
    SourcedSignal = str
    CountedSignal = str
else:
    Signal = Literal[tuple(facts.name for facts in SIGNAL_TABLE)]
    # What archives and the spans of labels may name: signals that need a source of some kind.
    SourcedSignal = Literal[tuple(facts.name for facts in SIGNAL_TABLE if facts.needs)]
    CountedSignal = Literal[tuple(facts.name for facts in SIGNAL_TABLE if facts.kind)]

DISTINCT_SIGNALS: tuple[Signal, ...] = tuple(facts.name for facts in SIGNAL_TABLE if facts.distinct)
"""Signals that count different people or names: only where they are asked for."""

SIGNALS: tuple[Signal, ...] = tuple(facts.name for facts in SIGNAL_TABLE)
"""All signals, in the order in which a close goes through them."""

FACTS_OF_SIGNAL: dict[Signal, SignalFacts] = {facts.name: facts for facts in SIGNAL_TABLE}
"""The table, by name."""


def signals_of(kinds: Collection[str], asked: Collection[str]) -> list[SignalFacts]:
    """Return the signals of a group of sources.

    Parameters
    ----------
    kinds
        Signals whose events its sources count.
    asked
        Signals that are judged only where they are asked for.

    Examples
    --------
    >>> [facts.name for facts in signals_of({"sends"}, ["fan_out"])]
    ['newcomers', 'sends', 'fan_out']
    """
    return [
        facts
        for facts in SIGNAL_TABLE
        if all(needed in kinds for needed in facts.needs)
        and (not facts.distinct or facts.name in asked)
    ]


def counted(words: Catalogue, signal: Signal, number: float) -> str:
    """What a signal counts, with its number, in a sentence.

    Parameters
    ----------
    words
        The catalogue of the reader.
    signal
        The signal.
    number
        How many; a whole number is written.

    Examples
    --------
    >>> from streams.language.catalogue import catalogue
    >>> counted(catalogue("en"), "sends", 1), counted(catalogue("zh"), "complaint_rate", 1200.4)
    ('1 message', '1,200 件投诉')
    """
    return words.ngettext(*FACTS_OF_SIGNAL[signal].counted, number).format(n=f"{number:,.0f}")


def events_signal(signal: str | None) -> str | None:
    """Name the signal whose events a signal is about; leave any other name as it is.

    A burst of complaints is one burst, whether their number or their rate shows it.

    Examples
    --------
    >>> events_signal("complaint_rate"), events_signal("sends"), events_signal("source")
    ('complaints', 'sends', 'source')
    """
    facts = FACTS_OF_SIGNAL.get(signal) if signal is not None else None
    return signal if facts is None else facts.events


Finds = Literal[
    "bursts", "newcomers", "young", "rises", "rates", "floods", "source faults", "misuse"
]
"""What a detector finds: bursts of entities that have counted before, first counts that are too
large, the same of entities known for a few days, slow rises, rates of complaints, floods of
newcomers, what is wrong with a source, and misuse that is no burst."""


class DetectorFacts(NamedTuple):
    """The facts about one of our detectors.

    Attributes
    ----------
    name
        Its name in alerts; the configuration may not give it to a detector beside ours.
    finds
        What it looks for.
    method
        In a few words.
    evidence
        Of a detector of bursts, which ``[detect.burst]`` may name: its class, ``"module:Class"``.
        The other detectors are parts of their judge.
    """

    name: str
    finds: Finds
    method: str
    evidence: str = ""


KNOWN = "e-sr"
"""Detector for entities that have counted before."""

TAIL = "tail"
"""Detector for the same entities, if ``[detect.burst]`` names it."""

NEWCOMER = "first-count"
"""Detector for an entity's first bucket."""

YOUNG = "young-count"
"""Detector for entities known for a few days."""

SLOW = "slow-e-sr"
"""Detector for rises that no single bucket shows."""

RATE = "rate-e-sr"
"""Detector for complaints, compared with the messages whose complaints are due."""

NEW_IDS = "new-ids"
"""Detector for floods of new ids: how many came."""

NEW_IDS_EVENTS = "new-ids-events"
"""Detector for floods of new ids: how many events they have in their first bucket."""

WEEKLY = "weekly-level"
"""Detector for gaps, truncated and stalled sources."""

DIVISIBILITY = "divisibility"
"""Detector for sources that were posted several times."""

USUAL_SHARE = "usual-share"
"""Detector for complaints that name no sender."""

SENDER_BOUND = "sender-bound"
"""Detector for sources that name more ids than `count.max_senders`."""

ID_BOUND = "event-id-bound"
"""Detector for sources with more event ids than are remembered, where repeats are dropped."""

DETECTOR_TABLE: tuple[DetectorFacts, ...] = (
    DetectorFacts(
        KNOWN,
        "bursts",
        "predictive Shiryaev-Roberts e-detector, over buckets",
        evidence="detectors.burst.shiryaev_roberts:ShiryaevRoberts",
    ),
    DetectorFacts(
        TAIL,
        "bursts",
        "tail probability of each bucket by itself",
        evidence="detectors.burst.tail_evidence:TailEvidence",
    ),
    DetectorFacts(NEWCOMER, "newcomers", "recent first counts of other newcomers"),
    DetectorFacts(YOUNG, "young", "recent counts of others that were as new"),
    DetectorFacts(SLOW, "rises", "e-detector on seven days, against a level four weeks old"),
    DetectorFacts(RATE, "rates", "e-detector on complaints, exposure the messages sent"),
    DetectorFacts(NEW_IDS, "floods", "e-detector on the number of new ids, over buckets"),
    DetectorFacts(NEW_IDS_EVENTS, "floods", "e-detector on the events of new ids, over buckets"),
    DetectorFacts(WEEKLY, "source faults", "usual level of the hour of the week"),
    DetectorFacts(DIVISIBILITY, "source faults", "counts that one number divides"),
    DetectorFacts(USUAL_SHARE, "source faults", "usual share without a sender"),
    DetectorFacts(SENDER_BOUND, "source faults", "ids beyond what is counted apart"),
    DetectorFacts(ID_BOUND, "source faults", "event ids beyond what is remembered"),
    *(DetectorFacts(misuse.detector, "misuse", misuse.method) for misuse in MISUSE_TABLE),
)

EVIDENCE_OF_DETECTOR = {facts.name: facts.evidence for facts in DETECTOR_TABLE if facts.evidence}
"""Classes of the detectors of bursts, by name."""

if TYPE_CHECKING:
    BurstDetector = str
else:
    BurstDetector = Literal[tuple(EVIDENCE_OF_DETECTOR)]

FaultKind = Literal[
    "stalled", "gap", "truncated", "posted_twice", "senderless_share", "overflow", "unchecked"
]
"""What can be wrong with a source."""

OWN_DETECTORS = frozenset(facts.name for facts in DETECTOR_TABLE)
"""Names of all our own detectors."""

JUDGE_BUCKETS = frozenset(
    facts.name
    for facts in DETECTOR_TABLE
    if facts.finds not in ("rises", "source faults", "misuse")
)
"""Names of our detectors whose evidence is about a single bucket."""
