"""Refuses a Python on which Weathervane does not run: ``python -m streams.cli.python_version``.

Every Python 3 can compile this module, `streams.cli.main` and the packages that they are in. So
they hold no newer syntax: no import from ``__future__``, no f-string.
"""

import sys

OLDEST, NEWEST = (3, 11), (3, 13)
"""As `requires-python` in pyproject.toml has it."""


def problem(version: "tuple[int, ...]", executable: str) -> "str | None":
    """Return what is wrong with a Python, in a sentence; None where nothing is.

    Examples
    --------
    >>> print(problem((3, 9, 2), "/usr/bin/python3"))
    Python must be version 3.11 to 3.13; /usr/bin/python3 is 3.9: install one of these
    >>> problem((3, 12, 1), "/usr/bin/python3")
    """
    if OLDEST <= version[:2] <= NEWEST:
        return None
    oldest, newest, found = (".".join(map(str, v[:2])) for v in (OLDEST, NEWEST, version))
    rule = "Python must be version " + oldest + " to " + newest
    return rule + "; " + executable + " is " + found + ": install one of these"


def require(remedy: str = "") -> None:
    """End the process with status 2, and say why, where its Python does not do."""
    found = problem(tuple(sys.version_info[:3]), sys.executable)
    if found is not None:
        sys.stderr.write(found + remedy + "\n")
        sys.exit(2)


if __name__ == "__main__":
    require(", and name it: make PYTHON=/path/to/python3")
