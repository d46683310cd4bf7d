"""What is ours on a cluster and on disk, and how it is called: after the configuration's `name`.

So two monitors on one cluster, or beside one directory, never mix. A configuration's `name` has no
dot: where it ends in a topic's or a group's name is never in doubt.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

OurTopic = Literal[
    "counts",
    "alerts",
    "labels",
    "notes",
    "actions",
    "cases",
    "rejects",
    "undelivered",
    "notifications",
    "users",
    "checkpoints",
    "schemas",
    "registry",
    "series",
    "asked",
    "detect-state-changelog",
]
OUR_TOPICS: Final[tuple[OurTopic, ...]] = get_args(OurTopic)
"""Every topic of ours, without the part of its name that tells monitors apart."""

MOST_SHARING: Final = 3
"""Sources that may read one topic of another's: their positions are in one commit."""

CARRIED_OVER: Final[tuple[OurTopic, ...]] = ("alerts", "labels")
"""Topics whose records of earlier versions are carried over; they were called so, without more."""

CARRIED_FROM: Final = "weathervane-carried-from"
"""Header of a record that was carried over: the topic and the offset of the record it is of."""


def own_name(config_name: str, what: str) -> str:
    """Return what a topic or a consumer group of ours is called on the cluster.

    Examples
    --------
    >>> own_name("local", "alerts")
    'weathervane.local.alerts'
    """
    return f"weathervane.{config_name}.{what}"


def same_to_kafka(topic: str) -> str:
    """Return what topics have in common that Kafka does not hold apart: its metrics know no dot.

    Examples
    --------
    >>> same_to_kafka("mail.sends") == same_to_kafka("mail_sends")
    True
    """
    return topic.replace(".", "_")
