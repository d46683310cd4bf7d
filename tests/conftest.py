"""Brokers for the tests: one real Apache Kafka, one stand-in, each started when first asked for."""

from __future__ import annotations

import importlib
import logging
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# kafka-python 3.0.12 reads its schemas, on import, by a function deprecated in Python
# 3.11 and 3.12; every other warning is an error.
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", ".*Use files\\(\\) instead", DeprecationWarning)
    importlib.import_module("kafka.admin")

from streams.broker.errors import BrokerError
from streams.broker.local.apache import ApacheKafka
from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from streams.broker.local.standin import StandIn
from tests.class_data import keep_class_data, use_brief_java
from tests.needs import lack, pytest_runtest_makereport

__all__ = ["pytest_runtest_makereport"]

# A shell starts what runs in its background deaf to Ctrl-C, and every process that a test
# starts would inherit that: tests of Ctrl-C would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


use_brief_java()

# A busy machine is slow: that is no fault of what is tested.
settings.register_profile("any-speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-speed")

# Hundreds of processes import the same modules: they are to find them compiled. So is the next run
# of the tests, whose assertions take ten seconds to be rewritten.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# What commands say in English, whatever the language of who runs the tests.
os.environ["WEATHERVANE_LANGUAGE"] = "en"

LONG_FILES = (
    "tests/torture/test_zombies.py",
    "tests/integration/test_pipeline.py",
    "tests/pinned/test_pinned.py",
    "tests/integration/test_losses.py",
    "tests/integration/test_no_broker.py",
    "tests/scenarios/test_scenarios.py",
    "tests/broker/test_least_privilege.py",
    "tests/torture/test_kills.py",
    "tests/integration/test_record.py",
    "tests/integration/test_demo.py",
    "tests/torture/test_state.py",
    "tests/simulation/test_simulation.py",
    "tests/integration/test_up.py",
    "tests/test_package.py",
)
"""Files that take a minute or more: the first to be started, else one runs alone at the end."""


def _rank(item: pytest.Item) -> int:
    file = item.nodeid.partition("::")[0]
    if file in LONG_FILES:
        return LONG_FILES.index(file)
    names = {"apache", "noida", "kafka", "standin"}
    return len(LONG_FILES) + names.isdisjoint(getattr(item, "fixturenames", ()))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes long first, and mark each test by the broker it asks for.

    By the mark, ``-m "not kafka"`` leaves it out.
    """
    ranks: dict[str, int] = {}
    for item in items:
        file = item.nodeid.partition("::")[0]
        ranks[file] = min(_rank(item), ranks.get(file, len(LONG_FILES) + 1))
    items.sort(key=lambda item: ranks[item.nodeid.partition("::")[0]])
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "apache" in names:
            item.add_marker(pytest.mark.kafka)
        if "noida" in names:
            item.add_marker(pytest.mark.standin)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Take away the handlers that a command left: its standard error is closed with its test."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    for handler in list(root.handlers):
        if handler not in before:
            root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(scope="session")
def apache() -> Recipe:
    """The recipe of Apache Kafka; a skip where it cannot run."""
    try:
        recipe = ApacheKafka()
    except BrokerError as error:
        lack(str(error).partition(":")[0], str(error))
    keep_class_data()
    return recipe


@pytest.fixture(scope="session")
def noida() -> Recipe:
    """The recipe of the stand-in; a skip where it is not installed."""
    try:
        return StandIn()
    except BrokerError as error:
        lack("stand-in", str(error))


@pytest.fixture(scope="session")
def kafka(apache: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one Apache Kafka for the whole session: name your topics apart."""
    yield from _run(apache, tmp_path_factory.mktemp("kafka"))


@pytest.fixture(scope="session")
def standin(noida: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one stand-in for the whole session."""
    yield from _run(noida, tmp_path_factory.mktemp("standin"))


def _run(recipe: Recipe, data_dir: Path) -> Iterator[str]:
    with LocalBroker(recipe, data_dir=data_dir, port=free_port()) as broker:
        yield broker.bootstrap
