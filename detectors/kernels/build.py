"""Compiles the kernels; imports only the standard library, so that `setup.py` can run it alone.

The compiler is ziglang's clang, a package with wheels: no other compiler or header is used, so
that the same sources and the same version of it give the same code on every host.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).with_name("source")

FLAGS = (
    *("-std=c11", "-O2", "-shared", "-fPIC", "-nostdlib", "-g0", "-Wall", "-Wextra", "-Werror"),
    # Each operation is rounded by itself, in the order in which it is written: no product and sum
    # in one step, no sum in another order, and no instruction that only some processors have.
    *("-ffp-contract=off", "-fno-fast-math", "-fno-math-errno", "-mcpu=baseline"),
)


def library_name() -> str:
    """File name of the library of these sources: other sources have another name.

    It does not end as Python's extension modules do, since it is none.
    """
    digest = hashlib.sha256(repr(FLAGS).encode())
    for path in sorted(SOURCE.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"kernels-{digest.hexdigest()[:16]}.bin"


def build(folder: Path) -> Path:
    """Compile the kernels into a folder, and remove those of other sources.

    Several processes may do so at once.

    Raises
    ------
    OSError, subprocess.CalledProcessError
        Where the folder cannot be written, or there is no compiler.
    """
    target = folder / library_name()
    with tempfile.TemporaryDirectory(prefix=".kernels-", dir=folder) as place:
        made = Path(place) / target.name
        caches = {"ZIG_LOCAL_CACHE_DIR": place, "ZIG_GLOBAL_CACHE_DIR": place}
        subprocess.run(
            [sys.executable, "-m", "ziglang", "cc", *FLAGS, "-o", made, SOURCE / "kernels.c"],
            env={**os.environ, **caches},
            capture_output=True,
            text=True,
            check=True,
        )
        # It appears whole, whoever else builds it.
        made.replace(target)
    for other in folder.glob("kernels-*.bin"):
        if other != target:
            other.unlink(missing_ok=True)
    return target
