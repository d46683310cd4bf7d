"""Labels as actions, and actions as labels. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from streams.actions.action import Action, GiveLabel
from streams.alerts.label import Label, encode_label


def action_of_label(label: Label, by: str) -> GiveLabel:
    """Make the action that gives a label; the same for the same label.

    Parameters
    ----------
    label
        The label, perhaps of a file that somebody else wrote.
    by
        Who gives it, where it does not say so itself.
    """
    said = hashlib.blake2b(encode_label(label), digest_size=16)
    return GiveLabel(
        v=1,
        id=said.hexdigest(),
        at=label.at,
        by=label.by or by,
        verdict=label.verdict,
        alert_id=label.alert_id,
        window=label.window,
    )


def label_of(action: GiveLabel, note: str | None) -> Label:
    """Return the label that an action gives; its id is a hash of the action's."""
    return Label(
        v=1,
        label_id=hashlib.blake2b(action.id.encode(), digest_size=8).hexdigest(),
        at=action.at,
        verdict=action.verdict,
        alert_id=action.alert_id,
        window=action.window,
        note=note,
        by=action.by,
    )


def labels_of(entries: Iterable[tuple[Action, str | None]]) -> Iterator[Label]:
    """Yield the labels that actions give, in their order."""
    for action, note in entries:
        if isinstance(action, GiveLabel):
            yield label_of(action, note)
