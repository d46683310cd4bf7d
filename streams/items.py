"""The items that flow through the program, and the table of levels.

`Send` and `Complaint` come in. `Reject` is a record that is neither. `Counts` goes from the
counting process to the detecting one. Inside the program, times are epoch seconds (float) and the
starts of buckets whole ones (int).
"""

from __future__ import annotations

import datetime as dt
import enum
import unicodedata
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple

import msgspec

from streams.facts.record import BucketStart, CellTotal, Consent, Distinct, Late, Number, Use


class LevelFacts(NamedTuple):
    """What the program knows about one level of entities.

    Attributes
    ----------
    name
        Its word in the configuration and on the wire. For a level between "sender" and "all"
        it is also the field of `Sender` that names the entity.
    plural
        The word for its entities in reports.
    large
        Whether its entities are few and large, so that each shows its own weekly profile.
    budget_weight
        Its part of a signal's budget of false alerts, relative to the other levels.
    """

    name: str
    plural: str
    large: bool
    budget_weight: float


LEVEL_TABLE = (
    LevelFacts("all", "all", large=True, budget_weight=1.0),
    LevelFacts("category", "categories", large=True, budget_weight=1.0),
    LevelFacts("platform", "platforms", large=True, budget_weight=2.0),
    LevelFacts("merchant", "merchants", large=False, budget_weight=2.0),
    LevelFacts("account", "accounts", large=False, budget_weight=2.0),
    LevelFacts("domain", "domains", large=False, budget_weight=3.0),
    LevelFacts("access_code", "access codes", large=False, budget_weight=3.0),
    LevelFacts("signature", "signatures", large=False, budget_weight=3.0),
    LevelFacts("sender", "senders", large=False, budget_weight=14.0),
)
"""Every level, one line each, from the widest down: the order of alerts within a close."""

if TYPE_CHECKING:
    Level = str
else:
    Level = Literal[tuple(level.name for level in reversed(LEVEL_TABLE))]

LEVELS: tuple[Level, ...] = tuple(level.name for level in LEVEL_TABLE)
"""The levels' names, from the widest down."""

PARENT_LEVELS: tuple[Level, ...] = LEVELS[-2:0:-1]
"""Levels that a sender may belong to, from the narrowest up: all but "sender" and "all"."""

SURPLUS = "\tsurplus"
"""The id of a total of all ids for which an open bucket of a lane had no room. No event can name
it: an id holds no control characters."""

SURPLUS_IDS = "\tsurplus ids"
"""The id of a total that says how many ids these were, as far as can be told."""

UNCHECKED = "\tunchecked"
"""The id of a total that says how many events counted although they may be repeats: an open bucket
of a lane remembered no more event ids. It stands at the first level that is counted."""

BEYOND_THE_BOUND = (SURPLUS, SURPLUS_IDS, UNCHECKED)
"""Ids of totals that are no entity's."""

MAX_NAME_BYTES = 256
MAX_COUNT = 10**9


Name = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME_BYTES)]
"""An id or name; msgspec counts its characters, and `name_problem` checks the rest."""


HASH_DIGITS = (16, 32, 40, 48, 56, 64, 96, 128)
"""Lengths of keyed hashes in hex: ours, and those of usual functions. No telephone number and no
number of an identity card is so long."""

Hash = Annotated[
    str,
    msgspec.Meta(
        pattern=rf"\A(?:{'|'.join(f'[0-9a-fA-F]{{{digits}}}' for digits in HASH_DIGITS)})\Z"
    ),
]
"""A person, as a keyed hash: never the person's telephone number or address itself."""


def name_problem(text: str) -> str | None:
    r"""Say what is wrong with an id or name; None where nothing is.

    The rule: at most 256 bytes of UTF-8, not empty, no control characters. The text itself is
    not repeated: it may be a megabyte, or somebody's message.

    Examples
    --------
    >>> name_problem("106900012345")
    >>> name_problem("")
    'must not be empty'
    >>> name_problem("a\tb")
    'must hold no control characters; found U+0009'
    """
    if not text:
        return "must not be empty"
    if len(text) <= MAX_NAME_BYTES // 4 and text.isprintable():
        return None  # nearly all: no code point takes more than 4 bytes
    if len(text) > MAX_NAME_BYTES:
        return f"must be at most {MAX_NAME_BYTES} bytes; found {len(text)} characters"
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs"):
            return f"must hold no control characters; found U+{ord(character):04X}"
    size = len(text.encode())
    if size > MAX_NAME_BYTES:
        return f"must be at most {MAX_NAME_BYTES} bytes; found {size}"
    return None


