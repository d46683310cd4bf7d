"""Which documents there are, and where; imports only the standard library, for `setup.py`.

In a checkout they are read where people write them. A wheel has copies below `SHIPPED`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

SHIPPED = Path(__file__).with_name("shipped")

_CHECKOUT = Path(__file__).parents[4]
_PATTERNS = (
    *("docs/**/*.md", "docs/pictures/*", "operations/README.md", "benchmarks/README.md"),
    *("detectors/README.md", "CONTRIBUTING.md", "CHANGELOG.md"),
)


def documents() -> dict[str, Path]:
    """Return the files of all documents and pictures, by their paths in the repository.

    It is empty where neither a checkout nor a wheel is installed.
    """
    root = SHIPPED if SHIPPED.is_dir() else _CHECKOUT
    return documents_in(root) if (root / "docs" / "index.md").is_file() else {}


def documents_in(root: Path) -> dict[str, Path]:
    """Return the files of all documents and pictures below a folder.

    Parameters
    ----------
    root
        The folder, a repository or a copy.
    """
    found = {path for pattern in _PATTERNS for path in root.glob(pattern) if path.is_file()}
    return {path.relative_to(root).as_posix(): path for path in sorted(found)}


def ship(root: Path, folder: Path) -> None:
    """Copy all documents.

    Parameters
    ----------
    root
        The repository.
    folder
        Where the copies are put; what is there goes.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for name, path in documents_in(root).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / name)
