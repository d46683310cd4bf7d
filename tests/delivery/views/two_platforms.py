"""Alerts of two platforms that share codes, signatures and people, drawn from a seed.

Each name says whose it is: ``own`` is the reader's platform, ``other`` another's, ``both`` is used
by both.
"""

from __future__ import annotations

import random
from typing import Any

from streams.alerts.cloudevent import AlertEvent, Entity, Reporters
from streams.alerts.misuse.basis import NamesBasis, NewCodeBasis, RuleBasis, ScopeBasis
from streams.alerts.sentences import sentence
from streams.language.catalogue import ENGLISH
from tests.alerts.examples import alert, numbered

OWN = "own-mall"
OTHER = "other-shop"
NEVER = ("other", "both", "zhao")
"""What no answer to the reader may hold, in any case: names of others, and of people."""


def alerts(seed: int, number: int = 120) -> list[bytes]:
    """Return revisions in the order of a feed, of alerts on all levels."""
    draw = random.Random(seed)
    made: list[bytes] = []
    parents: list[str] = []
    for feed_no in range(1, number + 1):
        alert_id = f"{draw.getrandbits(64):016x}"
        whose = draw.choice(("own", "own", "other", "both"))
        fields = _fields(draw, alert_id, whose, parents, feed_no)
        fields["summary"] = sentence(alert(**fields), ENGLISH)
        made.append(numbered(feed_no, **fields))
        parents.append(alert_id)
    return made


def is_own(fields: dict[str, Any]) -> bool:
    """Whether an alert is the reader's, by its platform alone."""
    entity, names = fields["entity"], fields.get("belongs_to") or {}
    if entity["level"] == "platform":
        return bool(entity["id"] == OWN)
    of_one = entity["level"] not in ("all", "category", "source")
    return of_one and names.get("platform") == [OWN]


def _fields(
    draw: random.Random, alert_id: str, whose: str, parents: list[str], number: int
) -> dict[str, Any]:
    level = draw.choice(
        ("sender", "sender", "signature", "merchant", "access_code", "platform", "all", "category",
         "source", "account")
    )  # fmt: skip
    platforms = {"own": [OWN], "other": [OTHER], "both": sorted([OWN, OTHER])}[whose]
    name = f"{whose}-{level}-{draw.randrange(6)}"
    if level == "platform":
        name = draw.choice(platforms)
    elif level == "all":
        name = "all"
    elif level in ("category", "source"):
        name = f"{level} of other {OTHER}"
    belongs = {
        "signature": [f"{whose}-signature"],
        "access_code": [f"{whose}-code"],
        "merchant": [f"{whose}-merchant"],
        "platform": platforms,
    }
    event: AlertEvent = draw.choice(("opened", "updated", "resolved"))
    fields: dict[str, Any] = {
        "alert_id": alert_id,
        "revision": 1,
        "event": event,
        "state": "resolved" if event == "resolved" else "open",
        "group": "60s",
        "bucket_s": 60,
        "entity": Entity(level, name),
        "belongs_to": belongs if level in ("sender", "signature", "merchant", "access_code",
                                           "account") else None,
        "parent": draw.choice(parents) if parents and draw.random() < 0.6 else None,
        "looks_like": f"other-signature-{number}" if draw.random() < 0.3 else None,
        "observed": number + 10,
        "reporters": Reporters(number + 10, 3) if draw.random() < 0.3 else None,
    }  # fmt: skip
    if level in ("sender", "access_code") and draw.random() < 0.6:
        fields |= _misuse(draw)
    return fields


def _misuse(draw: random.Random) -> dict[str, Any]:
    basis, kind = draw.choice(
        [
            (NewCodeBasis(entry="own-code", holder="other Holder Ltd"), None),
            (ScopeBasis(["other-signature"], 1, entry="own-code/other-signature"), "pair"),
            (ScopeBasis([OTHER], 1, holder="other Ltd", allowed=[OWN], allowed_number=1),
             "platform"),
            (ScopeBasis(["Hunan"], 1, entry="own-code", holder="other Ltd"), "region"),
            (NamesBasis("signatures", ["other-one", "own-signature"], 2, 1, 3), None),
            (RuleBasis("cn", "reporters", 3, 5, 1, 7, "clause 1"), "r1"),
        ]
    )  # fmt: skip
    signal = {"NewCodeBasis": "new_code", "NamesBasis": "sublet", "RuleBasis": "complaints"}
    return {"signal": signal.get(type(basis).__name__, "scope"), "basis": basis, "kind": kind}
