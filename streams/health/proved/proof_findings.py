"""How symptoms of the feeds' proofs are found: keys that do not sign, trees that have ended."""

from __future__ import annotations

from streams.config.model import Config
from streams.health.status import Health
from streams.health.symptom_findings import Found
from streams.language.catalogue import mark
from streams.language.worded import Worded


def feed_key_wrong(_: Config, found: Health) -> Found:
    """Find whether the keys of a serve are not those that are published."""
    if found.proofs.key_fault is not None:
        text = mark("{about}: the file of keys of a serve is {fault}")
        yield Worded(text, {"fault": found.proofs.key_fault}, Worded(mark("feed keys")))


def feed_tree_ended(_: Config, found: Health) -> Found:
    """Find whether a feed cannot be proved any more."""
    if found.proofs.lost_feeds:
        text = mark("{about}: {n:,} have ended, since records were gone before they were read")
        yield Worded(text, {"n": found.proofs.lost_feeds}, Worded(mark("feed trees")))
