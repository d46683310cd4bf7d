"""The records of the topic ``counts``: how a lane's totals are split into them, and their JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from functools import partial

import msgspec

from streams.counts.facts.wire import (
    FACTS_A_RECORD,
    RecordFacts,
    cell_parts,
    facts_problem,
    late_parts,
)
from streams.counts.open_bucket import Flush, Parents
from streams.items import BEYOND_THE_BOUND, COUNTS_FORM, Counts, Family, Level, Total
from streams.names.canonical import form_of_stored
from streams.registry.control import CONTROL_BEGINS, CONTROL_FORM, RegistryRows, decode_control

TOTALS_A_RECORD = 4000
"""Keeps a record under about 400 KB."""

NAMES_A_RECORD = 14_000
"""Ids in a record, with those of families: under 8 MB even if each is as long as allowed."""

NAMES_BESIDE_FACTS = 9000
"""Ids in a record that holds facts too, which are at most 1.7 MB."""

TALLIES_A_RECORD = 1000
"""Tallies in a record: many buckets may close at once. A hundred kilobytes at most."""

PARENTS_A_SENDER = 100
"""Of a sender that belongs to more in a bucket, the first by level and name are written."""

_encode = msgspec.json.Encoder().encode
_counts = msgspec.json.Decoder(Counts)


class Unreadable(Exception):
    """A record of ``counts`` is not one of this program's."""


class WrongShape(Exception):
    """A counts record does not fit the configuration, or this version: do not guess, but stop."""


class _FormOfRecord(msgspec.Struct):
    """What a record of any form has; anything else in the topic is not ours."""

    source: str
    lane: int
    lanes: int
    v: int = 1


_form_of_record = msgspec.json.Decoder(_FormOfRecord)


