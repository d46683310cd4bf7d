"""Makes what readers with a view are answered from, and what follows the registry for it."""

from __future__ import annotations

from collections.abc import Callable

from aiokafka import AIOKafkaConsumer

from streams.config.model import Config
from streams.delivery.access.users_topic import UsersTopic
from streams.delivery.api.board import Board
from streams.delivery.feed.event_stream import LiveFeeds
from streams.delivery.views.opened import Views
from streams.delivery.views.registry_topic import RegistryTopic


def views_of(
    config: Config,
    board: Board,
    live: LiveFeeds,
    users: UsersTopic,
    new_consumer: Callable[[], AIOKafkaConsumer],
) -> tuple[Views, RegistryTopic]:
    """Make them for a serve process.

    Parameters
    ----------
    config
        The configuration.
    board, live
        All alerts as they stand, and all feeds.
    users
        Who has which view.
    new_consumer
        Makes a consumer without a group, not started.
    """
    views = Views(board, live, lambda: registry.codes, config.serve.keep)
    registry = RegistryTopic(
        config.topic("registry"),
        new_consumer,
        lambda: any(view.needs_registry for view in users.directory.views),
        views.registry_changed,
    )
    return views, registry
