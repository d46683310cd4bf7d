"""Counts by sender become totals of the levels, however the sender was counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.counts.levels import parents_of, roll_up
from streams.items import Level, Sender
from streams.sources.batch import SenderKey, sender_key

LEVELS: list[Level] = ["sender", "signature", "platform", "category", "all"]
_name = st.sampled_from([None, "x", "y"])
_senders = st.builds(
    Sender,
    st.sampled_from([None, "a", "b", "c"]),
    signature=_name,
    platform=_name,
    category=_name,
    account=_name,
)


@given(st.lists(_senders, max_size=30), st.data())
def test_totals_do_not_depend_on_how_a_sender_was_counted(
    senders: list[Sender], data: st.DataObject
) -> None:
    """By its id alone or by all of it, as it came: the same totals in the same order."""
    counts: dict[SenderKey, int] = {}
    by_hand: dict[Level, dict[str, int]] = {level: {} for level in LEVELS}
    belongs: dict[str, set[tuple[Level, str]]] = {}
    for sender in senders:
        key = sender_key(sender) if data.draw(st.booleans()) else sender
        counts[key] = counts.get(key, 0) + 1
        for level in LEVELS:
            name = {"sender": sender.id, "all": "all"}.get(level, getattr(sender, level, None))
            if name is not None:
                by_hand[level][name] = by_hand[level].get(name, 0) + 1
                if sender.id not in (None, "c") and level not in ("sender", "all"):
                    belongs.setdefault(str(sender.id), set()).add((level, name))
    totals = roll_up(counts, LEVELS)
    assert {level: list(of.items()) for level, of in totals.items()} == {
        level: list(of.items()) for level, of in by_hand.items()
    }
    assert parents_of(counts, LEVELS, {"a", "b"}) == belongs
