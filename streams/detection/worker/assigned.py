"""A shard that is assigned to a worker."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from typing import Any

from streams.detection.protocol import ShardProtocol
from streams.detection.worker.changelog import Changelog
from streams.detection.worker.checkpoint_pace import CheckpointPace


class AssignedShard:
    """A shard that is assigned to this worker, with its unacknowledged input."""

    def __init__(
        self, judging: ShardProtocol, changelog: Changelog, checkpoint_every_s: float
    ) -> None:
        self.judging, self.changelog = judging, changelog
        self.shard = judging.shard
        self.lock = asyncio.Lock()
        self.unacknowledged: deque[Any] = deque()
        self.first: int | None = None
        """Offset of the first record that is there, once it was asked for."""
        self.sought_s = -math.inf
        self.pace = CheckpointPace(checkpoint_every_s)
        self.busy_s = 0.0
        """Processor time that its checkpoints have taken."""
