"""The rule on structs finds what threads may read for the first time at once."""

from __future__ import annotations

import pytest

from tests.rules.first_reads import structs_read_in_functions
from tests.rules.source import ROOT, Module


@pytest.mark.parametrize(
    ("code", "is_refused"),
    [
        ("msgspec.json.decode(raw, type=Envelope)", True),
        ("msgspec.json.decode(raw, type=dict[str, Entry])", True),
        ("msgspec.msgpack.decode(raw, type=_Stored)", True),
        ("msgspec.convert(fields, Envelope)", True),
        ("msgspec.convert(fields, type=Envelope)", True),
        ("msgspec.json.Decoder(Envelope).decode(raw)", True),
        ("msgspec.convert(fields, _ENVELOPE)", False),
        ("msgspec.json.decode(raw, type=dict[str, Any])", False),
        ("msgspec.json.decode(raw, type=list[msgspec.Raw])", False),
        ("msgspec.convert(text, str | None)", False),
        ("_envelope.decode(raw)", False),
    ],
)
def test_a_class_named_in_a_function_is_an_offence(code: str, is_refused: bool) -> None:
    """Plain types have nothing to be learnt."""
    text = f"def read(raw, fields, text):\n    return {code}\n"
    module = Module(ROOT / "streams" / "alerts" / "it.py", text.encode())
    assert bool(list(structs_read_in_functions([module]))) is is_refused


def test_what_stands_at_the_level_of_the_module_is_learnt_in_time() -> None:
    """A module is imported by one thread, whoever asks for it."""
    text = "_envelope = msgspec.json.Decoder(Envelope)\n_ENTRY = ready(Entry)\n"
    module = Module(ROOT / "streams" / "alerts" / "it.py", text.encode())
    assert list(structs_read_in_functions([module])) == []
