"""What the processes share: logs, commits, a changelog. It keeps what has arrived."""

from __future__ import annotations

from streams.counts.mark import Mark, decode_mark, encode_mark
from streams.counts.protocol import LaneId, Write
from tests.simulation.inputs import Input, Raw


class Broker:
    """The simulated broker.

    Attributes
    ----------
    written
        How many of a lane's records are there by now.
    now_s
        The time, as the newest record tells it.
    counts, alerts
        Records by shard.
    rejects
        Values by key.
    owners
        Which counter's commits are taken, by lane.
    decided
        Idle decisions in commits that were taken, by lane: the input's, so to speak.
    changelog
        Stored slots by shard.
    acknowledged, judges
        How far a shard's input is acknowledged, and by which worker it may be.
    """

    def __init__(self, given: Input) -> None:
        shards = given.config.detect.shards
        self.config = given.config
        self._lanes = given.lanes
        self.written = dict.fromkeys(given.lanes, 0)
        self.now_s = 0.0
        self.counts: list[list[tuple[bytes, float]]] = [[] for _ in range(shards)]
        self.alerts: list[list[bytes]] = [[] for _ in range(shards)]
        self.rejects: dict[bytes, set[bytes]] = {}
        self.owners: dict[LaneId, object] = {}
        self.decided: dict[LaneId, list[tuple[int, float]]] = {lane: [] for lane in given.lanes}
        self.changelog: list[dict[bytes, bytes]] = [{} for _ in range(shards)]
        self.acknowledged = [0] * shards
        self.judges: list[object] = [None] * shards
        self._commits: dict[LaneId, tuple[int, str]] = {}

    @property
    def lanes(self) -> list[LaneId]:
        """All lanes."""
        return list(self._lanes)

    def unwritten(self) -> list[LaneId]:
        """Lanes that have records to come."""
        return [lane for lane, records in self._lanes.items() if self.written[lane] < len(records)]

    def write(self, lane: LaneId) -> None:
        """The lane's next record is written."""
        self.now_s = max(self.now_s, self._lanes[lane][self.written[lane]].written_s)
        self.written[lane] += 1

    def read(self, lane: LaneId, offset: int) -> Raw:
        """A record that is there."""
        assert offset < self.written[lane]
        return self._lanes[lane][offset]

    def arrive(self, write: Write) -> None:
        """A counter's write has arrived."""
        if write.topic == self.config.topic("counts"):
            assert write.partition is not None
            self.counts[write.partition].append((write.value, self.now_s))
        else:
            assert write.key is not None
            self.rejects.setdefault(write.key, set()).add(write.value)

    def commit(self, who: object, marks: dict[LaneId, Mark]) -> bool:
        """Take a commit, unless one of its lanes is another's by now."""
        if any(self.owners[lane] is not who for lane in marks):
            return False
        for lane, mark in marks.items():
            self._commits[lane] = (mark.offset, encode_mark(mark))
            self.decided[lane] += [e for e in mark.idle if e not in self.decided[lane]]
        return True

    def committed(self, lane: LaneId) -> Mark:
        """Where counting is to go on."""
        found = self._commits.get(lane)
        return Mark(0) if found is None else decode_mark(*found)
