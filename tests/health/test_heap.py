"""The C library takes what serve asks of it; what it brings is `benchmarks.serve_memory`'s."""

from __future__ import annotations

import platform
import subprocess
import sys


def test_glibc_takes_it_and_another_library_is_left_alone() -> None:
    script = "from streams.health.heap import keep_little; print(keep_little())"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    assert done.stdout.split() == [str(platform.libc_ver()[0] == "glibc").encode()]
