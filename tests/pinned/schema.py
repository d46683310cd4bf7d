"""What is stored, and in which form: ``python -m tests.pinned.schema [--write]``.

`schema.json` says of each kind of value which form is written, and what is in it, a line a value. A
test compares it with the program, so that no stored struct changes without a new form: see
``docs/extending.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import get_args

import msgspec
import pyarrow as pa

import detectors.columns
import streams.archive.record.state
import streams.counts.mark
import streams.detection.plugins.beside
from detectors.state import State
from streams.access.record import FORM as ACCESS_FORM
from streams.access.record import Session, Token, User
from streams.actions import action, note
from streams.actions.matcher import Matcher
from streams.alerts import cloudevent
from streams.alerts.label import FORM as LABEL_FORM
from streams.alerts.label import Label
from streams.analysis import attempt
from streams.archive import manifest, tables
from streams.broker.topics.origin import Origin
from streams.config.load import parse_config
from streams.delivery.notify import record as notify_record
from streams.delivery.undelivered.record import Redelivered, Undelivered
from streams.detection import checkpoint
from streams.detection.misuse.table import ASKED_BY_NAME
from streams.detection.shard import Shard
from streams.items import COUNTS_FORM, LEVELS, Complaint, Counts, End, Place, Reject, Send
from streams.registry import control, entry
from streams.registry import stored as stored_registry
from streams.registry.entry import ROW_TYPES
from streams.registry.pages import StoredPage
from streams.series import asked, codec
from streams.series import record as series_record
from streams.sources import rejects
from streams.sources.schemas import decision
from streams.stored.pages import PageVersion
from streams.stored.parts import RowsPart
from tests.alerts.examples import raw
from tests.pinned.described import described, fields_of, own_attributes, state_of, states_in

STORED = Path(__file__).with_name("schema.json")


class Kind(msgspec.Struct):
    """A kind of stored value: the form that is written, and what is in it."""

    form: int
    holds: dict[str, str]


def shard_of_all() -> Shard:
    """Make a shard that has every level, every signal, and a detector beside ours."""
    beside = {"name": "ewma", "detector": "detectors.EWMA", "share": 0.1}
    count = {"levels": list(LEVELS)}
    misuse = {"signals": list(ASKED_BY_NAME)}
    detect = {"beside": [beside], "rules": ["in-tcccpr-2025"], "misuse": misuse}
    return Shard(0, parse_config({"count": count, "detect": detect}))


def schema() -> dict[str, Kind]:
    """Describe what this version stores."""
    return {
        "action": Kind(action.FORM, dict(_structs(**_actions()))),
        "alert": Kind(cloudevent.FORM, _alert()),
        "archive": Kind(manifest.VERSION, dict(_archive())),
        "checkpoint": Kind(checkpoint.FORM, dict(_checkpoint())),
        "commit metadata of a counter": Kind(
            streams.counts.mark.FORM, fields_of(streams.counts.mark._Metadata)
        ),
        "counts": Kind(COUNTS_FORM, fields_of(Counts)),
        # Form 2 may name a domain. Both are written with v = 1: readers pass a field that they do
        # not know, and an event that names none is the same in both.
        "event": Kind(2, dict(_structs(send=Send, complaint=Complaint, end=End))),
        "label": Kind(LABEL_FORM, fields_of(Label)),
        "text of an action": Kind(note.FORM, fields_of(note.NoteText)),
        "note of a reshape": Kind(attempt.FORM, fields_of(attempt.Attempt)),
        "notification": Kind(
            notify_record.FORM,
            dict(
                _structs(
                    sent=notify_record.Sent,
                    alert=notify_record.SentAlert,
                    settled=notify_record.Settled,
                )
            ),
        ),
        "origin of a state's folder": Kind(1, fields_of(Origin)),
        "recorder's state": Kind(
            streams.archive.record.state._VERSION, fields_of(streams.archive.record.state._Head)
        ),
        "reject": Kind(rejects.FORM, _reject()),
        "question about an entity": Kind(asked.FORM, fields_of(asked.AskedEntity)),
        "schema of records": Kind(decision.FORM, fields_of(decision.Decision)),
        "control record": Kind(control.CONTROL_FORM, dict(_registry())),
        "row of the registry": Kind(entry.ENTRY_FORM, dict(_structs(**ROW_TYPES))),
        "series": Kind(
            series_record.FORM,
            dict(
                _structs(
                    bucket=codec._StoredSeries,
                    block=codec._StoredBlock,
                    full=series_record.FullRow,
                    outlook=series_record.Outlook,
                )
            ),
        ),
        "undelivered alert": Kind(
            1, dict(_structs(undelivered=Undelivered, redelivered=Redelivered))
        ),
        "user, token or session": Kind(
            ACCESS_FORM, dict(_structs(user=User, token=Token, session=Session))
        ),
    }


def _structs(**kinds: type[msgspec.Struct]) -> Iterator[tuple[str, str]]:
    for prefix, kind in kinds.items():
        for name, words in fields_of(kind).items():
            yield f"{prefix}: {name}", words


def _registry() -> Iterator[tuple[str, str]]:
    """What is written of rows: into counts, and beside a checkpoint."""
    yield from _structs(
        record=control.RegistryRows,
        row=control.RegistryRow,
        page=StoredPage,
        index=stored_registry._Index,
        version=PageVersion,
    )


def _actions() -> dict[str, type[msgspec.Struct]]:
    kinds: tuple[type[msgspec.Struct], ...] = get_args(action.Action)
    return {str(kind.__struct_config__.tag): kind for kind in kinds} | {"matcher": Matcher}


def _alert() -> dict[str, str]:
    envelope = msgspec.json.decode(raw(), type=dict[str, object])
    around = {name: type(value).__name__ for name, value in envelope.items() if name != "data"}
    return around | {f"data: {name}": of for name, of in fields_of(cloudevent.Alert).items()}


def _reject() -> dict[str, str]:
    places = (Place(file="a", line=1), Place("t", 0, 1, index=0))
    written = [rejects.encode_reject(Reject("r", "d", at, b"x"), payload=True) for at in places]
    found = [msgspec.json.decode(value, type=dict[str, object]) for value in written]
    return {name: type(value).__name__ for one in found for name, value in one.items()}


def _archive() -> Iterator[tuple[str, str]]:
    yield from _structs(manifest=manifest.Manifest)
    for table in ("COUNTS", "BUCKETS", "ALERTS", "LABELS", "EVENTS"):
        columns: pa.Schema = getattr(tables, table)
        for column in columns:
            yield f"{table.lower()}: {column.name}", str(column.type)


def _checkpoint() -> Iterator[tuple[str, str]]:
    yield from _structs(
        head=checkpoint.CheckpointHead,
        group=checkpoint._GroupFrame,
        part=checkpoint._PartFrame,
        shared=detectors.columns.StoredShared,
        piece=detectors.columns.StoredPiece,
        array=detectors.columns._PackedArray,
        beside=streams.detection.plugins.beside._BesideState,
    )
    (group,) = shard_of_all().groups.values()
    for name, words in state_of(group.state).items():
        yield f"group: {name}", words
    roots = [group.state]
    signals_of: dict[tuple[str, str], set[str]] = {}
    for path, part in group.parts().items():
        if isinstance(part, RowsPart):
            roots.append(part._state)
            for value in state_of(part._state).items():
                signals_of.setdefault(value, set()).add(path.rpartition("/")[2])
    for path, pages in group.misuse.paged().items():
        yield f"pages of {path}", described(pages.kind)
    by_name: dict[str, list[str]] = {}
    for (name, words), signals in sorted(signals_of.items()):
        by_name.setdefault(f"{', '.join(sorted(signals))}: {name}", []).append(words)
    for name, every_words in by_name.items():
        yield name, " or ".join(every_words)
    yield from _packed_apart(group, roots)


def _packed_apart(group: object, roots: list[State]) -> Iterator[tuple[str, str]]:
    """Describe states that neither the group nor a part includes: they are packed as bytes."""
    every = [state for state in states_in(group) if state_of(state)]
    known = set(map(id, _with_included(roots)))
    known |= {id(part) for state in every for part in state._parts.values()}
    for state in every:
        if id(state) not in known:
            owner = type(next(own_attributes(state))._owner).__name__
            for name, words in state_of(state).items():
                yield f"{owner}: {name}", words


def _with_included(states: Iterable[State]) -> Iterator[State]:
    for state in states:
        yield state
        yield from _with_included(state._parts.values())


def stored() -> dict[str, Kind]:
    """Read what was stored when the file was written."""
    return msgspec.json.decode(STORED.read_bytes(), type=dict[str, Kind])


def main() -> None:
    """Show what differs, or write the file anew."""
    now = schema()
    if "--write" in sys.argv[1:]:
        ordered = {kind: Kind(of.form, dict(sorted(of.holds.items()))) for kind, of in now.items()}
        STORED.write_bytes(msgspec.json.format(msgspec.json.encode(ordered), indent=1) + b"\n")
        return
    for line in differences(stored(), now):
        sys.stdout.write(f"{line}\n")


def differences(then: dict[str, Kind], now: dict[str, Kind]) -> list[str]:
    """Say what differs, a line for each value."""
    out = []
    for kind in sorted(then.keys() | now.keys()):
        was, is_now = then.get(kind, Kind(0, {})), now.get(kind, Kind(0, {}))
        if was.form != is_now.form:
            out.append(f"{kind}: form {was.form}, now {is_now.form}")
        for name in sorted(was.holds.keys() | is_now.holds.keys()):
            before, after = was.holds.get(name, "nothing"), is_now.holds.get(name, "nothing")
            if before != after:
                out.append(f"{kind}: {name}: {before}, now {after}")
    return out


if __name__ == "__main__":
    main()
