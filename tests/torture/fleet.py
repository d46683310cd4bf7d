"""The processes of a run: started, killed, stopped for a while, started again when they end."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

from streams.broker.local.port_and_folder import free_port
from streams.config.load import load_config
from tests.launch.launch import COMMAND
from tests.waiting.programs import ended
from tests.waiting.progress import Stalled

begin: Callable[..., subprocess.Popen[bytes]] = subprocess.Popen
"""How processes are started: as users do, so each has a hash seed of its own."""

_SAID = 6_000
"""Characters of a log's end: where a library crashes, the stacks of all threads."""

RESTART_AFTER_S = 0.5
"""As a supervisor would, if an impatient one."""

_OWN = """
data_dir = "{data}/state"
{text}
[serve]
port = {ports[3]}
[metrics]
count_port = {ports[0]}
detect_port = {ports[1]}
serve_port = {ports[2]}
"""


class Member(NamedTuple):
    """A process by its command and the name of its instance."""

    command: str
    instance: str = "one"

    def __str__(self) -> str:
        return f"{self.command}-{self.instance}"


@dataclass(frozen=True)
class Exit:
    """A process that ended without having been told to."""

    member: Member
    status: int
    said: str


class Fleet:
    """Processes on one broker; all ended with it.

    Parameters
    ----------
    data
        A directory of its own: configurations, logs, state.
    bootstrap
        The broker.
    text
        The configuration without what an instance has to itself.

    Attributes
    ----------
    exits
        Who ended by itself, in order. Where a broker is away for long that is by design.
    module
        Another module to run a command, with its first arguments.
    inside
        What a member's command is preceded by, to run it in another place.
    """

    def __init__(self, data: Path, bootstrap: str, text: str) -> None:
        self.data, self.bootstrap = data, bootstrap
        self.exits: list[Exit] = []
        self.module: dict[str, list[str]] = {}
        self.inside: dict[Member, list[str]] = {}
        self._text = text
        self._running: dict[Member, subprocess.Popen[bytes]] = {}
        self._paused: set[Member] = set()
        self._again: dict[Member, float] = {}
        self._ports: dict[str, list[int]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for member in list(self._running):
            self.kill(member)

    @property
    def members(self) -> list[Member]:
        """Who runs or is to be started again."""
        return sorted({*self._running, *self._again})

    def configuration(self, instance: str = "one") -> Path:
        """The configuration of an instance."""
        path = self.data / f"{instance}.toml"
        if instance not in self._ports:
            self._ports[instance] = [free_port() for _ in range(4)]
            path.write_text(
                _OWN.format(data=self.data, text=self._text, ports=self._ports[instance])
            )
        return path

    def serve_url(self, instance: str = "one") -> str:
        """Where its feed is."""
        self.configuration(instance)
        return f"http://127.0.0.1:{self._ports[instance][3]}"

    def metrics_url(self, member: Member) -> str:
        """Where its metrics are."""
        place = ("count", "detect", "serve").index(member.command)
        return f"http://127.0.0.1:{self._ports[member.instance][place]}/metrics"

    def state(self, instance: str = "one") -> Path:
        """Where detect's copy of its state lies."""
        config = load_config(self.configuration(instance), must_exist=True, environ={})
        return config.state_dir / "detect" / instance

    def log(self, member: Member) -> str:
        """What it has said."""
        path = self._log(member)
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self, *members: Member) -> None:
        """Start each."""
        for member in members:
            self._again.pop(member, None)
            module = self.module.get(member.command)
            python = [sys.executable, "-m", *module] if module else COMMAND
            command = [*self.inside.get(member, []), *python, member.command]
            command += ["--config", str(self.configuration(member.instance))]
            command += ["--bootstrap", self.bootstrap]
            if member.command != "serve":
                command += ["--instance", member.instance]
            with self._log(member).open("ab") as log:
                self._running[member] = begin(
                    command,
                    stdout=log,
                    stderr=log,
                )

    def kill(self, *members: Member) -> int:
        """SIGKILL; return how many there were to kill."""
        found = [self._running.pop(m) for m in members if m in self._running]
        alive = [process for process in found if process.poll() is None]
        for process in alive:
            process.kill()
        for process in found:
            process.wait()
        self._paused.difference_update(members)
        return len(alive)

    def pid(self, member: Member) -> int:
        """Its process id."""
        return self._running[member].pid

    def pause(self, member: Member) -> None:
        """SIGSTOP: it does nothing, its connections stay open."""
        self._running[member].send_signal(signal.SIGSTOP)
        self._paused.add(member)

    def resume(self, member: Member) -> None:
        """SIGCONT."""
        self._paused.discard(member)
        self._running[member].send_signal(signal.SIGCONT)

    def stop(self, *members: Member, by: signal.Signals = signal.SIGTERM) -> dict[Member, int]:
        """SIGTERM, or what Ctrl-C sends; their exit statuses."""
        found = {m: self._running.pop(m) for m in members if m in self._running}
        for process in found.values():
            process.send_signal(by)
        try:
            return {member: ended(process) for member, process in found.items()}
        finally:
            for process in found.values():
                process.kill()

    def mend(self) -> None:
        """Start again who has ended, a moment later; note that it did."""
        now = time.monotonic()
        for member, process in list(self._running.items()):
            status = process.poll()
            if status is not None:
                del self._running[member]
                self.exits.append(Exit(member, status, self.log(member)[-_SAID:]))
                self._again[member] = now + RESTART_AFTER_S
        for member, at in list(self._again.items()):
            if now >= at:
                self.start(member)

    def ended(self) -> list[str]:
        """Of each who ended by itself its status, and what it said last."""
        return [f"{one.member} ended with {one.status}: {one.said}" for one in self.exits]

    def lives(self, member: Member) -> bool:
        """Whether it has not ended."""
        return self._running[member].poll() is None

    def wait_for_end(self, member: Member) -> int | None:
        """Its exit status, where it ends by itself; it is not started again."""
        try:
            return ended(self._running.pop(member), logs=lambda: [self._log(member)])
        except Stalled:
            return None

    def _log(self, member: Member) -> Path:
        return self.data / f"{member}.log"
