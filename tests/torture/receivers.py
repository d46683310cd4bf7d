"""Item 8: webhooks that answer 500, hang, answer too late, are slow or away: nothing is lost.

Five receivers on one serve: one is well all the time, four fail in their ways, all at once
and while alerts are published. What they are given at last is what was published, in order;
the one that is well has it before the others are mended, and so has the topic.
"""

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal, Self

from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import LOOPBACK, free_port
from tests.torture.records import config, make
from tests.torture.run import COUNT, DETECT, SERVE, Outcome, Run, timed

Manner = Literal["well", "answers 500", "hangs", "answers too late", "away"]

FAULTS: tuple[Manner, ...] = ("answers 500", "hangs", "answers too late", "away")
TIMEOUT_S = 1.0
_HOOK = '\n[[webhooks]]\nname = "{name}"\nurl = "{url}"\ntimeout = "{timeout}s"\nmonitor = false\n'


class Unsteady:
    """A receiver whose manner can be changed; it keeps its port while it is away.

    Attributes
    ----------
    manner
        How it answers at the moment.
    accepted
        What it has answered 204 to, repeats included.
    refused
        How many attempts it has answered otherwise, or not, or too late, in this manner.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.manner: Manner = "well"
        self.accepted: list[bytes] = []
        self.refused = 0
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{LOOPBACK}:{self.port}/"

    @property
    def first_accepted(self) -> list[bytes]:
        """What it has accepted, repeats dropped."""
        return list(dict.fromkeys(self.accepted))

    def behave(self, manner: Manner) -> None:
        """Change its manner; it listens unless it is away."""
        self.manner, self.refused = manner, 0
        if manner == "away":
            self.close()
        elif self._server is None:
            self._open()

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
        self._server = self._thread = None

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(self, *_: object) -> None:
        self.manner = "well"
        self.close()

    def _open(self) -> None:
        self._server = _Server((LOOPBACK, self.port), self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self._thread.start()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], receiver: Unsteady) -> None:
        super().__init__(address, _Handler)
        self.receiver = receiver


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers["Content-Length"]))
        manner = receiver.manner
        if manner == "well":
            receiver.accepted.append(body)
            self._answer(204)
            return
        receiver.refused += 1
        if manner == "answers 500":
            self._answer(500)
        elif manner == "answers too late":
            time.sleep(1.5 * TIMEOUT_S)
            receiver.accepted.append(body)
            self._answer(204)
        else:
            while receiver.manner == manner:
                time.sleep(0.1)

    def _answer(self, status: int) -> None:
        with contextlib.suppress(OSError):  # whoever asked may have gone
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def torture(
    recipe: Recipe,
    data: Path,
    *,
    seed: int,
    rounds: int,
    records: int = 10_000,
    faulty_s: float = 10.0,
) -> Outcome:
    """Let four receivers fail in each round; in the last one until all has been judged.

    Between two rounds they are well for a while, and serve itself is killed.
    """
    chance = random.Random(seed)
    outcome = Outcome("receivers", {**dict.fromkeys(FAULTS, 0), "kill -9": 0})
    steady, unsteady = Unsteady(), [Unsteady() for _ in FAULTS]
    with contextlib.ExitStack() as open_ones, timed(outcome):
        broker = LocalBroker(recipe, data_dir=data / "broker", port=free_port())
        open_ones.enter_context(broker)
        for each in (steady, *unsteady):
            open_ones.enter_context(each)
        hooks = "".join(
            _HOOK.format(name=f"r{n}", url=each.url, timeout=TIMEOUT_S)
            for n, each in enumerate([steady, *unsteady])
        )
        run = Run(data, broker.bootstrap, config("receivers") + hooks, make(seed, records))
        fleet = open_ones.enter_context(run.fleet)
        fleet.start(COUNT, DETECT, SERVE)
        run.go_on(2.0, share=0.1)
        for number in range(rounds):
            if number:
                _well(unsteady)
                run.go_on(chance.uniform(0.5, 4.0))
                outcome.disturbed["kill -9"] += fleet.kill(SERVE)
                fleet.start(SERVE)
            for each, manner in zip(unsteady, chance.sample(FAULTS, len(FAULTS)), strict=True):
                each.behave(manner)
                outcome.disturbed[manner] += 1
            run.go_on(faulty_s, share=0.1 + 0.9 * (number + 1) / rounds)
        run.drain()
        published = list(dict.fromkeys(run.published()))
        run.wait(
            lambda: set(published) <= set(steady.accepted),
            "the one that is well",
            seen=lambda: len(set(steady.accepted)),
        )
        run.wait(lambda: not _not_asked(unsteady), "those that fail are asked")
        _well(unsteady)
        run.compare(outcome)
        for number, each in enumerate([steady, *unsteady]):
            outcome.differences += _delivered(run, number, each, published)
        outcome.ended = fleet.ended()
    return outcome


def _well(receivers: list[Unsteady]) -> None:
    for each in receivers:
        each.behave("well")


def _not_asked(unsteady: list[Unsteady]) -> list[Unsteady]:
    """Receivers that have not failed yet, since nobody asked them."""
    return [each for each in unsteady if each.manner != "away" and not each.refused]


def _delivered(run: Run, number: int, receiver: Unsteady, published: list[bytes]) -> list[str]:
    """What of the alerts a receiver has not got, or got out of its order."""
    with contextlib.suppress(AssertionError):
        run.wait(
            lambda: len(set(receiver.accepted)) >= len(published),
            f"receiver {number}",
            seen=lambda: len(set(receiver.accepted)),
        )
    got = receiver.first_accepted
    if missing := set(published) - set(got):
        return [f"receiver {number} lacks {len(missing)} of {len(published)} alerts"]
    if got != published:
        return [f"receiver {number}: out of order, {_first_difference(got, published)}"]
    return []


def _first_difference(got: list[bytes], published: list[bytes]) -> str:
    for index, (one, other) in enumerate(zip(got, published, strict=False)):
        if one != other:
            return f"at {index}: {json.loads(one)['id']} for {json.loads(other)['id']}"
    return f"{len(got)} for {len(published)}"
