"""The commands `serve` and `alerts` as processes, for tests on a real broker."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from streams.broker.local.port_and_folder import free_port
from tests.launch.launch import COMMAND, start
from tests.waiting import programs, web
from tests.waiting.progress import until

FEED = "/feeds/1d-Asia-Shanghai/0.json"
Hooks = Sequence[tuple[str, str]]
"""Names and addresses of webhooks."""


class Serve:
    """A serve process, its addresses and what it says."""

    def __init__(
        self,
        kafka: str,
        tmp_path: Path,
        *,
        keep: int = 1000,
        hooks: Hooks = (),
        tables: str = "",
        name: str = "",
    ) -> None:
        self.port, metrics = free_port(), free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.metrics = f"http://127.0.0.1:{metrics}/metrics"
        self.config = tmp_path / f"weathervane-{self.port}.toml"
        self._log = tmp_path / f"serve-{self.port}.log"
        hooks_tables = [
            f'[[webhooks]]\nname = "{name}"\nurl = "{url}"\nmonitor = false\n'
            for name, url in hooks
        ]
        self.config.write_text(
            f'name = "{name or tmp_path.name}"\n[kafka]\nbootstrap = "{kafka}"\n'
            f"[serve]\nport = {self.port}\nkeep = {keep}\n"
            f"[metrics]\nserve_port = {metrics}\n{''.join(hooks_tables)}{tables}"
        )

    def change(self, before: str, after: str) -> None:
        """Change its configuration, for the next start."""
        text = self.config.read_text()
        assert before in text
        self.config.write_text(text.replace(before, after))

    def start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return start([*command("serve"), "--config", self.config], stdout=log, stderr=log)

    @property
    def said(self) -> str:
        return self._log.read_text()

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        process = self.start()
        try:
            until(lambda: process.poll() is not None or self.is_ready(), "serve is ready")
            assert process.poll() is None, self.said
            yield process
        finally:
            process.kill()
            process.wait()

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.base}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def numbers(self, **params: int) -> list[int]:
        answer = web.get(self.base + FEED, params=params)
        assert answer.status_code == 200, answer.text + self.said
        items = answer.json()["items"]
        return [item["_weathervane"]["feed_no"] for item in items]

    def metric(self, name: str) -> float:
        lines = web.get(self.metrics).text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


def command(name: str) -> list[str]:
    return [*COMMAND, name]


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return programs.run([*command(name), *arguments])
