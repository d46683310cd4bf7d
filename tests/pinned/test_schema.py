"""Nothing that is stored changes unseen: each change has a form of its own, and older ones stay."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from detectors.state import State
from streams.detection.checkpoint import FORM, OLDEST
from tests.pinned.described import described, fields_of, own_attributes, state_of, states_in
from tests.pinned.run import ROOT
from tests.pinned.schema import Kind, differences, schema, shard_of_all, stored

CLOSED = sorted((ROOT / "tests/data/stored").glob("*/schema.json"))


def test_what_is_stored_is_what_the_file_says() -> None:
    """If this fails, what is stored has changed: it needs a new form, and older ones are read.

    `docs/extending.md` says how (A new stored struct). `python -m tests.pinned.schema --write`
    writes the file anew.
    """
    assert differences(stored(), schema()) == []


@pytest.mark.parametrize("path", CLOSED, ids=lambda path: path.parent.name)
def test_a_form_that_was_written_never_changes(path: Path) -> None:
    """If this fails, raise the form of what has changed: files of the present one exist."""
    then, now = msgspec.json.decode(path.read_bytes(), type=dict[str, Kind]), schema()
    same = {kind for kind, of in then.items() if kind in now and now[kind].form == of.form}
    assert same
    assert (
        differences({kind: then[kind] for kind in same}, {kind: now[kind] for kind in same}) == []
    )


def test_forms_only_grow() -> None:
    """A form that was written is never given to something else."""
    now = schema()
    for path in CLOSED:
        then = msgspec.json.decode(path.read_bytes(), type=dict[str, Kind])
        assert {
            kind for kind, of in then.items() if kind in now and now[kind].form < of.form
        } == set()


def test_since_names_a_form_that_is_read() -> None:
    """An attribute that every form has needs no `since`, and none is of a form to come."""
    found = [a for s in states_in(shard_of_all()) for a in own_attributes(s) if a.since is not None]
    assert [a._name for a in found if not OLDEST < (a.since or 0) <= FORM] == []


def test_each_change_is_seen() -> None:
    """A field, a kind of number, a shape, an order where it counts, a form."""

    class Total(msgspec.Struct, array_like=True):
        count: int
        level: float = 0.0

    class Owner:
        def __init__(self, kind: str) -> None:
            self._rate = np.zeros((0, 7), dtype=kind)
            self.state = State()
            self.state.columns(self, "_rate")

    assert fields_of(Total) == {"0:count": "int", "1:level": "float?"}
    assert described(dict[str, Total | None]) == "{str: [0:count: int, 1:level: float?] | none}"
    assert state_of(Owner("f4").state) == {"rate": "a row: array <f4 (0, 7)"}
    then, now = {"a": Kind(1, {"x": "int", "y": "str"})}, {"a": Kind(2, {"x": "float", "z": "str"})}
    assert differences(then, now) == [
        "a: form 1, now 2",
        "a: x: int, now float",
        "a: y: str, now nothing",
        "a: z: nothing, now str",
    ]
