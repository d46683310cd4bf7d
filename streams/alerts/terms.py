"""The words for what an alert is and has, and for what people do about it.

Pages, messages and tables show them. On the wire and in the configuration these things have one
name each, the key here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from streams.detection.misuse.table import MISUSE_KINDS, MISUSE_TABLE
from streams.language.catalogue import Catalogue, Term, mark_in

STATES: Final = {
    "early": mark_in("state", "early"),
    "open": mark_in("state", "open"),
    "resolved": mark_in("state", "resolved"),
    "retracted": mark_in("state", "retracted"),
}
EVENTS: Final = {
    "early": mark_in("event", "raised early"),
    "opened": mark_in("event", "opened"),
    "updated": mark_in("event", "updated"),
    "resolved": mark_in("event", "resolved"),
    "retracted": mark_in("event", "retracted"),
    "ended": mark_in("event", "ended"),
}
SEVERITIES: Final = {
    "warning": mark_in("severity", "warning"),
    "critical": mark_in("severity", "critical"),
}
VERDICTS: Final = {
    "true": mark_in("verdict", "true"),
    "false": mark_in("verdict", "false"),
    "expected": mark_in("verdict", "expected"),
}
SIGNAL_NAMES: Final = {
    "newcomers": mark_in("signal", "newcomers"),
    "sends": mark_in("signal", "sends"),
    "fan_out": mark_in("signal", "fan-out"),
    "complaints": mark_in("signal", "complaints"),
    "complaint_rate": mark_in("signal", "complaint rate"),
    **{facts.name: facts.words for facts in MISUSE_TABLE},
    "source": mark_in("signal", "source"),
}
MISUSE_KIND_NAMES: Final = MISUSE_KINDS
KIND_NAMES: Final = {
    "send": mark_in("kind", "sends"),
    "complaint": mark_in("kind", "complaints"),
}
LEVEL_NAMES: Final = {
    "all": mark_in("level", "all"),
    "category": mark_in("level", "category"),
    "platform": mark_in("level", "platform"),
    "merchant": mark_in("level", "merchant"),
    "account": mark_in("level", "account"),
    "domain": mark_in("level", "domain"),
    "access_code": mark_in("level", "access code"),
    "signature": mark_in("level", "signature"),
    "sender": mark_in("level", "sender"),
    "source": mark_in("level", "source"),
}

FAULT_NAMES: Final = {
    "stalled": mark_in("fault", "stalled"),
    "gap": mark_in("fault", "gap"),
    "truncated": mark_in("fault", "truncated"),
    "posted_twice": mark_in("fault", "posted twice"),
    "senderless_share": mark_in("fault", "share without a sender"),
    "overflow": mark_in("fault", "overflow"),
    "unchecked": mark_in("fault", "repeats not told apart"),
}

DEEDS: Final = {
    "acknowledge": mark_in("deed", "acknowledged"),
    "unacknowledge": mark_in("deed", "took the acknowledgement back"),
    "assign": mark_in("deed", "assigned"),
    "note": mark_in("deed", "wrote a note"),
    "erase_note": mark_in("deed", "erased a text"),
    "snooze": mark_in("deed", "snoozed"),
    "end_snooze": mark_in("deed", "ended a snooze"),
    "silence": mark_in("deed", "made a silence"),
    "end_silence": mark_in("deed", "ended a silence"),
    "label": mark_in("deed", "labelled"),
}


def term(words: Catalogue, table: Mapping[str, Term], name: str) -> str:
    """Return the word for a name of a table; a name that is not there stands for itself.

    Parameters
    ----------
    words
        In which language.
    table
        One of those above.
    name
        As on the wire.

    Examples
    --------
    >>> from streams.language.catalogue import catalogue
    >>> term(catalogue("zh"), LEVEL_NAMES, "access_code"), term(catalogue("en"), STATES, "new")
    ('短信端口', 'new')
    """
    found = table.get(name)
    return name if found is None else words.pgettext(*found)
