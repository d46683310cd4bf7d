"""How much memory a process has resident."""

from __future__ import annotations

import os
from pathlib import Path


def resident_mb(pid: int | None = None) -> float:
    """Resident memory of a process, of this one where none is named, in MB."""
    status = Path(f"/proc/{os.getpid() if pid is None else pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024
