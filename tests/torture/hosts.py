"""Several hosts: each process in a network namespace of its own, on a switch that loses one.

A host is a namespace with an address of its own and nothing else in common with the others
but the disk, where each instance has its own state. The broker has one, two counters and two
workers, with two shards, have one each, and the writer looks on from the switch. One host after
another is cut off for longer than its session, without being told, and comes back.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from streams.broker.local.apache import ApacheKafka
from streams.broker.local.broker import Recipe
from streams.broker.local.port_and_folder import LOOPBACK, free_port
from streams.broker.topics.admin import is_ready
from streams.supervisor.child_process import ChildProcess
from tests.torture.fleet import Member
from tests.torture.records import config, make
from tests.torture.run import Outcome, Run, timed
from tests.waiting.progress import until

BRIDGE = "10.77.0.1"
MEMBERS = [Member(of, name) for of in ("count", "detect") for name in ("one", "two")]
CUT_OFF_S = 20.0
"""Longer than a session."""


def torture(_: Recipe, data: Path, *, seed: int) -> Outcome:
    """Run it in a namespace, so that nothing of it is to be seen from this one."""
    if not (shutil.which("unshare") and shutil.which("ip")):
        raise RuntimeError("network namespaces need `unshare` and `ip` (util-linux, iproute2)")
    done = subprocess.run(
        ["unshare", "--net", sys.executable, "-m", "tests.torture.hosts", str(data), str(seed)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Outcome(**json.loads(done.stdout))


def within(data: Path, seed: int) -> Outcome:
    """The same, for a process that has a namespace for itself."""
    outcome = Outcome("hosts", {"hosts": 0, "cut off": 0})
    with timed(outcome), contextlib.ExitStack() as stack:
        _run("ip", "link", "set", "lo", "up")
        _run("ip", "link", "add", "switch", "type", "bridge")
        _run("ip", "addr", "add", f"{BRIDGE}/24", "dev", "switch")
        _run("ip", "link", "set", "switch", "up")
        hosts = [stack.enter_context(host(number)) for number in range(len(MEMBERS) + 1)]
        outcome.disturbed["hosts"] = len(hosts)
        bootstrap = stack.enter_context(broker(data / "broker", hosts[0]))
        run = Run(data, bootstrap, config("hosts", shards=2), make(seed))
        fleet = stack.enter_context(run.fleet)
        fleet.inside = dict(zip(MEMBERS, hosts[1:], strict=True))
        fleet.start(*MEMBERS)
        run.go_on(15.0, share=0.2)
        for number in range(1, len(hosts)):
            _run("ip", "link", "set", f"port{number}", "down")
            outcome.disturbed["cut off"] += 1
            run.go_on(CUT_OFF_S, share=0.2 + 0.6 * (number - 0.5) / len(MEMBERS))
            _run("ip", "link", "set", f"port{number}", "up")
            run.go_on(10.0, share=0.2 + 0.6 * number / len(MEMBERS))
        run.drain()
        run.compare(outcome)
    return outcome


@contextlib.contextmanager
def host(number: int) -> Iterator[list[str]]:
    """A namespace on the switch; yields what a command is preceded by to run in it."""
    keeper = subprocess.Popen(["unshare", "--net", "sleep", "3600"])
    inside = ["nsenter", f"--net=/proc/{keeper.pid}/ns/net"]
    try:
        _wait_for_namespace(keeper.pid)
        _run("ip", "link", "add", f"port{number}", "type", "veth", "peer", "name", f"eth{number}")
        _run("ip", "link", "set", f"eth{number}", "netns", str(keeper.pid))
        _run("ip", "link", "set", f"port{number}", "master", "switch", "up")
        _run(*inside, "ip", "link", "set", "lo", "up")
        _run(*inside, "ip", "addr", "add", f"{address(number)}/24", "dev", f"eth{number}")
        _run(*inside, "ip", "link", "set", f"eth{number}", "up")
        yield inside
    finally:
        keeper.kill()
        keeper.wait()


def address(number: int) -> str:
    """Of a host."""
    return f"10.77.0.{10 + number}"


@contextlib.contextmanager
def broker(home: Path, inside: list[str]) -> Iterator[str]:
    """Apache Kafka on the first host; yields its address."""
    home.mkdir(parents=True)
    port = free_port()
    command = ApacheKafka().prepare(home, port)
    properties = home / "server.properties"
    text = properties.read_text(encoding="latin-1")
    here, there = f"PLAINTEXT://{LOOPBACK}:{port}", f"PLAINTEXT://{address(0)}:{port}"
    properties.write_text(text.replace(here, there), encoding="latin-1")
    with ChildProcess([*inside, *command], output=home / "output.log", grace_s=20.0):
        logs = [home / "output.log"]
        until(lambda: is_ready(address(0), port), "the broker answers", logs=lambda: logs)
        yield f"{address(0)}:{port}"


def _wait_for_namespace(pid: int) -> None:
    """Until `unshare` has left ours."""
    own = Path("/proc/self/ns/net").readlink()
    while Path(f"/proc/{pid}/ns/net").readlink() == own:
        pass


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(dataclasses.asdict(within(Path(sys.argv[1]), int(sys.argv[2])))))
