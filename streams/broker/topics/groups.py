"""Consumer groups: who is in them, and how far what they have committed is from the end."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from streams.broker.client.connection import Connection
from streams.broker.topics.admin import admin
from streams.broker.topics.offsets import committed, end_offsets


class GroupState(NamedTuple):
    """A consumer group as the broker knows it.

    Attributes
    ----------
    members
        Processes in it.
    uncommitted
        Records of its topics after what it has committed: all, where it never has.
    """

    members: int
    uncommitted: int


def group_states(
    connection: Connection, topics: Mapping[str, Collection[str]]
) -> dict[str, GroupState]:
    """Ask the broker about groups, each with the topics that it reads.

    Raises
    ------
    TopicsError
        Where no broker answers, or a topic does not exist.
    """
    ends = end_offsets(connection, sorted({name for of in topics.values() for name in of}))
    done = {group: committed(connection, group) for group in topics}
    with admin(connection) as client:
        members = {
            group: len(client.describe_groups([group])[group]["members"]) for group in topics
        }
    return {
        group: GroupState(
            members[group],
            sum(
                max(end - max(done[group].get(place, 0), 0), 0)
                for place, end in ends.items()
                if place[0] in of
            ),
        )
        for group, of in topics.items()
    }
