"""An alert as a view's reader sees it: without what names others. Pure.

What concerns a view may name others beside it: the alert that it is part of, a name that it looks
like, or the signatures of others on the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from streams.alerts.cloudevent import Alert, Envelope, encode_alert
from streams.alerts.misuse.basis import Basis, NamesBasis, NewCodeBasis, ScopeBasis
from streams.alerts.sentences import sentence
from streams.language.catalogue import ENGLISH
from streams.names.canonical import form_of_stored

_NAME_NOBODY: Final = ("category", "region", "purpose")
"""Kinds of uses whose names are of things and not of somebody."""


class AbridgedAlert(NamedTuple):
    """A revision as it may be shown.

    Attributes
    ----------
    envelope, raw
        The revision, and its bytes: as published where nothing was left out.
    left_out
        What was.
    """

    envelope: Envelope
    raw: bytes
    left_out: tuple[str, ...] = ()


def abridged(envelope: Envelope, raw: bytes, knows: Callable[[str], bool]) -> AbridgedAlert:
    """Leave out of a revision what names others.

    Parameters
    ----------
    envelope, raw
        The revision, as read and as published.
    knows
        Whether the reader sees an alert, by its id.
    """
    alert = envelope.alert
    own = _own_names(alert)
    changes: dict[str, Any] = {}
    if alert.parent is not None and not knows(alert.parent):
        changes["parent"] = None
    if alert.looks_like is not None and alert.looks_like not in own:
        changes["looks_like"] = None
    if alert.basis is not None and (basis := _own_basis(alert, own)) != alert.basis:
        changes["basis"] = basis
    if not changes:
        return AbridgedAlert(envelope, raw)
    shown: Alert = replace(alert, **changes)
    if changes.keys() & {"looks_like", "basis"}:
        shown = replace(shown, summary=sentence(shown, ENGLISH))
    name = envelope.source.removeprefix("/weathervane/")
    made = replace(envelope, alert=shown)
    return AbridgedAlert(
        made, encode_alert(shown, name=name, time=envelope.time), tuple(sorted(changes))
    )


def _own_names(alert: Alert) -> set[str]:
    names = [
        alert.entity.id,
        *(name for some in (alert.belongs_to or {}).values() for name in some),
    ]
    return {*names, *map(form_of_stored, names)}


def _own_basis(alert: Alert, own: set[str]) -> Basis | None:
    """Return what of a basis names nobody else; None where it would say too little."""
    match alert.basis:
        case NewCodeBasis() as basis:
            return replace(basis, holder=basis.holder if basis.holder in own else None)
        case NamesBasis() as basis:
            return replace(basis, new=[name for name in basis.new if name in own])
        case ScopeBasis() as basis:
            named = () if alert.kind in _NAME_NOBODY else (*basis.found, *basis.allowed)
            if not own.issuperset(named) or not _is_about(basis.entry, own):
                return None
            return replace(basis, holder=basis.holder if basis.holder in own else None)
    return alert.basis


def _is_about(entry: str | None, own: Iterable[str]) -> bool:
    """Whether a row of the registry is about what is named: a code covers those that it begins."""
    if entry is None:
        return True
    parts = entry.split("/", 1)
    return all(any(name.startswith(part) for name in own) for part in parts)