class Sender(msgspec.Struct, frozen=True, cache_hash=True, gc=False, omit_defaults=True):
    """The sender, as far as an event names it; hashable, so that events can be counted by it."""

    id: Name | None
    access_code: Name | None = None
    signature: Name | None = None
    account: Name | None = None
    merchant: Name | None = None
    platform: Name | None = None
    category: Name | None = None
    domain: Name | None = None


Channel = Literal["sms", "email", "voice"]
Count = Annotated[int, msgspec.Meta(ge=1, le=MAX_COUNT)]


ConsentWord = Literal["explicit", "default", "none", "unknown"]
"""What a recipient has agreed to."""


class Send(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="send", omit_defaults=True):
    """One or more messages that a sender sent at one time."""

    v: Literal[1]
    event_id: Name
    event_time: dt.datetime
    channel: Channel
    sender: Sender
    source: Name
    count: Count = 1
    segments: int | None = None
    message_id: Name | None = None
    campaign: Name | None = None
    status: Name | None = None
    recipient_hash: Hash | None = None
    consent: ConsentWord | None = None


ComplaintKind = Literal["marketing", "fraud", "illegal", "optout_ignored", "other"]


class Complaint(
    msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="complaint", omit_defaults=True
):
    """One or more complaints about a sender; ``event_time`` is when they were filed."""

    v: Literal[1]
    event_id: Name
    event_time: dt.datetime
    channel: Channel
    sender: Sender
    source: Name
    kind: ComplaintKind
    count: Count = 1
    occurred_at: dt.datetime | None = None
    reporter_hash: Hash | None = None
    region: Name | None = None
    verified: bool | None = None
    message_id: Name | None = None


class End(msgspec.Struct, frozen=True, tag_field="type", tag="end"):
    """A source's end mark: buckets that start by ``through`` are complete in this lane."""

    v: Literal[1]
    source: Name
    through: dt.datetime


Event = Send | Complaint


class Skipped(enum.Enum):
    """What an item is that is no event and is not wrong either: its source does not want it."""

    SKIPPED = "skipped"


SKIPPED: Final = Skipped.SKIPPED


class Reject(msgspec.Struct, frozen=True):
    """A record that is not an event, with the reason and its place.

    ``place`` is a topic and partition with an offset, or a file with the record's number. ``raw``
    is the record itself; it leaves the process only where ``rejects.payload`` allows it. Of several
    items of one record only the first reject is ``whole``: the others leave without the bytes, or
    a record of many bad items would be written as often.
    """

    reason: str
    detail: str
    place: Place
    raw: bytes
    whole: bool = True


class Place(msgspec.Struct, frozen=True):
    """Where a record was: ``(topic, partition, offset)`` or ``(file, line)``.

    ``line`` is the record's number, also in formats whose records are not lines. Where the record
    holds several items, ``index`` says which it was, from 0.
    """

    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    file: str | None = None
    line: int | None = None
    index: int | None = None


class Total(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A running total of one lane: it only grows, so the larger of two is the newer."""

    bucket: BucketStart
    level: Level
    id: str
    count: Number


class Family(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The senders among a record's totals that belong to one entity of a wider level.

    ``members`` are the indices of their totals in the record's ``totals``. What a sender belongs to
    is written with its total: of two totals, the larger comes with all that the other had.
    """

    level: Level
    id: str
    members: list[int]


class Tally(msgspec.Struct, frozen=True, array_like=True):
    """The records that came while ``bucket`` was a lane's newest, by fate; it only grows."""

    bucket: int
    events: int
    late: int
    duplicates: int
    rejects: int


COUNTS_FORM = 2
"""The form of records of ``counts`` that is written: 1 was written without ``v``."""


class Counts(msgspec.Struct, frozen=True, omit_defaults=True):
    """One record of the topic ``counts``: totals of one lane, for one shard.

    ``lanes`` is the source's number of lanes, so that a lane not yet seen holds the close.
    ``watermark`` is only in the last record of a flush: a reader that has it has read every total
    below it. With ``uses_counted``, senders of closed buckets that have none in ``uses`` named
    nothing; otherwise nobody knows what they named.
    """

    source: str
    lane: int
    lanes: int
    bucket_s: int
    totals: list[Total] = []
    tallies: list[Tally] = []
    families: list[Family] = []
    distinct: list[Distinct] = []
    consents: list[Consent] = []
    uses: list[Use] = []
    uses_counted: bool = False
    late: list[Late] = []
    cells: list[CellTotal] = []
    watermark: float | None = None
    idle: bool = False
    v: Annotated[int, msgspec.Meta(ge=1, le=COUNTS_FORM)] = 1