def shard_of(level: str, entity_id: str, shards: int) -> int:
    """Return the shard of an entity: by the hash of its id, the same on every machine.

    Examples
    --------
    >>> shard_of("sender", "106900012345", 1)
    0
    """
    if shards == 1:
        return 0
    digest = hashlib.blake2b(f"{level}/{entity_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % shards


def records(
    source: str, lane: int, lanes: int, bucket_s: int, flush: Flush, shards: int
) -> Iterator[tuple[int, Counts]]:
    """Split a lane's flush into records, each with its shard.

    Every shard gets the watermark, in its last record: a reader that has it has read all totals
    before it. Every shard also gets what a full bucket counted together or could not check, so that
    it knows that totals are not complete, or too large.
    """
    by_shard: list[list[Total]] = [[] for _ in range(shards)] if shards > 1 else [flush.totals]
    if shards > 1:
        for total in flush.totals:
            if total.id in BEYOND_THE_BOUND:
                for of_shard in by_shard:
                    of_shard.append(total)
            else:
                by_shard[shard_of(total.level, total.id, shards)].append(total)
    facts = RecordFacts(flush.facts)
    record = partial(Counts, source, lane, lanes, bucket_s, v=COUNTS_FORM)
    apart = max(len(flush.tallies) - TALLIES_A_RECORD, 0)
    for at in range(0, apart, TALLIES_A_RECORD):
        yield 0, record(tallies=flush.tallies[at : min(at + TALLIES_A_RECORD, apart)])
    for shard, totals in enumerate(by_shard):
        own = [late for late in flush.late if shard_of(late.level, late.id, shards) == shard]
        for part in late_parts(own):
            yield shard, record(late=part)
        for cells in cell_parts(flush.facts) if shard == 0 else ():
            yield shard, record(cells=cells)
        tallies = flush.tallies[apart:] if shard == 0 else []
        if not totals and not tallies and flush.watermark is None:
            continue
        chunks = list(_chunks(totals, flush.parents, facts)) or [[]]
        for number, chunk in enumerate(chunks):
            last = number == len(chunks) - 1
            counts = record(
                totals=chunk,
                tallies=tallies if last else [],
                families=families(chunk, flush.parents),
                watermark=flush.watermark if last else None,
                idle=last and flush.idle,
            )
            if facts:
                counts = msgspec.structs.replace(counts, **facts.of_totals(chunk))
            yield shard, counts


def _chunks(totals: list[Total], parents: Parents, facts: RecordFacts) -> Iterator[list[Total]]:
    """Split totals by record, so that none holds too many totals, names or facts."""
    if not parents and facts.fit_into_one:
        for at in range(0, len(totals), TOTALS_A_RECORD):
            yield totals[at : at + TOTALS_A_RECORD]
        return
    most_names = NAMES_BESIDE_FACTS if facts else NAMES_A_RECORD
    chunk: list[Total] = []
    names = weight = 0
    for total in totals:
        belongs_to = parents.get((total.bucket, total.id), ()) if total.level == "sender" else ()
        added = 1 + min(len(belongs_to), PARENTS_A_SENDER)
        own = 0 if facts.fit_into_one else facts.weight(total)
        full = len(chunk) == TOTALS_A_RECORD or names + added > most_names
        if chunk and (full or weight + own > FACTS_A_RECORD):
            yield chunk
            chunk, names, weight = [], 0, 0
        chunk.append(total)
        names += added
        weight += own
    if chunk:
        yield chunk


def families(totals: list[Total], parents: Parents) -> list[Family]:
    """Return which senders of these totals belong together.

    Examples
    --------
    >>> mall = {(0, "a"): {("platform", "Mall")}, (0, "b"): {("platform", "Mall")}}
    >>> families([Total(0, "sender", "a", 1), Total(0, "sender", "b", 2)], mall)
    [Family(level='platform', id='Mall', members=[0, 1])]
    """
    if not parents:
        return []
    found: dict[tuple[Level, str], list[int]] = {}
    for place, total in enumerate(totals):
        if total.level == "sender":
            belongs_to: Collection[tuple[Level, str]] = parents.get((total.bucket, total.id), ())
            if len(belongs_to) > PARENTS_A_SENDER:
                belongs_to = sorted(belongs_to)[:PARENTS_A_SENDER]
            for parent in belongs_to:
                found.setdefault(parent, []).append(place)
    return [Family(level, name, found[level, name]) for level, name in sorted(found)]


def encode_counts(counts: Counts) -> bytes:
    """Return the JSON of a counts record."""
    return _encode(counts)


def decode_counts(value: bytes) -> Counts:
    """Read a counts record.

    Raises
    ------
    Unreadable
        Where the value is not a counts record.
    WrongShape
        Where a later version wrote it: to pass it over would lose counts.
    """
    try:
        counts = _counts.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if (found := _form(value)) > COUNTS_FORM:
            raise WrongShape(
                f"records of counts must be of form {COUNTS_FORM} or older for this version to read"
                f" them; a later version wrote one of form {found}. Go on with that version"
            ) from None
        raise Unreadable(f"not a counts record: {error}") from None
    if (problem := facts_problem(counts)) is not None:
        raise Unreadable(f"not a counts record: {problem}")
    return counts if counts.v > 1 else _in_one_form(counts)


def decode_record(value: bytes) -> Counts | RegistryRows:
    """Read a record of the topic ``counts``: totals, or what changes judging.

    Raises
    ------
    Unreadable, WrongShape
        As `decode_counts`.
    """
    try:
        return decode_counts(value)
    except (Unreadable, WrongShape):
        if not value.startswith(CONTROL_BEGINS):
            raise
    try:
        return decode_control(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if (found := _form(value)) > CONTROL_FORM:
            raise WrongShape(
                f"control records of counts must be of form {CONTROL_FORM} or older for this"
                f" version to read them; a later version wrote one of form {found}. Go on with"
                " that version"
            ) from None
        raise Unreadable(f"not a control record: {error}") from None


def _in_one_form(counts: Counts) -> Counts:
    """Bring the ids of a record of form 1 to the form in which they are counted today.

    Two of them may become one: their senders are counted again from the source's topic, if their
    bucket was open, and of the totals of one id the largest stands.
    """
    replaced = msgspec.structs.replace
    return replaced(
        counts,
        totals=[replaced(each, id=form_of_stored(each.id)) for each in counts.totals],
        families=[replaced(each, id=form_of_stored(each.id)) for each in counts.families],
    )


def _form(value: bytes) -> int:
    try:
        return _form_of_record.decode(value).v
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 0
