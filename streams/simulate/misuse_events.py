"""The events of misuse, hour by hour: what its senders send as ever, and what they do beside it."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any, Final

import numpy as np

from streams.items import Complaint, Send, Sender
from streams.simulate.misuse import (
    CATEGORY,
    MERCHANTS,
    MERCHANTS_BEFORE,
    OTHER_CATEGORY,
    OTHER_REGION,
    REGION,
    SIGNATURES,
    UNFILED,
    Misuse,
)

A_DAY_HOUR: Final = 6.0
"""Messages in an hour of the day, 8:00 to 21:00; at night there are none."""

COMPLAINTS_A_DAY_HOUR: Final = 0.02
PEOPLE, CUSTOMERS, BRIGADE = 4_000, 60, 2
"""Whom the region has, to whom a sender writes as ever, and how many brigade it."""

REGULARS, TIMES_REGULARS = 5, 5
"""Whom a sender that fans out writes to before, and how many times as often as others."""

CAP_EVENTS, CAP_MESSAGES, CAMPAIGNS = 5, 50, 5
"""Of a brand over its cap: each hour so many events of so many messages, over its campaigns."""

_HOUR_MS = 3_600_000


def hashed(person: str) -> str:
    """Return what stands for a person: as `weathervane hash` makes it, of a key that nobody has."""
    return hashlib.blake2b(person.encode(), key=b"simulation", digest_size=16).hexdigest()


class MisuseEvents:
    """What one incident's senders send, and who complains.

    Parameters
    ----------
    one
        The incident.
    seed
        Of the simulation: an hour's chance does not depend on the hours before.
    """

    def __init__(self, one: Misuse, seed: tuple[int, int]) -> None:
        self._one, self._seed = one, seed

    def of_hour(
        self, hour: int, begins: dt.datetime, local_hour: int
    ) -> tuple[list[Send], list[Complaint]]:
        """Return the messages and complaints of an hour.

        Parameters
        ----------
        hour, begins
            The hour, and when it begins.
        local_hour
            Of the day, on the wall.
        """
        one = self._one
        rng = np.random.default_rng([*self._seed, one.number, hour])
        happens, day = one.at(hour), 8 <= local_hour < 21
        if one.kind == "new_code" and hour < one.start:
            return [], []
        rate = A_DAY_HOUR if day else 0.0
        if one.kind == "fan_out":
            rate *= TIMES_REGULARS
        if happens and one.kind == "night" and (local_hour >= 22 or local_hour < 8):
            rate = 4 * A_DAY_HOUR
        sends = [self._send(hour, n, begins, rng) for n in range(int(rng.poisson(rate)))]
        if happens and one.kind == "cap":
            sends += [self._of_campaign(hour, n, begins, rng) for n in range(CAP_EVENTS)]
        complaints = [
            self._complaint(hour, n, begins, rng)
            for n in range(int(rng.poisson(self._complained(hour, local_hour))))
        ]
        return sends, complaints

    def _complained(self, hour: int, local_hour: int) -> float:
        one = self._one
        if not 8 <= local_hour < 21:
            return 0.0
        if not one.at(hour):
            return 0.0 if one.kind == "reporters" else COMPLAINTS_A_DAY_HOUR
        of_kind = {"brigading": 3.0, "other_region": 0.5, "reporters": 0.15, "ratio": 0.9}
        return of_kind.get(one.kind, COMPLAINTS_A_DAY_HOUR)

    def _sender(self, hour: int, rng: np.random.Generator) -> Sender:
        one, happens = self._one, self._one.at(hour)
        id_, code, signature, category = one.sender, one.code, one.signature, CATEGORY
        merchants = one.merchants(MERCHANTS_BEFORE)
        if one.kind == "night":
            category = "marketing"
        if happens and rng.random() < 0.5:
            if one.kind == "other_signature":
                signature = UNFILED
            elif one.kind == "other_category":
                category = OTHER_CATEGORY
        if happens and one.kind == "sub_letting":
            merchants = one.merchants(MERCHANTS)
            signature = one.signatures(SIGNATURES)[int(rng.integers(SIGNATURES))]
        if happens and one.kind == "snowshoe":
            codes = one.spread_codes()
            code = codes[int(rng.integers(len(codes)))]
            id_ = f"{code}01"
        return Sender(
            id_,
            access_code=None if one.kind == "reporters" else code,
            signature=signature,
            merchant=merchants[int(rng.integers(len(merchants)))],
            category=category,
        )

    def _send(self, hour: int, n: int, begins: dt.datetime, rng: np.random.Generator) -> Send:
        one, happens = self._one, self._one.at(hour)
        people = CUSTOMERS
        if one.kind == "fan_out":
            people = PEOPLE if happens else REGULARS
        person = f"{one.number}/{int(rng.integers(people))}"
        if happens and one.kind == "opt_out" and rng.random() < 0.5:
            person = f"{one.number}/opted out {int(rng.integers(20))}"
        default = 0.7 if happens and one.kind == "default_consent" else 0.05
        return Send(
            **self._shared("s", hour, n, begins, rng),
            recipient_hash=hashed(person),
            consent="default" if rng.random() < default else "explicit",
        )

    def _of_campaign(
        self, hour: int, n: int, begins: dt.datetime, rng: np.random.Generator
    ) -> Send:
        shared = self._shared("k", hour, n, begins, rng)
        campaign = f"campaign-{self._one.number}-{int(rng.integers(CAMPAIGNS))}"
        return Send(**shared, count=CAP_MESSAGES, campaign=campaign, consent="explicit")

    def _complaint(
        self, hour: int, n: int, begins: dt.datetime, rng: np.random.Generator
    ) -> Complaint:
        one, happens = self._one, self._one.at(hour)
        person = f"complains {int(rng.integers(PEOPLE))}"
        if happens and one.kind == "brigading":
            person = f"brigade {one.number} {int(rng.integers(BRIGADE))}"
        opted_out = one.kind == "opt_out"
        if opted_out:
            person = f"{one.number}/opted out {int(rng.integers(20))}"
        return Complaint(
            **self._shared("c", hour, n, begins, rng),
            kind="optout_ignored" if opted_out else "marketing",
            reporter_hash=hashed(person),
            region=OTHER_REGION if happens and one.kind == "other_region" else REGION,
        )

    def _shared(
        self, letter: str, hour: int, n: int, begins: dt.datetime, rng: np.random.Generator
    ) -> dict[str, Any]:
        return {
            "v": 1,
            "event_id": f"m{self._one.number}-{letter}{hour}-{n}",
            "event_time": begins + dt.timedelta(milliseconds=int(rng.integers(_HOUR_MS))),
            "channel": "sms",
            "sender": self._sender(hour, rng),
            "source": "complaints" if letter == "c" else "sends",
        }
