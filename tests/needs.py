"""What full tests need beside Python, and the mode in which a skipped test fails.

A developer without Java, Chromium or the like sees what was skipped, by name. CI sets ``MAY_LACK``
to the names of what it could not get, often none: then every other skip is a failure.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Generator
from typing import Any, NoReturn

import pytest

MAY_LACK = "WEATHERVANE_TESTS_MAY_LACK"
"""The variable that turns the mode on; its words are what may be lacking."""

PROGRAMS = {
    "java": "openjdk-17-jre-headless",
    "mvn": "maven",
    "openssl": "openssl",
    "chromium": "chromium",
    "promtool": "prometheus",
    "amtool": "prometheus-alertmanager",
}
"""Programs that some tests need, and Debian's packages of them; ``.ci/run`` installs them."""

_REASON = re.compile(r"needs (\S+): ")


def lack(name: str, why: str) -> NoReturn:
    """Skip the test: something that it needs is not there."""
    pytest.skip(f"needs {name}: {why}")


def require(program: str) -> None:
    """Skip the test where a program is not installed."""
    if shutil.which(program) is None:
        package = PROGRAMS.get(program, program)
        lack(program, f"it is not installed (Debian: apt-get install {package})")


def is_excused(reason: str, may_lack: str | None) -> bool:
    """Whether a test may be skipped for this reason.

    Examples
    --------
    >>> is_excused("needs chromium: not installed", "chromium mvn")
    True
    >>> is_excused("needs chromium: not installed", ""), is_excused("no /dev/full here", "chromium")
    (False, False)
    >>> is_excused("whatever", None)
    True
    """
    if may_lack is None:
        return True
    found = _REASON.search(reason)
    return found is not None and found[1] in may_lack.split()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a skipped test fail where everything is to be tested."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        details: Any = report.longrepr
        reason = str(details[2] if isinstance(details, tuple) else details)
        if not is_excused(reason, os.environ.get(MAY_LACK)):
            report.outcome = "failed"
            report.longrepr = f"skipped, where every test must run ({MAY_LACK}): {reason}"
    return report
