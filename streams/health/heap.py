"""How the C library keeps freed memory: less of it, for a process that runs for years.

glibc keeps an arena for each thread, and gives memory back only from the top of one. A serve that
has read a long topic at its start would hold a sixth more than it uses (benchmarks.serve_memory).
"""

from __future__ import annotations

import ctypes
import platform
from typing import Final

_TRIM_THRESHOLD, _ARENA_MAX = -1, -8
_KEPT_BYTES: Final = 128 * 2**10


def keep_little() -> bool:
    """Give freed memory back to the system, and keep one arena for all threads.

    Call it before threads begin. See mallopt(3).

    Returns
    -------
    bool
        Whether the C library took it; another one than glibc is left as it is.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    took = [mallopt(_ARENA_MAX, 1), mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)]
    return all(took)
