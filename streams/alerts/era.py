"""What a shard's feeds began from: an epoch, and the recorded weeks that its state was made of."""

from __future__ import annotations

import hashlib

import msgspec

from streams.alerts.identity import EPOCH

MOVED = "moved"
"""Why an alert ends that goes on in the next epoch."""


class Era(msgspec.Struct, frozen=True):
    """The epoch of a shard's feeds, and what its state was warmed by.

    Attributes
    ----------
    epoch
        Numbers of feeds begin again at 1 with each. A reset, or a change of shards, levels or
        bucket, begins the next.
    warmed
        Twelve hex digits of the recorded counts that made the state; empty where none did.
    through
        End of the last recorded bucket among them, epoch s.

    Examples
    --------
    >>> Era().config("0123456789ab"), Era(warmed="94a1b2c3d4e5").config("0123456789ab")
    ('0123456789ab', 'bbf81d880049')
    """

    epoch: int = EPOCH
    warmed: str = ""
    through: int = 0

    def config(self, config: str) -> str:
        """Return what alerts carry as `config`: the configuration's hash, and what was warmed."""
        if not self.warmed:
            return config
        return hashlib.sha256(f"{config} {self.warmed}".encode()).hexdigest()[:12]
