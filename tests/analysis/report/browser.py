"""Headless Chromium, spoken to over a pipe: what a page does, and how it looks."""

from __future__ import annotations

import base64
import fcntl
import itertools
import json
import os
import select
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.waiting.progress import until

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LONGEST_S = 600.0

HEADLESS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--remote-debugging-pipe", "--hide-scrollbars",
)  # fmt: skip


def chromium() -> str | None:
    """Where it is; None where it is not installed."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _as_3_and_4(commands: int, answers: int) -> None:
    """Chromium reads commands from file 3 and answers on file 4."""
    held = [fcntl.fcntl(file, fcntl.F_DUPFD, 10) for file in (commands, answers)]
    os.dup2(held[0], 3)
    os.dup2(held[1], 4)


class Browser:
    """One page of a headless Chromium.

    Parameters
    ----------
    profile
        An empty folder of its own.

    Attributes
    ----------
    requests, errors
        Addresses that the page asked for, and what the console was told.
    """

    def __init__(self, profile: Path) -> None:
        self.requests: list[str] = []
        self.errors: list[str] = []
        self._profile = profile
        self._numbers = itertools.count(1)
        self._rest = b""

    def __enter__(self) -> Self:
        path = chromium()
        assert path is not None
        theirs_in, self._in = os.pipe()
        self._out, theirs_out = os.pipe()
        self._process = subprocess.Popen(
            [path, *HEADLESS, f"--user-data-dir={self._profile}", "about:blank"],
            # All other files of ours close by themselves where another program begins.
            close_fds=False, preexec_fn=lambda: _as_3_and_4(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            self._attach()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _attach(self) -> None:
        self._session: str | None = None
        target = self("Target.createTarget", url="about:blank")["targetId"]
        attached = self("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self(f"{domain}.enable")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def __call__(self, method: str, **params: Any) -> dict[str, Any]:
        """Give a command, and wait for its answer."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._in, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def open(self, path: Path, width: int, *, dark: bool = False) -> None:
        """Open a file in a window of this width."""
        self(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
            mobile=width < 600,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self("Emulation.setEmulatedMedia", features=[scheme])
        self("Page.navigate", url=path.as_uri())
        until(
            lambda: (
                self.value("document.readyState") == "complete"
                and self.value("location.href") == path.as_uri()
            ),
            f"{path} is open",
        )

    def value(self, expression: str) -> Any:
        """What an expression is in the page."""
        found = self("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def cut_words(self, selector: str) -> list[Any]:
        """Words of the visible plots that lie partly outside of their plot."""
        found: list[Any] = self.value(f"""
            [...document.querySelectorAll('{selector}')].filter(svg => svg.getClientRects().length)
              .flatMap(svg => {{ const box = svg.getBoundingClientRect();
                return [...svg.querySelectorAll('text')].filter(text => {{
                  const own = text.getBoundingClientRect();
                  return own.left < box.left - 1 || own.right > box.right + 1
                    || own.top < box.top - 1 || own.bottom > box.bottom + 1 }})
                .map(text => text.textContent) }})""")
        return found

    def scrolling_tables(self) -> list[str]:
        """Names of the visible tables that are wider than the page."""
        found: list[str] = self.value("""
            [...document.querySelectorAll('.scroll')].filter(box => box.scrollWidth >
              box.clientWidth + 1).map(box => box.getAttribute('aria-label'))""")
        return found

    def picture(self, path: Path, height: int | None = None) -> None:
        """Write what is seen as PNG, the whole page or its top."""
        size = self("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "scale": 1,
                "height": height or size["height"]}  # fmt: skip
        shot = self("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(shot["data"]))

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._out], [], [], LONGEST_S)
            assert ready, "Chromium must answer"
            received = os.read(self._out, 1 << 16)
            assert received, "Chromium must not end"
            self._rest += received
        raw, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(raw)
        params = message.get("params", {})
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif message.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
            self.errors.append(json.dumps(params))
        elif message.get("method") == "Runtime.consoleAPICalled":
            self.errors.append(json.dumps(params["args"]))
        return message
