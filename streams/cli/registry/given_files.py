"""Files of entries that a command is given: read whole, or all that is wrong with them is said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from streams.cli.console import fail
from streams.registry.control import RegistryRow
from streams.registry.entry import Entry, key_of
from streams.registry.files import FileWrong, read_entries

LARGEST_FILE = 1 << 30
SHOWN_PROBLEMS = 200
"""Wrong rows that are said; how many more there are comes after them."""


def entries_of_files(files: Sequence[Path]) -> list[Entry]:
    """Read all files, or say all that is wrong with them and end with status 1."""
    problems: list[str] = []
    entries: dict[str, tuple[Path, Entry]] = {}
    for path in files:
        try:
            if path.stat().st_size > LARGEST_FILE:
                fail(f"FILE must have at most {LARGEST_FILE:,} bytes; {path} has more: split it", 2)
            found = read_entries(path.read_bytes(), path.name)
        except OSError as error:
            fail(f"FILE must be a file that can be read; {path}: {error.strerror}", 2)
        except FileWrong as error:
            problems += [f"{path} {wrong}" for wrong in error.wrong]
            continue
        for entry in found:
            first, _ = entries.setdefault(key_of(entry), (path, entry))
            if first != path:
                problems.append(f"{path}: {key_of(entry)} must be in one file; {first} has it too")
    if problems:
        rest = len(problems) - SHOWN_PROBLEMS
        shown = problems[:SHOWN_PROBLEMS] + ([f"and {rest:,} more"] if rest > 0 else [])
        fail("\n".join([*shown, "nothing was imported: mend the file, and import it again"]))
    return [entry for _, entry in entries.values()]


def rows_of_files(files: Sequence[Path]) -> list[RegistryRow]:
    """Return the rows that an import of these files would write to an empty registry."""
    entries = entries_of_files(files)
    return [RegistryRow(seq, key_of(entry), entry) for seq, entry in enumerate(entries, 1)]
