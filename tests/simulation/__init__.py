"""The protocol from raw topics to alerts under crashes, repeats, delays and zombies.

A seed draws an input and a schedule: which process takes its next step when, what
arrives at the broker when, who crashes, who is taken for dead and works on. What comes
out is compared with a run over the same input in which nothing of that happened.

Real is all that decides: decoding, `Intake` and `Lane`, what a counter writes and commits
in which order (`LaneCounting`), the records of ``counts`` and the metadata of commits in their
bytes, `Merge`, `Shard` with its detectors, slots and alerts, what a worker publishes,
stores and acknowledges in which order (`ShardProtocol`). Simulated are the clients around them:
logs that keep what has arrived, a group that fences the commits of those it has given up,
a producer whose writes arrive one after the other or, in a crash, not at all, and a
changelog. Not simulated: a broker that loses what it has acknowledged, and a counter that
goes on fetching after its partitions have moved (it counts only what it had fetched).

    python -m tests.simulation --schedules 100000
    python -m tests.simulation --seed 17            # that one, with its trace
    python -m tests.simulation --break NAME         # with the protocol broken on purpose
"""
