"""Gives labels as actions, and reads all labels: those of earlier versions too."""

from __future__ import annotations

from collections.abc import Sequence

from streams.actions.desk import Desk, DeskError
from streams.actions.kafka_desk import kafka_desk
from streams.actions.labels import action_of_label
from streams.alerts.label import Label
from streams.broker.client.connection import Connection
from streams.cli.access.people import local_name
from streams.cli.console import fail
from streams.config.model import Config


def give(broker: Connection, settings: Config, labels: Sequence[Label]) -> None:
    """Give labels, each with its note, or end the command with status 1."""
    try:
        with kafka_desk(broker, settings) as desk:
            give_at(desk, labels)
    except DeskError as error:
        fail(str(error))


def give_at(desk: Desk, labels: Sequence[Label]) -> None:
    """Give labels at a desk, each with its note, or end the command with status 1."""
    by = local_name()
    try:
        desk.submit([(action_of_label(label, by), label.note) for label in labels])
    except DeskError as error:
        fail(
            f"{error}\nSome labels may be written: run the command again, since a later label"
            " replaces an earlier one"
        )


def given(broker: Connection, settings: Config) -> Sequence[Label]:
    """Read all labels in their order, or end the command with status 1."""
    try:
        with kafka_desk(broker, settings) as desk:
            return desk.labels()
    except DeskError as error:
        fail(str(error))
