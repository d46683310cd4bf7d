"""Whether a named instance of a process is a member of its consumer group already."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent
from streams.broker.topics.offsets import consumer_group_states

SESSION_S = 10.0
"""After so long the broker forgets a member that has ended: the session of count and detect."""

_MORE_S = 5.0
_ASK_S = 5.0


def instance_id(group: str, instance: str) -> str:
    """Return the ``group.instance.id`` of a named instance."""
    return f"{group}-{instance}"


def members_left(connection: Connection, groups: Collection[str]) -> list[str]:
    """Return the groups that still have members, after the session of any that has ended."""
    until = time.monotonic() + SESSION_S + _MORE_S
    while left := [group for group in groups if _members(connection, group)]:
        if time.monotonic() > until:
            return left
        time.sleep(0.5)
    return []


def _members(connection: Connection, group: str) -> int:
    return consumer_group_states(connection, {group: []})[group].members


def lives_elsewhere(
    connection: Connection, groups: Collection[str], instance: str, stop: threading.Event
) -> bool:
    """Return whether a process that is alive is this instance in one of the groups.

    A member that has ended stays one for the length of its session. So this waits until there is
    none, a little longer than that, or until `stop` is set. Without an answer there is none.
    """
    until = time.monotonic() + SESSION_S + _MORE_S
    while _is_member(connection, groups, instance):
        if time.monotonic() > until:
            return True
        if stop.wait(0.5):
            return False
    return False


def _is_member(connection: Connection, groups: Collection[str], instance: str) -> bool:
    settings = {**for_confluent(connection), "error_cb": lambda _: None, "log_level": 0}
    client = AdminClient(settings)
    asked = client.describe_consumer_groups(list(groups), request_timeout=_ASK_S)
    for group, answer in asked.items():
        try:
            members = answer.result(_ASK_S + 1).members
        except (KafkaException, TimeoutError):
            continue
        if any(member.group_instance_id == instance_id(group, instance) for member in members):
            return True
    return False
