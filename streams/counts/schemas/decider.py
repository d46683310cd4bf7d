"""Decides about schemas in a thread of its own, so that other lanes are counted meanwhile.

For each id that is asked for: what the topic ``schemas`` says holds. If it says nothing, the
registry is asked, its answer is written to the topic, and the topic is read once more: another
process may have been first, and its decision holds. A registry that is away is asked until it
answers.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator, Mapping
from typing import Protocol

from streams.broker.client.writer import WriteFailed
from streams.broker.errors import TopicsError
from streams.sources.schemas.decision import Decision
from streams.sources.schemas.registry import RegistryAway
from streams.sources.schemas.table import SchemaNeeded, SchemaTable

log = logging.getLogger(__name__)

ASK_AGAIN_S = 1.0
ASK_AGAIN_AT_MOST_S = 30.0
STOP_WITHIN_S = 15.0


class DecidesSchemas(Protocol):
    """What can say whether a schema is there: a registry."""

    def decide(self, id: str) -> Decision:
        """Return the answer; raise `RegistryAway` where there is none."""


class StoresDecisions(Protocol):
    """The topic of decisions."""

    def read(self) -> Iterator[Decision]:
        """Yield the decisions that have come since the last time."""

    def write(self, decision: Decision) -> None:
        """Write one."""


class SchemaDecider:
    """Decides about schemas, and fills a table with what was decided.

    Parameters
    ----------
    table
        Gets the decisions, in `poll` only.
    registries
        By their addresses.
    store
        The topic of decisions.

    Attributes
    ----------
    problem
        Why the last attempt failed; None where none did.
    """

    def __init__(
        self,
        table: SchemaTable,
        registries: Mapping[str, DecidesSchemas],
        store: StoresDecisions,
    ) -> None:
        self.problem: str | None = None
        self._table, self._registries, self._store = table, registries, store
        self._asked: dict[tuple[str, str], None] = {}
        self._wanted: queue.SimpleQueue[tuple[str, str] | None] = queue.SimpleQueue()
        self._decided: queue.SimpleQueue[Decision] = queue.SimpleQueue()
        self._known: dict[tuple[str, str], None] = {}
        self._failure: Exception | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def waiting(self) -> list[tuple[str, str]]:
        """Registry and id of the schemas that are not decided about yet."""
        return list(self._asked)

    def ask(self, needed: SchemaNeeded) -> None:
        """Begin to decide about a schema; asking again changes nothing."""
        key = needed.registry, needed.id
        if key in self._asked:
            return
        self._asked[key] = None
        self._wanted.put(key)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="schemas", daemon=True)
            self._thread.start()

    def poll(self) -> bool:
        """Put what has been decided into the table; return whether anything was.

        Raises
        ------
        Exception
            What ended the thread.
        """
        if self._failure is not None:
            raise self._failure
        found = False
        while True:
            try:
                decision = self._decided.get_nowait()
            except queue.Empty:
                return found
            self._table.add(decision)
            self._asked.pop((decision.registry, decision.id), None)
            found = True

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        self._wanted.put(None)
        if self._thread is not None:
            self._thread.join(STOP_WITHIN_S)

    def _run(self) -> None:
        try:
            self._decide_all()
        except Exception as error:
            self._failure = error

    def _decide_all(self) -> None:
        left: dict[tuple[str, str], str] = {}
        wait_s = ASK_AGAIN_S
        while True:
            try:
                key = self._wanted.get(timeout=wait_s if left else None)
                if key is None:
                    return
                left[key] = ""
            except queue.Empty:
                wait_s = min(2 * wait_s, ASK_AGAIN_AT_MOST_S)
            for key in list(left):
                if self._stop.is_set():
                    return
                try:
                    self._decide(*key)
                except (RegistryAway, TopicsError, WriteFailed) as error:
                    self._say(key, left[key], str(error))
                    left[key] = str(error)
                else:
                    del left[key]
                    wait_s = ASK_AGAIN_S
            if not left:
                self.problem = None

    def _say(self, key: tuple[str, str], said: str, problem: str) -> None:
        self.problem = problem
        if problem != said:
            log.warning(
                "schema %s: waits for an answer, and so do the lanes that have its records; nothing"
                " is lost: %s",
                key[1],
                problem,
            )

    def _decide(self, registry: str, id: str) -> None:
        self._read()
        if (registry, id) in self._known:
            return
        decision = self._registries[registry].decide(id)
        self._store.write(decision)
        log.info(
            "schema %s of %s: %s",
            id,
            registry,
            decision.problem or f"is {decision.kind}, with {len(decision.references)} references",
        )
        self._read()

    def _read(self) -> None:
        for decision in self._store.read():
            key = decision.registry, decision.id
            if key not in self._known:
                self._known[key] = None
                self._decided.put(decision)
